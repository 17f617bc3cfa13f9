//! Producers that reach for what they were not granted: they get nothing, the record says why, and their neighbours'
//! stats are in the same reply.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use statsgrid_tests::{Bus, Node, PATIENCE, PlayedGatherer, Process, Site, await_until, skip};
use statsgrid_wire::Number;
use statsgrid_wire::message::{Answer, Outcome, Sample};
use statsgrid_wire::subject::To;

use crate::hostile_producers::{neighbour_is_well, outcome, with_node};

/// Runs the guest `reach` beside a neighbour, configured with `config` and granted `grants`.
fn reaches(site: &Site, grants: &str, config: &str) -> Node {
    site.node("alpha").load_monitor().guest("reach", &format!("{grants}\nconfig = {{ {config} }}"))
}

/// Asserts that the guest's outcome is this one, in a reply in which its neighbour is well.
fn check(node: impl Fn(&Site) -> Node, expected: (Outcome, &str)) {
    with_node(node, |ask| {
        let sample = ask();
        assert_eq!(outcome(&sample, "reach"), expected);
        neighbour_is_well(&sample);
    });
}

fn fifo(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from(0o600), 0).expect("the test's folder takes FIFOs");
}

fn stat(sample: &Sample, name: &str) -> i64 {
    match sample.stats.get(&format!("reach.{name}")) {
        Some(Number::Integer(value)) => *value,
        other => panic!("{name} is {other:?} in {sample:?}"),
    }
}

/// How many threads a process has, once none of them is one for files.
fn threads_without_disk(process: &Process) -> Option<usize> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", process.id())).unwrap();
    let names: Vec<String> =
        tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok()).collect();
    (!names.iter().any(|name| name.trim_end() == "disk")).then_some(names.len())
}

#[test]
fn a_thousand_reads_of_a_fifo_hold_no_thread() {
    let site = Site::new();
    let gatherer = PlayedGatherer::new();
    let node = site.node("alpha");
    let (folder, pipe) = (node.storage(), node.storage().join("pipe"));
    std::fs::create_dir_all(&folder).unwrap();
    fifo(&pipe);
    let more = format!("folders = [{folder:?}]\nconfig = {{ reach = \"file\", path = {pipe:?}, times = \"1000\" }}");
    let node = node.load_monitor().guest("reach", &more).answers(&gatherer.address(&site.server));
    let bus = Bus::connect(&site.server);
    let mut announcements = bus.subscribe(gatherer.announcements());
    let mut replies = bus.subscribe(gatherer.replies());
    let provider = node.start();
    announcements.message();
    // The thread that opened the folder for the new instance ends when it has nothing to do.
    let before = await_until("no thread for files at rest", PATIENCE, || threads_without_disk(&provider));
    for _ in 0..3 {
        bus.publish(gatherer.seal(&gatherer.poll(To::All)));
        let Answer::Sample(sample) = gatherer.read_reply(&replies.message()).answer else { panic!("a refusal") };
        let message = format!("1000 of 1000 reads of {} failed: Operation not permitted (os error 63)", pipe.display());
        assert_eq!(outcome(&sample, "reach"), (Outcome::Error, message.as_str()));
        neighbour_is_well(&sample);
    }
    await_until("as many threads as before", PATIENCE, || {
        threads_without_disk(&provider).filter(|threads| *threads <= before)
    });
    provider.await_log(&format!("file {}: not given to it: it is a FIFO", pipe.display()));
    let told = provider.stderr().matches("not given to it").count();
    assert_eq!(told, 1, "it is told once: {}", provider.stderr());
}

