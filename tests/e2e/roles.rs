//! The NATS server's configuration exactly as it is shipped, with the users that `stats-gatherer bus-config` prints: each
//! role does its work, and may do no more than that.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use statsgrid_tests::{Bus, Letter, PATIENCE};
use statsgrid_wire::limits::{BODY_BYTES, HEADER_BYTES};
use statsgrid_wire::{Id, Identity, Number};

use crate::logins::{ENROLMENT, Guarded, read_seed};

/// From its first word to its last: announced by the enrolment login, pending, approved, gathered, revoked.
#[test]
fn a_node_comes_in_when_it_is_approved_and_goes_when_it_is_revoked() {
    let guarded = Guarded::new();
    let gatherer = &guarded.gatherer;
    let [alpha, beta] = ["alpha", "beta"].map(|name| guarded.node(name).load_monitor());
    guarded.approve(beta.key());
    let (unknown, other) = (alpha.start(), beta.start());
    let gathering = gatherer.start(&["--enrol", "approve"]);
    unknown.await_log("it is announced by the enrolment login until then");
    gatherer.await_own("a key that waits", |own| {
        own.stats.stats.get("statsgrid.providers_pending") == Some(&Number::Integer(1))
    });
    let listed = gatherer.runs("providers", &[]).succeeded().stdout;
    assert!(listed.contains(&format!("pending   {}  alpha ", alpha.key())), "{listed}");

    guarded.approve(alpha.key());
    for node in [&alpha, &beta] {
        gatherer.await_record(node.key(), "a node that is approved", |record| {
            record.sequence > 1 && record.stats.stats.get("load_monitor.avg_load").is_some()
        });
    }
    assert_eq!(gatherer.runs("status", &[]).succeeded().stdout, "");

    guarded.revoke(alpha.key());
    unknown.await_log(&format!("NATS refuses the login of {}, which it took before", alpha.key()));
    gatherer.await_snapshot("no record of who is revoked", |snapshot| {
        (!snapshot.records.contains_key(&alpha.key())).then_some(())
    });
    let before = gatherer.await_record(beta.key(), "the other", |_| true).sequence;
    gatherer.await_record(beta.key(), "more of the other", |record| record.sequence > before + 1);
    for log in [other.stderr(), gathering.stderr()] {
        let log = log.to_lowercase();
        assert!(!log.contains("denie") && !log.contains("violation") && !log.contains("is away"), "{log}");
    }
}

/// What a role does not need is denied to it, also when it asks for it by name.
#[test]
fn roles_may_do_no_more_than_they_need() {
    let guarded = Guarded::new();
    let [provider, other] = ["alpha", "beta"].map(|name| guarded.node(name));
    guarded.approve(provider.key());
    guarded.approve(other.key());
    let (g, p, other) = (guarded.gatherer.key(), provider.key(), other.key());
    let elsewhere = Identity::generate().unwrap().public_key();
    let poll = Id::random().unwrap();

    let identity = read_seed(&provider.seed_path());
    let role = Role { login: &|| Bus::login(&guarded.site.server, &identity) };
    role.may(
        &[format!("announce.{g}.{p}"), format!("bye.{g}.{p}"), format!("reply.{g}.all.{poll}.{p}")],
        &[format!("poll.{g}.all"), format!("poll.{g}.shard.*.*"), format!("poll.{g}.one.{p}")],
    );
    role.may_not(
        &[
            format!("announce.{g}.{other}"),
            format!("bye.{g}.{other}"),
            format!("reply.{g}.all.{poll}.{other}"),
            format!("poll.{g}.all"),
            format!("poll.{g}.one.{other}"),
        ],
        &[
            format!("reply.{g}.all.*.*"),
            format!("reply.{g}.all.*.{other}"),
            format!("announce.{g}.*"),
            format!("bye.{g}.*"),
            format!("poll.{g}.one.{other}"),
            format!("poll.{g}.one.*"),
            ">".to_owned(),
        ],
    );
    let identity = read_seed(&guarded.gatherer.seed_path());
    let role = Role { login: &|| Bus::login(&guarded.site.server, &identity) };
    role.may(
        &[format!("poll.{g}.all"), format!("poll.{g}.one.{p}")],
        &[format!("announce.{g}.*"), format!("bye.{g}.*"), format!("reply.{g}.all.*.*")],
    );
    role.may_not(
        &[format!("poll.{elsewhere}.all"), format!("reply.{g}.all.{poll}.{p}"), format!("announce.{g}.{p}")],
        &[
            format!("poll.{g}.all"),
            format!("reply.{elsewhere}.all.*.*"),
            format!("announce.{elsewhere}.*"),
            ">".to_owned(),
        ],
    );
    let [user, password] = ENROLMENT;
    let role = Role { login: &|| Bus::login_by_password(&guarded.site.server, user, password) };
    role.may(&[format!("announce.{g}.{p}"), format!("announce.{g}.{elsewhere}")], &[]);
    role.may_not(
        &[
            format!("bye.{g}.{p}"),
            format!("reply.{g}.all.{poll}.{p}"),
            format!("poll.{g}.all"),
            format!("poll.{g}.one.{p}"),
        ],
        &[format!("announce.{g}.*"), format!("reply.{g}.>"), format!("poll.{g}.all"), ">".to_owned()],
    );
}

