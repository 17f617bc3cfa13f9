//! A node that the server does not know: it announces itself by the enrolment login, comes in by itself when it is
//! listed, and is out again when it is not.

use statsgrid_tests::{Bus, Gatherer, Letter, Node, PATIENCE, PlayedGatherer, Site};
use statsgrid_wire::{Id, Identity, PublicKey};

use crate::logins::write_seed;

/// The server's own words for what it does not let through.
const VIOLATION: &str = "permissions violation";

/// A site whose server lists a gatherer and some providers, an enrolment login, and the test itself, which may do all.
struct Guarded {
    site: Site,
    gatherer: Gatherer,
    key: PublicKey,
}

impl Guarded {
    fn new() -> Self {
        let identity = Identity::generate().unwrap();
        let key = identity.public_key();
        let site = Site::with_server(&config(key, &[]));
        let gatherer = site.gatherer();
        write_seed(&gatherer.seed_path(), &identity);
        Self { site, gatherer, key }
    }

    /// A node with the gatherer's address and the enrolment login in it.
    fn node(&self, name: &str) -> Node {
        self.site.node(name).answers(&self.gatherer.address().replacen("://", "://enrol:s3cret@", 1))
    }

    fn lists(&self, nodes: &[&Node]) {
        let keys: Vec<PublicKey> = nodes.iter().map(|node| node.key()).collect();
        self.site.server.reload(&config(self.key, &keys));
    }

    fn bus(&self) -> Bus {
        Bus::login_by_password(&self.site.server, "test", "test")
    }
}