#[test]
fn no_path_leads_out_of_a_folder() {
    let paths = ["../seed", "relative", "absolute", "up/seed", "proc/version"];
    for path in paths {
        let node = |site: &Site| {
            let node = site.node("alpha");
            let folder = node.folder().join("granted");
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(node.folder().join("seed"), "secret").unwrap();
            symlink("../seed", folder.join("relative")).unwrap();
            symlink(node.folder().join("seed"), folder.join("absolute")).unwrap();
            symlink("..", folder.join("up")).unwrap();
            symlink("/proc", folder.join("proc")).unwrap();
            let config = format!("config = {{ reach = \"file\", path = \"{}/{path}\" }}", folder.display());
            node.load_monitor().guest("reach", &format!("folders = [{folder:?}]\n{config}"))
        };
        with_node(node, |ask| {
            let sample = ask();
            let (outcome, message) = outcome(&sample, "reach");
            assert_eq!(outcome, Outcome::Error, "{path}: {message}");
            assert!(message.contains(&format!("/granted/{path} failed: ")), "{message}");
            assert!(message.ends_with("(os error 63)") || message.ends_with("(os error 44)"), "{path}: {message}");
            neighbour_is_well(&sample);
        });
    }
}

#[test]
fn a_device_in_a_folder_is_not_opened() {
    let node = |site: &Site| {
        let node = site.node("alpha");
        let (folder, device) = (node.storage(), node.storage().join("device"));
        std::fs::create_dir_all(&folder).unwrap();
        // The device that is always full of zeros.
        if mknodat(CWD, &device, FileType::CharacterDevice, Mode::from(0o600), makedev(1, 5)).is_err() {
            skip("a device in a granted folder: to make one takes root");
            fifo(&device);
        }
        let config = format!("config = {{ reach = \"file\", path = {device:?} }}");
        node.load_monitor().guest("reach", &format!("folders = [{folder:?}]\n{config}"))
    };
    with_node(node, |ask| {
        let sample = ask();
        let (outcome, message) = outcome(&sample, "reach");
        assert_eq!(outcome, Outcome::Error);
        assert!(message.ends_with("/storage/device failed: Operation not permitted (os error 63)"), "{message}");
        neighbour_is_well(&sample);
    });
}

/// By every way a grant could be written it is refused when the producer is loaded, with the reason.
#[test]
fn grants_of_secrets_are_refused_with_the_reason() {
    let refused = |grants: &dyn Fn(&Node) -> String, expected: &str| {
        let node = |site: &Site| {
            let node = site.node("alpha");
            node.key();
            let grants = grants(&node);
            node.load_monitor().guest("reach", &format!("{grants}\nconfig = {{ reach = \"world\" }}"))
        };
        with_node(node, |ask| {
            let sample = ask();
            let (outcome, message) = outcome(&sample, "reach");
            assert_eq!(outcome, Outcome::Refused, "{message}");
            assert!(message.starts_with("grant /") && message.contains(expected), "{expected}: {message}");
            neighbour_is_well(&sample);
        });
    };
    let numbers = "refused, for it lies in procfs, and is none of the files of numbers there";
    refused(&|_| "files = [\"/proc/1/environ\"]".to_owned(), numbers);
    refused(&|_| "files = [\"/proc/self/mem\"]".to_owned(), numbers);
    refused(&|_| "files = [\"/proc/self/environ\"]".to_owned(), numbers);
    refused(&|_| "folders = [\"/proc/self\"]".to_owned(), "refused, for it lies in procfs");
    refused(&|_| "folders = [\"/\"]".to_owned(), "refused, for it holds ");
    let secret = "refused, for it is the provider's own secret";
    refused(&|node| format!("files = [{:?}]", node.seed_path()), secret);
    refused(&|node| format!("folders = [{:?}]", node.folder()), "refused, for it holds the provider's own secret");
    refused(
        &|node| {
            let link = node.folder().join("soft");
            symlink(node.seed_path(), &link).unwrap();
            format!("files = [{link:?}]")
        },
        secret,
    );
    refused(
        &|node| {
            let link = node.folder().join("hard");
            std::fs::hard_link(node.seed_path(), &link).unwrap();
            format!("files = [{link:?}]")
        },
        secret,
    );
    refused(
        &|node| format!("files = [\"/proc/self/root{}\"]", node.seed_path().display()),
        "leads through a link into what a process holds",
    );
    refused(
        &|node| format!("files = [\"{}/../{}\"]", node.folder().display(), "identity.seed"),
        "give an absolute path without `..`",
    );
}

