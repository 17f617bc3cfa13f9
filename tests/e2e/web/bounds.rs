//! Readers that are slow, many or hostile: nobody else is kept out, and nothing is changed.

use std::io::{Read, Write};

use rustix::process::Signal;
use statsgrid_tests::{PATIENCE, Pages, Site, await_until};

use super::LISTEN;

#[test]
fn who_says_nothing_keeps_nobody_out() {
    let site = Site::new();
    let gathering = site.gatherer().start(&LISTEN);
    let pages = Pages::of(&gathering);
    // More than there may be, all of them silent or in the middle of a request.
    let silent: Vec<_> = (0..300)
        .map(|number| {
            let mut connection = pages.connect();
            if number % 2 == 0 {
                let _ = connection.write_all(b"GET /metrics HTTP/1.1\r\nHost: local");
            }
            connection
        })
        .collect();
    assert_eq!(pages.get("/healthz").text, "ok\n");
    // The oldest went for those that came.
    let mut first = silent.into_iter().next().unwrap();
    await_until("the end of the first connection", PATIENCE, || {
        matches!(first.read(&mut [0; 16]), Ok(0) | Err(_)).then_some(())
    });
    assert_eq!(pages.get("/").status, 200);
}

#[test]
fn only_what_reads_is_answered() {
    let site = Site::new();
    let gathering = site.gatherer().start(&["--listen", "127.0.0.1:0", "--listen-name", "stats.example"]);
    let pages = Pages::of(&gathering);
    let check = |request: &str, status: &str| {
        let answer = pages.say(request.replace('\n', "\r\n").as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
    };
    for path in
        ["/", "/metrics", "/statistics", "/statistics?t=json", "/api/v1/round", "/api/v1/providers", "/api/v1/snapshot"]
    {
        check(&format!("GET {path} HTTP/1.1\nHost: localhost\nConnection: close\n\n"), "200");
        check(&format!("HEAD {path} HTTP/1.1\nHost: stats.example\nConnection: close\n\n"), "200");
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            check(&format!("{method} {path} HTTP/1.1\nHost: localhost\nConnection: close\n\n"), "405");
        }
        // A page of the web whose name was turned to this machine.
        check(&format!("GET {path} HTTP/1.1\nHost: evil.example\nConnection: close\n\n"), "421");
    }
    for path in
        ["/none", "/api/v1/providers/none", "/statistics/none", "/../../etc/passwd", "/metrics/", "/api/v1/providers/"]
    {
        check(&format!("GET {path} HTTP/1.1\nHost: localhost\nConnection: close\n\n"), "404");
    }
    let unknown = nkeys::KeyPair::new_user().public_key();
    check(&format!("GET /api/v1/providers/{unknown} HTTP/1.1\nHost: localhost\nConnection: close\n\n"), "404");
}

#[test]
fn an_address_that_is_held_ends_the_start() {
    let site = Site::new();
    let gathering = site.gatherer().start(&LISTEN);
    let held = Pages::of(&gathering).address().to_owned();
    let second = site.gatherer_in("second").start(&["--listen", &held]).ended();
    assert_eq!(second.code, Some(3), "{}", second.stderr);
    let expected = format!("cannot listen on {held}: give another `listen` or --listen, or stop what holds it");
    assert!(second.stderr.contains(&expected), "{}", second.stderr);
}

#[test]
fn health_goes_when_rounds_stop() {
    let mut site = Site::new();
    let gatherer = site.gatherer();
    // Rounds begin once the bus is there, and go on without it: so they stop only where there never is one.
    site.server.signal(Signal::STOP);
    let gathering = gatherer.start(&LISTEN);
    let pages = Pages::of(&gathering);
    let ill = await_until("rounds that are missed", PATIENCE, || {
        Some(pages.get("/healthz")).filter(|page| page.status == 503)
    });
    assert!(ill.text.starts_with("rounds have stopped: no round has ended since the start "), "{}", ill.text);
    site.server.signal(Signal::CONT);
    await_until("rounds again", PATIENCE, || (pages.get("/healthz").text == "ok\n").then_some(()));
    site.server.stop();
}
