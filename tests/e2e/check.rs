//! `stats-provider check` on real components, as whoever runs it sees it, and `once`.
//!
//! What differs from run to run (times, digests, sizes of files) is `[..]` in the texts. `SNAPSHOTS=overwrite cargo test`
//! writes them anew; read the difference before you believe it.

use std::path::Path;

use serde_json::Value;
use snapbox::{assert_data_eq, str};
use statsgrid_tests::{Ended, Process, Site, command, programs};
use statsgrid_wire::Hash;
use tempfile::TempDir;

/// A folder that components are checked in.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With a copy of a component, as `NAME.wasm`.
    fn with(self, name: &str, component: &Path) -> Self {
        std::fs::copy(component, self.0.path().join(name).with_extension("wasm")).unwrap();
        self
    }

    fn with_config(self, text: &str) -> Self {
        std::fs::write(self.0.path().join("provider.toml"), text).unwrap();
        self
    }

    fn check(&self, arguments: &str) -> Ended {
        let mut check = command(programs().provider());
        check.arg("check").args(arguments.split_whitespace()).current_dir(self.0.path());
        Process::start("check", self.0.path(), check).ended()
    }

    /// What stands in the terminal after it.
    fn terminal(&self, arguments: &str) -> String {
        let Ended { code, stdout, stderr } = self.check(arguments);
        format!("$ stats-provider check {arguments}\n{stdout}{stderr}exit {}\n", code.unwrap())
    }
}