/// What was harmless when it was granted leads to a secret later: the guest finds nothing there.
#[test]
fn a_link_that_is_swapped_in_later_gives_nothing() {
    for target in [None, Some("/proc/self/mem"), Some("/proc/self/environ")] {
        let site = Site::new();
        let shared = site.node("alpha");
        let (file, target) = (shared.folder().join("numbers"), target.map_or_else(|| shared.seed_path(), Into::into));
        std::fs::write(&file, "12345").unwrap();
        let grants = format!("files = [{file:?}]\nconfig = {{ reach = \"file\", path = {file:?} }}");
        let gatherer = PlayedGatherer::new();
        let node = shared.load_monitor().guest("reach", &grants).answers(&gatherer.address(&site.server));
        let bus = Bus::connect(&site.server);
        let mut announcements = bus.subscribe(gatherer.announcements());
        let mut replies = bus.subscribe(gatherer.replies());
        let provider = node.start();
        announcements.message();
        let mut ask = || {
            bus.publish(gatherer.seal(&gatherer.poll(To::All)));
            let Answer::Sample(sample) = gatherer.read_reply(&replies.message()).answer else { panic!("a refusal") };
            sample
        };
        let sample = ask();
        assert_eq!((outcome(&sample, "reach"), stat(&sample, "bytes")), ((Outcome::Ok, ""), 5));
        std::fs::remove_file(&file).unwrap();
        symlink(&target, &file).unwrap();
        let sample = ask();
        let message = format!("1 of 1 reads of {} failed: No such file or directory (os error 44)", file.display());
        assert_eq!(outcome(&sample, "reach"), (Outcome::Error, message.as_str()));
        neighbour_is_well(&sample);
        provider.await_log(&format!("file {}: not given to it: it ", file.display()));
    }
}

#[test]
fn connections_that_are_not_granted_are_not_made() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let tcp = format!("no TCP to {host}: Permission denied (os error 2)");
    let config = format!("reach = \"connect\", host = {host:?}");
    // To grant HTTP to a host is not to grant TCP.
    for grants in [String::new(), format!("http = [{host:?}]")] {
        check(|site| reaches(site, &grants, &config), (Outcome::Error, &tcp));
    }
    let http = format!("no HTTP to {host}: ErrorCode::HttpRequestDenied");
    let config = format!("reach = \"get\", host = {host:?}");
    for grants in ["", "http = [\"127.0.0.1:1\", \"localhost:80\"]"] {
        check(|site| reaches(site, grants, &config), (Outcome::Error, &http));
    }
    assert!(listener.accept().is_err(), "nobody came");
}

/// Answers one request after the other, for as long as the process lives.
fn web_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (mut connection, mut request) = (connection, [0; 1024]);
            let read = connection.read(&mut request).unwrap_or_default();
            assert!(request[..read].starts_with(b"GET / HTTP/1.1\r\n"));
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\nnumbers";
            connection.write_all(answer).unwrap();
        }
    });
    host
}

#[test]
fn http_reaches_the_host_that_is_granted() {
    let host = web_server();
    let node = |site: &Site| reaches(site, &format!("http = [{host:?}]"), &format!("reach = \"get\", host = {host:?}"));
    with_node(node, |ask| {
        for _ in 0..10 {
            let sample = ask();
            assert_eq!(outcome(&sample, "reach"), (Outcome::Ok, ""));
            assert_eq!((stat(&sample, "status"), stat(&sample, "bytes")), (200, 7));
            neighbour_is_well(&sample);
        }
    });
}