/// As when a full disk kept them from being written: without users of any kind the server would let in everybody.
#[test]
fn a_server_without_its_users_lets_nobody_in() {
    let guarded = Guarded::edited(|_| String::new());
    let answer = |login: &str| {
        let address = guarded.site.server.url().trim_start_matches("nats://");
        let mut client = TcpStream::connect(address).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client.write_all(format!("CONNECT {{{login}}}\r\nPING\r\n").as_bytes()).unwrap();
        let mut lines = BufReader::new(client).lines().map(Result::unwrap);
        lines.find(|line| !line.starts_with("INFO")).unwrap()
    };
    let shipped = r#""user":"nobody","pass":"$2a$11$none""#;
    for login in ["", shipped, r#""user":"nobody","pass":"none""#, r#""user":"nobody""#] {
        assert_eq!(answer(login), "-ERR 'Authorization Violation'", "{login}");
    }
}

/// The largest reply goes through with its headers, and a message of a stranger is not much larger.
#[test]
fn the_server_carries_what_is_taken_and_little_more() {
    let guarded = Guarded::new();
    let address = guarded.site.server.url().trim_start_matches("nats://");
    let mut said = String::new();
    BufReader::new(TcpStream::connect(address).unwrap()).read_line(&mut said).unwrap();
    let info: serde_json::Value = serde_json::from_str(said.trim_start_matches("INFO ")).unwrap();
    let most = info["max_payload"].as_u64().unwrap() as usize;
    assert!((BODY_BYTES + HEADER_BYTES..=2 * BODY_BYTES).contains(&most), "{most}");
}

struct Role<'a> {
    login: &'a dyn Fn() -> Bus,
}

impl Role<'_> {
    /// Nothing of this brings a complaint: one that is provoked afterwards is the first.
    fn may(&self, publish: &[String], subscribe: &[String]) {
        let mut bus = (self.login)();
        try_all(&bus, publish, subscribe);
        try_all(&bus, &["provoked".to_owned()], &[]);
        let complaint = bus.complaint(PATIENCE).expect("the server complains");
        assert!(complaint.contains("stats.v1.provoked"), "{complaint}");
    }

    /// Each of it brings one.
    fn may_not(&self, publish: &[String], subscribe: &[String]) {
        let denied = |publish: &[String], subscribe: &[String], expected: &str| {
            let mut bus = (self.login)();
            try_all(&bus, publish, subscribe);
            let complaint = bus.complaint(PATIENCE).unwrap_or_else(|| panic!("{expected} is allowed"));
            assert!(complaint.to_lowercase().contains("permissions violation"), "{expected}: {complaint}");
            assert!(complaint.contains(&format!("\"stats.v1.{expected}\"")), "{expected}: {complaint}");
        };
        for subject in publish {
            denied(std::slice::from_ref(subject), &[], subject);
        }
        for subject in subscribe {
            denied(&[], std::slice::from_ref(subject), subject);
        }
    }
}

fn try_all(bus: &Bus, publish: &[String], subscribe: &[String]) {
    for subject in subscribe {
        bus.subscribe_unsettled(format!("stats.v1.{subject}"));
    }
    for subject in publish {
        bus.publish(Letter { subject: format!("stats.v1.{subject}"), headers: Vec::new(), body: b"{}".to_vec() });
    }
}
