//! A server that denies what a role needs: fatal, and named.

use crate::logins::Guarded;

#[test]
fn a_provider_that_may_not_hear_polls_ends() {
    let guarded = Guarded::edited(|users| users.replace("\"stats.v1.poll.*.all\", ", ""));
    let alpha = guarded.node_without_enrolment("alpha");
    guarded.approve(alpha.key());
    let ended = alpha.start().ended();
    assert_eq!(ended.code, Some(6), "{}", ended.stderr);
    let key = guarded.gatherer.key();
    let start = format!("stats-provider: gatherer {key}: the server denies a permission that a provider needs: ");
    is_said_once(&ended.stderr, &start, &format!("\"stats.v1.poll.{key}.all\""));
}

#[test]
fn a_provider_that_may_not_announce_itself_ends() {
    let guarded = Guarded::edited(|users| users.replace("stats.v1.announce.*", "stats.v1.nothing"));
    let alpha = guarded.node_without_enrolment("alpha");
    guarded.approve(alpha.key());
    let ended = alpha.start().ended();
    assert_eq!(ended.code, Some(6), "{}", ended.stderr);
    let key = guarded.gatherer.key();
    let start = format!("stats-provider: gatherer {key}: the server denies a permission that a provider needs: ");
    is_said_once(&ended.stderr, &start, &format!("\"stats.v1.announce.{key}.{}\"", alpha.key()));
}

#[test]
fn a_gatherer_that_may_not_hear_replies_ends() {
    let guarded = Guarded::edited(|users| users.replace("stats.v1.reply.U", "stats.v1.nothing.U"));
    let ended = guarded.gatherer.start(&[]).ended();
    assert_eq!(ended.code, Some(6), "{}", ended.stderr);
    let start = "stats-gatherer: the server denies a permission that a gatherer needs: ";
    is_said_once(&ended.stderr, start, &format!("\"stats.v1.reply.{}.all.*.*\"", guarded.gatherer.key()));
}

/// The last line names the subject that was denied, once.
fn is_said_once(log: &str, start: &str, subject: &str) {
    let last = log.lines().last().unwrap();
    assert!(last.starts_with(start), "{last}");
    // The server tells it in its own case.
    assert!(last.contains(subject), "{subject} is not in {last}");
    assert_eq!(last.to_lowercase().matches("permissions violation").count(), 1, "{last}");
}
