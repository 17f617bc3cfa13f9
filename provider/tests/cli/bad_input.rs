//! Settings, identities and files that are wrong: one clear line each, and an exit code of its own kind.

use snapbox::{assert_data_eq, str};

use crate::Terminal;

const KEY: &str = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

fn configured(text: &str) -> Terminal {
    Terminal::new().with("provider.toml", text)
}

#[test]
fn a_configuration_that_is_not_there() {
    assert_data_eq!(
        Terminal::new().run("run"),
        str![[r#"
$ stats-provider run
stats-provider: there is no configuration provider.toml: name one that is there, or begin with the example in share/statsgrid
exit 3

"#]]
    );
    assert_data_eq!(
        Terminal::new().run("run --config /nowhere/provider.toml"),
        str![[r#"
$ stats-provider run --config /nowhere/provider.toml
stats-provider: there is no configuration /nowhere/provider.toml: name one that is there, or begin with the example in share/statsgrid
exit 3

"#]]
    );
    assert_data_eq!(
        Terminal::new().with_folder("provider.toml").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: configuration provider.toml: cannot be read: Is a directory (os error 21)
exit 3

"#]]
    );
}

#[test]
fn a_configuration_that_is_no_toml() {
    assert_data_eq!(
        configured("nickname = \"alpha\"\ngatherer = nats://here").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: configuration provider.toml, line 2: invalid float, expected `nan`
exit 3

"#]]
    );
    assert_data_eq!(
        configured("[producers.host\n").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: configuration provider.toml, line 1: unclosed table, expected `]`
exit 3

"#]]
    );
    assert_data_eq!(
        Terminal::new().with("provider.toml", [0xFF, 0xFE]).run("run"),
        str![[r#"
$ stats-provider run
stats-provider: configuration provider.toml: cannot be read: stream did not contain valid UTF-8
exit 3

"#]]
    );
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_known_one() {
    assert_data_eq!(
        configured("nickame = \"alpha\"").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: configuration provider.toml, line 1: unknown key `nickame`; did you mean `nickname`?
exit 3

"#]]
    );
    assert_data_eq!(
        configured("colour = 1").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: configuration provider.toml, line 1: unknown field `colour`, expected one of `nickname`, `identity`, `persist_counters`, `counters`, `gatherer`, `statsd`, `listen`, `listen_names`, `bus`, `compile_cache`, `stack`, `usage`, `producers`
exit 3

"#]]
    );
    let section = "[producers.host]\ncomponent = \"host.wasm\"\nfolder = [\"/srv\"]";
    assert_data_eq!(
        configured(section).run("run"),
        str![[r#"
$ stats-provider run
stats-provider: configuration provider.toml, line 3: unknown key `folder`; did you mean `folders`?
exit 3

"#]]
    );
}

#[test]
fn a_value_of_the_wrong_kind() {
    assert_data_eq!(
        configured("nickname = 7").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: configuration provider.toml, line 1: invalid type: integer `7`, expected a string
exit 3

"#]]
    );
    assert_data_eq!(
        configured("nickname = \"\"").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: nickname "": give 1 to 255 bytes without control characters
exit 3

"#]]
    );
    assert_data_eq!(
        configured("[producers.host]\ncomponent = \"h\"\ntimeout = 3").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: configuration provider.toml, line 3: invalid type: integer `3`, expected a string
exit 3

"#]]
    );
    assert_data_eq!(
        configured("[producers.host]\ncomponent = \"h\"\ntimeout = \"3 s p\"").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: configuration provider.toml, line 3: duration "3 s p": expected number at 4; write it as `60s` or `5m`
exit 3

"#]]
    );
    assert_data_eq!(
        configured("[producers.host]").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: configuration provider.toml, line 1: missing field `component`
exit 3

"#]]
    );
}

#[test]
fn names_that_are_taken_or_none() {
    assert_data_eq!(
        configured("[producers.app]\ncomponent = \"h\"").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: [producers.app]: `app` (the statsd socket's prefix) and `statsgrid` (the daemons' own stats) are taken
exit 3

"#]]
    );
    assert_data_eq!(
        configured("[producers.\"a.b\"]\ncomponent = \"h\"").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: [producers.a.b]: a producer's name has no dot, for it is the first level of its stats' names
exit 3

"#]]
    );
    assert_data_eq!(
        configured("[producers.\"a b\"]\ncomponent = \"h\"").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: [producers.a b]: a name has only ASCII letters, digits, `_`, `-` and dots between its levels
exit 3

"#]]
    );
    let statsd = |prefix: &str| configured(&format!("[statsd]\nsocket = \"s\"\nprefix = \"{prefix}\""));
    assert_data_eq!(
        statsd("statsgrid").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: [statsd] prefix "statsgrid": the daemons' own stats are under it
exit 3

"#]]
    );
    assert_data_eq!(
        statsd("a.b").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: [statsd] prefix "a.b": a prefix is one level, without a dot
exit 3

"#]]
    );
    assert_data_eq!(
        statsd("h\"\n[producers.h]\ncomponent = \"h").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: [statsd] prefix "h": a producer has this name
exit 3

"#]]
    );
}

#[test]
fn an_address_that_is_none() {
    let answers = |address: &str| configured(&format!("gatherer = \"{address}\"")).run("run --check-config");
    assert_data_eq!(
        answers("nats://127.0.0.1:4222"),
        str![[r#"
$ stats-provider run --check-config
stats-provider: gatherer "nats://127.0.0.1:4222": the address ends in no gatherer's key: not an nkey: a public key has 56 characters and starts with U, a seed has 58 and starts with SU, and both hold a checksum
exit 3

"#]]
    );
    assert_data_eq!(
        answers(&format!("nats://127.0.0.1:4222/stats.*/{KEY}")),
        str![[r#"
$ stats-provider run --check-config
stats-provider: gatherer "nats://127.0.0.1:4222/stats.*/UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4": subject prefix "stats.*": give tokens of letters, digits, `_` and `-`, parted by dots, as in `stats.v1`
exit 3

"#]]
    );
    assert_data_eq!(
        answers(&format!("http://127.0.0.1:4222/stats.v1/{KEY}")),
        str![[r#"
$ stats-provider run --check-config
stats-provider: gatherer "http://127.0.0.1:4222/stats.v1/UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4": server "http://127.0.0.1:4222" in the address: give nats://host:port or tls://host:port
exit 3

"#]]
    );
    assert_data_eq!(
        answers("nats://127.0.0.1:4222/stats.v1/UNOBODY"),
        str![[r#"
$ stats-provider run --check-config
stats-provider: gatherer "nats://127.0.0.1:4222/stats.v1/UNOBODY": the address ends in no gatherer's key: not an nkey: a public key has 56 characters and starts with U, a seed has 58 and starts with SU, and both hold a checksum
exit 3

"#]]
    );
    let list = format!("gatherer = [\"nats://127.0.0.1:4222/stats.v1/{KEY}\", \"\"]");
    assert_data_eq!(
        configured(&list).run("run"),
        str![[r#"
$ stats-provider run
stats-provider: gatherer "": not an address: it reads nats://host:port/PREFIX/KEY, and `stats-gatherer address` prints it whole
exit 3

"#]]
    );
    assert_data_eq!(
        configured("").with("gatherer.address", "somewhere\n").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: gatherer "somewhere": not an address: it reads nats://host:port/PREFIX/KEY, and `stats-gatherer address` prints it whole
exit 3

"#]]
    );
    assert_data_eq!(
        configured("").with_folder("gatherer.address").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: address file gatherer.address: cannot be read: Is a directory (os error 21)
exit 3

"#]]
    );
    assert_data_eq!(
        configured("").run("run --gatherer somewhere"),
        str![[r#"
$ stats-provider run --gatherer somewhere
stats-provider: gatherer "somewhere": not an address: it reads nats://host:port/PREFIX/KEY, and `stats-gatherer address` prints it whole
exit 3

"#]]
    );
}

#[test]
fn settings_that_are_right() {
    let one = format!("nickname = \"alpha\"\ngatherer = \"nats://127.0.0.1:4222/stats.v1/{KEY}\"\n");
    assert_data_eq!(
        configured(&one).run("run --check-config"),
        str![[r#"
$ stats-provider run --check-config
alpha: 0 producers, 1 gatherers
exit 0

"#]]
    );
    let many = format!("gatherer = [\"nats://a,nats://b:1/x/{KEY}\", \"nats://u:p@c/stats.v1/{KEY}\"]\n");
    assert_data_eq!(
        configured(&many).run("run --check-config --nickname alpha"),
        str![[r#"
$ stats-provider run --check-config --nickname alpha
alpha: 0 producers, 2 gatherers
exit 0

"#]]
    );
}

#[test]
fn a_statsd_socket_that_cannot_be() {
    let statsd = |socket: &str| configured(&format!("[statsd]\nsocket = \"{socket}\""));
    assert_data_eq!(
        statsd("s").with("s", "precious").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: statsd socket s: a file that is no socket stands there; remove it or name another path
exit 7

"#]]
    );
    assert_data_eq!(
        statsd("/nowhere/s").run("run"),
        str![[r#"
$ stats-provider run
stats-provider: statsd socket /nowhere/s: cannot be bound: No such file or directory (os error 2)
exit 7

"#]]
    );
    assert_data_eq!(
        statsd(&"s".repeat(120)).run("run"),
        str![[r#"
$ stats-provider run
stats-provider: statsd socket ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss: cannot be bound: path must be shorter than SUN_LEN
exit 7

"#]]
    );
}