#[test]
fn a_component_that_runs() {
    let bench = Bench::new().with("load", &programs().producer("load_monitor"));
    assert_data_eq!(
        bench.terminal("load.wasm"),
        str![[r#"
$ stats-provider check load.wasm
file         load.wasm
kind         a component: a producer
size         [..] bytes
sha256       [..]
compiled in  [..]
section      none; it is called load here
may ask for  environment
granted      nothing
not granted  environment
version      0.1.0
samples      every 1s
reports      avg_load  gauge  seconds  Average delay of a one-second tick over the last 60 ticks.
reports      max_load  gauge  seconds  Longest delay of a one-second tick over the last 60 ticks.
stat         load.avg_load  0 seconds
stat         load.max_load  0 seconds
call         start      ok  [..]
call         get-stats  ok  [..]
call         sample     ok  [..]
call         get-stats  ok  [..]
memory       1.1 MiB of 64.0 MiB
reply        36 bytes, 0.1 % of what one may have
pin          sha256 = "[..]"
result       it runs
exit 0

"#]]
    );
}

#[test]
fn a_component_that_was_not_granted_what_it_needs() {
    let bench = Bench::new().with("storage", &programs().producer("storage_server"));
    assert_data_eq!(
        bench.terminal("storage.wasm"),
        str![[r#"
$ stats-provider check storage.wasm
file         storage.wasm
kind         a component: a producer
size         [..] bytes
sha256       [..]
compiled in  [..]
section      none; it is called storage here
may ask for  files, environment
granted      nothing
not granted  files, environment
call         start  error  [..]  config key `root` is missing: add it to `config` in the producer's section
reply        0 bytes, 0.0 % of what one may have
pin          sha256 = "[..]"
hint         tell it: `--config-value root=VALUE` here, `config = { root = "VALUE" }` in its section
result       storage.wasm: it would not run well: start ended in `error`
stats-provider: storage.wasm: it would not run well: start ended in `error`
exit 5

"#]]
    );
    let told = "storage.wasm --config-value root=/usr/share";
    assert_data_eq!(
        bench.terminal(told),
        str![[r#"
$ stats-provider check storage.wasm --config-value root=/usr/share
file         storage.wasm
kind         a component: a producer
size         [..] bytes
sha256       [..]
compiled in  [..]
section      none; it is called storage here
may ask for  files, environment
granted      config root
not granted  files, environment
version      0.1.0
reports      consumed   gauge  bytes  Size of all files under the folder.
reports      allocated  gauge  bytes  Size of the files under its incoming/, which are not stored yet.
counts       bytes_added  counter  bytes  Bytes by which stored files appeared or grew.
counts       bytes_freed  counter  bytes  Bytes by which stored files vanished or shrank.
counter      storage.bytes_added 0
counter      storage.bytes_freed 0
call         start      ok     [..]
call         get-stats  error  [..]  cannot read folder `/usr/share`: No such file or directory (os error 44); is it there, and in `folders` of the producer's section?
call         get-stats  error  [..]  as before
memory       1.1 MiB of 64.0 MiB
reply        48 bytes, 0.1 % of what one may have
pin          sha256 = "[..]"
hint         grant it: `--grant-folder /usr/share` here, `folders = ["/usr/share"]` in its section
result       storage.wasm: it would not run well: get-stats ended in `error`
stats-provider: storage.wasm: it would not run well: get-stats ended in `error`
exit 5

"#]]
    );
    let dangerous = bench.check("storage.wasm --grant-folder /proc");
    assert_eq!(dangerous.code, Some(5));
    assert!(dangerous.stderr.contains("grant /proc: refused, for it lies in procfs"), "{}", dangerous.stderr);
    // A folder that is granted and does not hold too many files.
    std::fs::create_dir(bench.0.path().join("store")).unwrap();
    let store = bench.0.path().join("store").canonicalize().unwrap();
    let granted = format!("storage.wasm --grant-folder store --config-value root={}", store.display());
    assert!(bench.check(&granted).succeeded().stdout.ends_with("\nresult       it runs\n"));
}

#[test]
fn a_component_that_breaks_a_limit() {
    let bench = Bench::new().with("loop", &programs().guest("loop"));
    let bench = bench.with_config("[producers.loop]\ncomponent = \"loop.wasm\"\ntimeout = \"200ms\"\n");
    let ended = bench.check("loop.wasm --config provider.toml");
    assert_eq!(ended.code, Some(5));
    assert!(ended.stdout.contains("\nhint         more than 200ms a call: `timeout`"), "{}", ended.stdout);
    // After a call that was given up there is no instance, and no second reading.
    assert_eq!(ended.stdout.matches("\ncall         get-stats").count(), 1, "{}", ended.stdout);
}

#[test]
fn the_section_that_runs_the_file_is_found_or_named() {
    let bench = Bench::new()
        .with("a", &programs().producer("load_monitor"))
        .with("b", &programs().producer("load_monitor"))
        .with_config("[producers.monitor]\ncomponent = \"a.wasm\"\nfiles = [\"/proc/loadavg\"]\nevery = \"1h\"\n");
    let check = |arguments: &str, expected: &str| {
        let checked = bench.check(arguments).succeeded().stdout;
        assert!(checked.contains(expected), "{expected:?} is not in\n{checked}");
    };
    check("a.wasm --config provider.toml", "\nsection      [producers.monitor] of provider.toml\n");
    check("a.wasm --config provider.toml", "\ngranted      file /proc/loadavg\n");
    check("b.wasm --config provider.toml --section monitor", "\ngranted      file /proc/loadavg\n");
    check("b.wasm --config provider.toml --section monitor", "\nstat         monitor.avg_load  0 seconds\n");
    assert_data_eq!(
        bench.terminal("b.wasm --config provider.toml"),
        str![[r#"
$ stats-provider check b.wasm --config provider.toml
stats-provider: provider.toml: no section of it runs b.wasm; there are `monitor`: choose one with `--section NAME` to check the file under its grants
exit 3

"#]]
    );
    assert_data_eq!(
        bench.terminal("b.wasm --config provider.toml --section other"),
        str![[r#"
$ stats-provider check b.wasm --config provider.toml --section other
stats-provider: provider.toml: no section [producers.other]; there are `monitor`: choose one with `--section NAME` to check the file under its grants
exit 3

"#]]
    );
}

/// The pin that is printed is what a section takes; a lent section pins another file, and says so.
#[test]
fn a_pin_is_ready_to_paste() {
    let bench = Bench::new().with("a", &programs().producer("load_monitor")).with("b", &programs().producer("host"));
    let checked = bench.check("a.wasm").succeeded().stdout;
    let pin = checked.lines().find_map(|line| line.strip_prefix("pin          ")).unwrap();
    let bench = bench.with_config(&format!("[producers.a]\ncomponent = \"a.wasm\"\n{pin}\n"));
    let pinned = bench.check("a.wasm --config provider.toml").succeeded().stdout;
    assert!(pinned.contains("\npin          the section pins this file\n"), "{pinned}");
    let lent = bench.check("b.wasm --config provider.toml --section a").stdout;
    assert!(lent.contains("\"; the section pins another file\n"), "{lent}");
    std::fs::copy(programs().producer("host"), bench.0.path().join("a.wasm")).unwrap();
    let refused = bench.check("a.wasm --config provider.toml");
    assert_eq!(refused.code, Some(5));
    assert!(refused.stderr.contains("and the section wants"), "{}", refused.stderr);
}

#[test]
fn a_machine_reads_it_too() {
    let files = ["loadavg", "meminfo", "uptime", "stat"].map(|name| format!(" --grant-file /proc/{name}")).concat();
    let bench = Bench::new().with("host", &programs().producer("host"));
    let checked = bench.check(&format!("host.wasm --json{files}")).succeeded().stdout;
    let report: Value = serde_json::from_str(&checked).unwrap();
    let digest = Hash::of(&std::fs::read(programs().producer("host")).unwrap()).to_string();
    assert_eq!((&report["kind"], &report["sha256"]), (&"component".into(), &digest.into()));
    assert_eq!((&report["runs"], &report["error"]), (&true.into(), &Value::Null));
    assert_eq!(report["may_ask_for"][0], "files");
    assert_eq!(report["granted"].as_array().unwrap().len(), 4);
    assert!(report["calls"][1]["stats"]["host.memory.total"].as_u64() > Some(0), "{checked}");
    assert!(report["memory_bytes"].as_u64() > Some(1 << 20), "{checked}");
    assert!(report["reply_bytes"].as_u64() > Some(500), "{checked}");
    let described = &report["description"]["stats"][0];
    assert_eq!((&described["name"], &described["kind"]), (&"load1".into(), &"gauge".into()));

    let failed = bench.check("host.wasm --json");
    let report: Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!((failed.code, &report["runs"]), (Some(5), &false.into()));
    assert!(report["hint"].as_str().unwrap().contains("--grant-file /proc/loadavg --grant-file /proc/meminfo"));
}

#[test]
fn once_prints_the_reply_that_a_poll_would_get() {
    let site = Site::new();
    let node = site.node("alpha").load_monitor().storage_server().host();
    std::fs::write(node.storage().join("share"), [7; 321]).unwrap();
    let once = Process::start("once", site.path(), node.command("once")).ended().succeeded();
    let reply: Value = serde_json::from_str(&once.stdout).unwrap();
    let sample = &reply["answer"]["sample"];
    assert_eq!((reply["nickname"].as_str(), sample["sequence"].as_u64()), (Some("alpha"), Some(1)));
    assert_eq!(sample["stats"]["storage_server.consumed"], 321);
    assert_eq!(sample["counters"]["storage_server.bytes_added"], 0);
    assert!(sample["stats"]["host.uptime"].as_f64() > Some(0.0), "{sample}");
    for producer in ["load_monitor", "storage_server", "host"] {
        assert_eq!(sample["producers"][producer]["outcome"], "ok");
    }
}

/// The log is told once what is wrong at the start, though the first reading finds the same.
#[test]
fn what_is_wrong_at_the_start_is_logged_once() {
    let site = Site::new();
    let (absent, storage) = (site.path().join("absent.wasm"), programs().producer("storage_server"));
    let node = site.node("alpha").runs("absent", &absent, "").runs("storage", &storage, "");
    let once = Process::start("once", site.path(), node.command("once")).ended().succeeded();
    for text in ["absent.wasm: cannot be read", "config key `root` is missing"] {
        assert_eq!(once.stderr.matches(text).count(), 1, "{text}: {}", once.stderr);
    }
}