fn config(gatherer: PublicKey, providers: &[PublicKey]) -> String {
    let provider = |p: &PublicKey| {
        format!(
            "{{nkey: {p}, permissions: {{
               publish: {{allow: [\"stats.v1.announce.*.{p}\", \"stats.v1.bye.*.{p}\", \"stats.v1.reply.*.*.*.{p}\"]}}
               subscribe: {{allow: [\"stats.v1.poll.*.all\", \"stats.v1.poll.*.shard.*.*\", \"stats.v1.poll.*.one.{p}\"]}}
             }}}}\n"
        )
    };
    let providers: String = providers.iter().map(provider).collect();
    format!(
        "authorization {{ users: [
           {{nkey: {gatherer}, permissions: {{
             publish: {{allow: [\"stats.v1.poll.{gatherer}.>\"]}}
             subscribe: {{allow: [\"stats.v1.announce.{gatherer}.*\", \"stats.v1.bye.{gatherer}.*\",
                                \"stats.v1.reply.{gatherer}.>\"]}}
           }}}}
           {{user: enrol, password: s3cret, permissions: {{
             publish: {{allow: [\"stats.v1.announce.*.*\"]}}, subscribe: {{deny: [\">\"]}}
           }}}}
           {{user: test, password: test}}
           {providers}
         ] }}"
    )
}

#[test]
fn an_unknown_key_is_announced_and_comes_in_when_it_is_listed() {
    let guarded = Guarded::new();
    let gatherer = &guarded.gatherer;
    let (alpha, beta) = (guarded.node("alpha"), guarded.node("beta"));
    guarded.lists(&[&beta]);
    let bus = guarded.bus();
    let mut announcements = bus.subscribe(format!("stats.v1.announce.{}.{}", guarded.key, alpha.key()));
    let (unknown, listed) = (alpha.start(), beta.start());
    let said = [(); 2].map(|()| PlayedGatherer::new().read_announcement(&announcements.message()));
    assert_eq!((said[0].nickname.as_str(), said[0].instance), ("alpha", said[1].instance));
    let told = format!(
        "it refuses the key {key}: add it to its users; it is announced by the enrolment login until then: \
         approve {key} at the gatherer",
        key = alpha.key()
    );
    assert_eq!(unknown.stderr().matches(&told).count(), 1, "{}", unknown.stderr());

    let gathering = gatherer.start(&[]);
    gatherer.await_record(beta.key(), "the listed node", |record| record.sequence > 0);
    assert!(gatherer.snapshot().unwrap().records.get(&alpha.key()).is_none_or(|record| record.sequence == 0));
    guarded.lists(&[&alpha, &beta]);
    let record = gatherer.await_record(alpha.key(), "the node that was listed", |record| record.sequence > 1);

    guarded.lists(&[&beta]);
    unknown.await_log(&format!("NATS refuses the login of {}, which it took before", alpha.key()));
    announcements.so_far();
    announcements.message();
    let before = gatherer.await_record(beta.key(), "the other", |_| true).sequence;
    gatherer.await_record(beta.key(), "more of the other", |record| record.sequence > before + 1);

    // Its state outlives the connection: the same run of the node goes on where it was.
    let out = gatherer.await_record(alpha.key(), "its last record", |_| true);
    guarded.lists(&[&alpha, &beta]);
    let again = gatherer.await_record(alpha.key(), "the node again", |again| again.sequence > out.sequence);
    assert_eq!(again.instance, record.instance);
    for others in [listed.stderr(), gathering.stderr()] {
        assert!(!others.contains("is away") && !others.contains("refuses"), "{others}");
    }
}

/// What the password in the address opens: nodes' announcements, and nothing else.
#[test]
fn the_enrolment_login_may_only_announce() {
    let guarded = Guarded::new();
    let (g, p) = (guarded.key, guarded.node("alpha").key());
    let poll = Id::random().unwrap();
    let enrol = || Bus::login_by_password(&guarded.site.server, "enrol", "s3cret");
    let say = |bus: &Bus, subject: &str| {
        bus.publish(Letter { subject: format!("stats.v1.{subject}"), headers: Vec::new(), body: b"{}".to_vec() });
    };
    for denied in [
        format!("poll.{g}.all"),
        format!("poll.{g}.one.{p}"),
        format!("reply.{g}.all.{poll}.{p}"),
        format!("bye.{g}.{p}"),
        "anything".to_owned(),
    ] {
        let mut bus = enrol();
        say(&bus, &format!("announce.{g}.{p}"));
        say(&bus, &denied);
        let complaint = bus.complaint(PATIENCE).unwrap_or_else(|| panic!("{denied} is allowed"));
        assert!(complaint.to_lowercase().contains(VIOLATION) && complaint.contains(&denied), "{complaint}");
    }
    for denied in [format!("announce.{g}.*"), format!("reply.{g}.>"), format!("poll.{g}.all"), ">".to_owned()] {
        let mut bus = enrol();
        bus.subscribe_unsettled(format!("stats.v1.{denied}"));
        let complaint = bus.complaint(PATIENCE).unwrap_or_else(|| panic!("{denied} is allowed"));
        assert!(complaint.to_lowercase().contains(VIOLATION), "{complaint}");
    }
}

/// Neither a wrong password nor a login that may not announce keeps a node from trying; both are named.
#[test]
fn an_enrolment_login_that_does_not_help_is_named() {
    let guarded = Guarded::new();
    let alpha = guarded.site.node("alpha");
    let wrong = guarded.gatherer.address().replacen("://", "://enrol:wrong@", 1);
    let wrong = alpha.clone().answers(&wrong).start();
    let start = "the enrolment login cannot announce this node: ";
    wrong.await_log(&format!("{start}it refuses the enrolment login \"enrol\" of the address"));

    guarded.site.server.reload(&config(guarded.key, &[]).replace("stats.v1.announce.*.*", "stats.v1.nothing"));
    let beta = guarded.node("beta");
    let denied = beta.start();
    denied.await_log(&format!("{start}the server denies it: "));
    guarded.lists(&[&alpha, &beta]);
    let _gathering = guarded.gatherer.start(&[]);
    for node in [&alpha, &beta] {
        guarded.gatherer.await_record(node.key(), "a sample at last", |record| record.sequence > 0);
    }
}

/// A gatherer whose key the server takes no more says so, counts the polls that it cannot send, and is back by itself.
#[test]
fn a_gatherer_that_is_taken_out_comes_back() {
    let guarded = Guarded::new();
    let gatherer = &guarded.gatherer;
    let node = guarded.node("alpha");
    guarded.lists(&[&node]);
    let (_provider, gathering) = (node.start(), gatherer.start(&[]));
    let record = gatherer.await_record(node.key(), "a sample", |record| record.sequence > 0);

    let stranger = Identity::generate().unwrap().public_key();
    guarded.site.server.reload(&config(stranger, &[node.key()]));
    gathering.await_log("NATS refuses the gatherer's login, which it took before");
    gathering.await_log(&format!("it refuses the key {}: add it to its users", guarded.key));
    gatherer.await_own("polls that were not sent", |own| {
        own.stats.counters.get("statsgrid.polls_unsent").is_some_and(|unsent| *unsent >= 2)
    });
    guarded.lists(&[&node]);
    let last = gatherer.await_record(node.key(), "its last record", |_| true).sequence;
    let again = gatherer.await_record(node.key(), "a sample again", |again| again.sequence > last);
    assert_eq!(again.instance, record.instance);
}