/// A host that takes a connection and says nothing costs the producer its call, and nobody else anything.
#[test]
fn a_host_that_never_answers_is_ended_by_the_clock() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let grants = format!("timeout = \"2s\"\nhttp = [{host:?}]");
    let node = |site: &Site| reaches(site, &grants, &format!("reach = \"get\", host = {host:?}"));
    with_node(node, |ask| {
        let sample = ask();
        let (outcome, message) = outcome(&sample, "reach");
        // The request's time is the call's: either may end first.
        let read_timeout = format!("no HTTP to {host}: ErrorCode::ConnectionReadTimeout");
        let ends = [(Outcome::Wall, "get-stats still waited after 2s"), (Outcome::Error, &read_timeout)];
        assert!(ends.contains(&(outcome, message)), "{outcome:?}: {message}");
        neighbour_is_well(&sample);
    });
}

#[test]
fn environment_arguments_and_input_are_empty_but_for_what_is_granted() {
    let check = |grants: &str, variables: i64, path: i64| {
        with_node(
            |site| reaches(site, grants, "reach = \"world\""),
            |ask| {
                let sample = ask();
                assert_eq!(outcome(&sample, "reach"), (Outcome::Ok, ""));
                assert_eq!((stat(&sample, "variables"), stat(&sample, "path_bytes")), (variables, path));
                assert_eq!((stat(&sample, "arguments"), stat(&sample, "input_bytes")), (0, 0));
                neighbour_is_well(&sample);
            },
        );
    };
    let path = i64::try_from(std::env::var("PATH").unwrap().len()).unwrap();
    check("", 0, 0);
    check("env = [\"PATH\", \"NO_VARIABLE_OF_THIS_NAME\"]", 1, path);
}

#[test]
fn a_secret_comes_from_its_file_and_a_missing_one_is_named() {
    let node = |site: &Site| {
        let node = site.node("alpha");
        std::fs::write(node.folder().join("token"), "hush\n").unwrap();
        node.load_monitor().guest("reach", "config = { reach = \"secret\" }\nconfig_files = { secret = \"token\" }")
    };
    with_node(node, |ask| {
        let sample = ask();
        assert_eq!((outcome(&sample, "reach"), stat(&sample, "bytes")), ((Outcome::Ok, ""), 4));
        neighbour_is_well(&sample);
    });
    let node = |site: &Site| {
        let files = "config_files = { secret = \"token\" }";
        reaches(site, files, "reach = \"secret\"")
    };
    with_node(node, |ask| {
        let sample = await_until("an attempt to make an instance", PATIENCE, || {
            Some(ask()).filter(|sample| outcome(sample, "reach").0 == Outcome::Refused)
        });
        let message = outcome(&sample, "reach").1;
        assert!(message.starts_with("config key `secret`: file /"), "{message}");
        assert!(message.ends_with("/token: No such file or directory (os error 2)"), "{message}");
        neighbour_is_well(&sample);
    });
    // It is a secret of the provider's from then on.
    let node = |site: &Site| {
        let node = site.node("alpha");
        let token = node.folder().join("token");
        std::fs::write(&token, "hush\n").unwrap();
        let told = "config = { reach = \"world\" }\nconfig_files = { secret = \"token\" }";
        node.load_monitor().guest("reach", &format!("files = [{token:?}]\n{told}"))
    };
    with_node(node, |ask| {
        let sample = ask();
        assert_eq!(outcome(&sample, "reach").0, Outcome::Refused);
        assert!(outcome(&sample, "reach").1.ends_with("refused, for it is the provider's own secret"));
        neighbour_is_well(&sample);
    });
}

/// The host makes them in its own memory, which no limit of the guest bounds.
#[test]
fn random_bytes_come_in_small_parts() {
    let asks_for =
        |bytes: u32| move |site: &Site| reaches(site, "", &format!("reach = \"random\", times = \"{bytes}\""));
    with_node(asks_for(1 << 20), |ask| assert_eq!(stat(&ask(), "bytes"), 1 << 20));
    with_node(asks_for(32 << 20), |ask| {
        let sample = ask();
        let (outcome, message) = outcome(&sample, "reach");
        assert_eq!(outcome, Outcome::Trap, "{message}");
        neighbour_is_well(&sample);
    });
}
