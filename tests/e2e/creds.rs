//! Logins by .creds files, where an operator's account lets users in by signed JWTs and the server lists nobody.

use statsgrid_tests::{Operator, Site};
use statsgrid_wire::Number;

/// The permissions of nats.md's roles, each in its user's JWT.
#[test]
fn users_of_an_account_need_no_more_than_their_role() {
    let operator = Operator::new();
    let site = Site::with_server(&operator.server_config());
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address());
    let node = node.bus("creds = \"node.creds\"");
    let (g, p) = (gatherer.key(), node.key());
    operator.user(
        &node.folder().join("node.creds"),
        &subjects(&[format!("announce.*.{p}"), format!("bye.*.{p}"), format!("reply.*.*.*.{p}")]),
        &subjects(&["poll.*.all".to_owned(), "poll.*.shard.*.*".to_owned(), format!("poll.*.one.{p}")]),
    );
    let creds = operator.user(
        &gatherer.folder().join("gatherer.creds"),
        &subjects(&[format!("poll.{g}.>")]),
        &subjects(&[format!("announce.{g}.*"), format!("bye.{g}.*"), format!("reply.{g}.>")]),
    );
    let creds = creds.to_string_lossy();
    let (provider, gathering) = (node.start(), gatherer.start(&["--creds", &creds]));
    let first = gatherer.await_record(p, "a sample", |record| record.sequence > 1);
    assert_eq!(first.nickname, "alpha");
    // The goodbye is in the role too.
    provider.terminate().succeeded();
    gatherer
        .await_own("an empty roster", |own| own.stats.stats.get("statsgrid.providers") == Some(&Number::Integer(0)));
    let log = gathering.stderr().to_lowercase();
    assert!(!log.contains("denie") && !log.contains("violation"), "{log}");
}

/// Credentials that the server does not take are named, and taken as soon as the file holds better ones.
#[test]
fn renewed_credentials_need_no_restart() {
    let operator = Operator::new();
    let site = Site::with_server(&operator.server_config());
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address()).bus("creds = \"node.creds\"");
    let all = [">".to_owned()];
    let (mine, theirs) = (node.folder().join("node.creds"), gatherer.folder().join("gatherer.creds"));
    let stranger = Operator::new();
    stranger.user(&mine, &all, &all);
    stranger.user(&theirs, &all, &all);
    let (provider, gathering) = (node.start(), gatherer.start(&["--creds", &theirs.to_string_lossy()]));
    for (daemon, file) in [(&provider, &mine), (&gathering, &theirs)] {
        daemon.await_log(&format!("it refuses the credentials in {}: have them renewed", file.display()));
    }
    operator.user(&mine, &all, &all);
    operator.user(&theirs, &all, &all);
    gatherer.await_record(node.key(), "a sample", |record| record.sequence > 0);
}

fn subjects(tails: &[String]) -> Vec<String> {
    tails.iter().map(|tail| format!("stats.v1.{tail}")).collect()
}
