//! Counts and gauges from programs of the machine, over the Unix socket.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;

use statsgrid_tests::{PATIENCE, Site, await_until};
use statsgrid_wire::Number;

#[test]
fn lines_become_counters_and_gauges_and_faults_are_named() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address()).statsd();
    let provider = node.start();
    let _gathering = gatherer.start(&[]);
    await_until("the socket", PATIENCE, || node.socket().exists().then_some(()));

    let program = UnixDatagram::unbound().unwrap();
    let say = |datagram: &str| program.send_to(datagram.as_bytes(), node.socket()).unwrap();
    say("visits:3|c");
    say("visits:2|c\nnonsense\ndepth:7|g\ntook:320|ms\ndepth:+1|g\n");
    say("sampled:1|c|@0.1\nvisits:-1|c\nratio:0.25|g");

    let record = gatherer.await_record(node.key(), "what was said", |record| {
        record.stats.stats.get("app.ratio") == Some(&Number::Float(0.25))
    });
    let counters = |name| record.stats.counters.get(name).copied();
    assert_eq!(counters("app.visits"), Some(5));
    assert_eq!(counters("app.sampled"), Some(10));
    assert_eq!(counters("statsgrid.statsd_malformed"), Some(3));
    assert_eq!(record.stats.stats.get("app.depth"), Some(&Number::Integer(8)));

    let log = provider.stderr();
    for words in [
        r#"statsd line "nonsense": not name:value|type"#,
        r#"statsd line "took:320|ms": type "ms" is not taken here: counters (c) and gauges (g) are"#,
        r#"statsd line "visits:-1|c": value "-1": a counter takes whole numbers from 0"#,
    ] {
        assert!(log.contains(words), "{words} is not in {log}");
    }

    let socket = std::fs::metadata(node.socket()).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.permissions().mode() & 0o777, 0o660);
    provider.terminate().succeeded();
    assert!(!node.socket().exists(), "a clean stop takes the socket away");
}

#[test]
fn a_socket_that_a_killed_provider_left_is_taken_over() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address()).statsd();
    let first = node.start();
    await_until("the socket", PATIENCE, || node.socket().exists().then_some(()));
    let second = node.start().ended();
    assert_eq!(second.code, Some(7), "{}", second.stderr);
    assert!(second.stderr.contains("another program listens there"), "{}", second.stderr);
    first.kill();

    assert!(node.socket().exists(), "nobody took it away");
    let _provider = node.start();
    let _gathering = gatherer.start(&[]);
    let key = node.key();
    gatherer.await_record(key, "the provider", |record| record.sequence > 0);
    let program = UnixDatagram::unbound().unwrap();
    program.send_to(b"visits:1|c", node.socket()).unwrap();
    gatherer.await_record(key, "what was said", |record| record.stats.counters.get("app.visits") == Some(&1));
}
