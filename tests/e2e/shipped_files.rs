//! The files that are installed beside the programs: they are what the programs take, and the permissions of the NATS
//! server's example are what the roles need and no more.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use statsgrid_tests::{
    Authority, Bus, Letter, Operator, PATIENCE, PlayedGatherer, Process, Site, command, programs, workspace,
};
use statsgrid_wire::{Id, Identity};

use crate::logins::{server_config, site_with_logins};

#[test]
fn configurations_are_taken() {
    let check = |program: PathBuf, file: &str, expected: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut checked = command(program);
        checked.args(["run", "--check-config", "--config"]).arg(workspace().join(file));
        let checked = Process::start("check", folder.path(), checked).ended().succeeded();
        assert!(checked.stdout.contains(expected), "{}", checked.stdout);
    };
    check(programs().provider(), "provider/pkg/provider.toml", ": 2 producers, 0 gatherers");
    check(programs().gatherer(), "gatherer/pkg/gatherer.toml", "into /var/lib/stats-gatherer/stats.json");
}

/// Every key is in the file: what stands in a comment is an example that is taken too.
#[test]
fn what_is_commented_out_is_taken_too() {
    let check = |program: PathBuf, file: &str, name: &str| {
        let folder = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(workspace().join(file)).unwrap();
        let address = PlayedGatherer::new().key().to_string();
        let uncommented = text.lines().map(uncomment).collect::<Vec<_>>().join("\n");
        let uncommented = uncommented.replace("UAGATHERERSPUBLICKEY...", &address);
        let path = folder.path().join("all.toml");
        fs::write(&path, uncommented.replace("/etc/statsgrid", &deploy(folder.path(), name))).unwrap();
        let mut checked = command(program);
        checked.args(["run", "--check-config", "--config"]).arg(path);
        Process::start("check", folder.path(), checked).ended().succeeded();
    };
    check(programs().provider(), "provider/pkg/provider.toml", "node");
    check(programs().gatherer(), "gatherer/pkg/gatherer.toml", "gatherer");
}

/// The files that the examples name in /etc/statsgrid, in `folder`.
fn deploy(folder: &Path, name: &str) -> String {
    Authority::new(folder, "ca").client(name);
    Operator::new().user(&folder.join(format!("{name}.creds")), &[], &[]);
    folder.to_string_lossy().into_owned()
}

/// `#key = …` is a key that is switched off; `# Words` is a comment.
fn uncomment(line: &str) -> &str {
    line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[')).unwrap_or(line)
}

#[test]
fn the_nats_server_takes_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let [gatherer, provider] = [(); 2].map(|()| Identity::generate().unwrap().public_key());
    let path = folder.path().join("nats-server.conf");
    fs::write(&path, server_config(gatherer, provider)).unwrap();
    let mut server = Command::new(programs().nats_server());
    server.arg("-t").arg("--config").arg(path);
    Process::start("nats-server", folder.path(), server).ended().succeeded();
}

/// With it the listed node is gathered, and one that is not listed is not.
#[test]
fn only_listed_nodes_are_gathered() {
    let (site, gatherer, alpha) = site_with_logins(|config| config);
    let beta = site.node("beta").answers(gatherer.address()).load_monitor();
    let alpha = alpha.load_monitor();
    let (_alpha, refused) = (alpha.start(), beta.start());
    let gathering = gatherer.start(&[]);
    gatherer.await_record(alpha.key(), "the listed node", |record| {
        record.sequence > 1 && record.stats.stats.get("load_monitor.avg_load").is_some()
    });
    refused.await_log(&format!("it refuses the key {}: add it to its users", beta.key()));
    gatherer.await_round();
    assert_eq!(gatherer.snapshot().unwrap().records.len(), 2);
    let log = gathering.stderr().to_lowercase();
    assert!(!log.contains("denie") && !log.contains("violation"), "{log}");
}

/// What a role does not need is denied to it, also when it asks for it by name.
#[test]
fn roles_may_do_no_more_than_they_need() {
    let [gatherer, provider] = [(); 2].map(|()| Identity::generate().unwrap());
    let site = Site::with_server(&server_config(gatherer.public_key(), provider.public_key()));
    let (g, p) = (gatherer.public_key(), provider.public_key());
    let other = Identity::generate().unwrap().public_key();
    let poll = Id::random().unwrap();

    let role = Role { identity: &provider, site: &site };
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
            format!("announce.{g}.*"),
            format!("bye.{g}.*"),
            format!("poll.{g}.one.{other}"),
            format!("poll.{g}.one.*"),
            ">".to_owned(),
        ],
    );
    let role = Role { identity: &gatherer, site: &site };
    role.may(
        &[format!("poll.{g}.all"), format!("poll.{g}.one.{p}")],
        &[format!("announce.{g}.*"), format!("bye.{g}.*"), format!("reply.{g}.all.*.*")],
    );
    role.may_not(
        &[format!("poll.{other}.all"), format!("reply.{g}.all.{poll}.{p}"), format!("announce.{g}.{p}")],
        &[format!("poll.{g}.all"), format!("reply.{other}.all.*.*"), format!("announce.{other}.*"), ">".to_owned()],
    );
}

struct Role<'a> {
    identity: &'a Identity,
    site: &'a Site,
}

impl Role<'_> {
    /// Nothing of this brings a complaint: one that is provoked afterwards is the first.
    fn may(&self, publish: &[String], subscribe: &[String]) {
        let mut bus = Bus::login(&self.site.server, self.identity);
        try_all(&bus, publish, subscribe);
        try_all(&bus, &["provoked".to_owned()], &[]);
        let complaint = bus.complaint(PATIENCE).expect("the server complains");
        assert!(complaint.contains("stats.v1.provoked"), "{complaint}");
    }

    /// Each of it brings one.
    fn may_not(&self, publish: &[String], subscribe: &[String]) {
        let denied = |publish: &[String], subscribe: &[String], expected: &str| {
            let mut bus = Bus::login(&self.site.server, self.identity);
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
