//! A server that denies what a role needs: fatal, and named.

use crate::logins::site_with_logins;

#[test]
fn a_provider_that_may_not_hear_polls_ends() {
    let (_site, gatherer, alpha) = site_with_logins(|config| config.replace("\"stats.v1.poll.*.all\", ", ""));
    let ended = alpha.start().ended();
    assert_eq!(ended.code, Some(6), "{}", ended.stderr);
    let key = gatherer.key();
    let start = format!("stats-provider: gatherer {key}: the server denies a permission that a provider needs: ");
    is_said_once(&ended.stderr, &start, &format!("\"stats.v1.poll.{key}.all\""));
}

#[test]
fn a_provider_that_may_not_announce_itself_ends() {
    let (_site, gatherer, alpha) = site_with_logins(|config| config.replace("stats.v1.announce.*", "stats.v1.nothing"));
    let ended = alpha.start().ended();
    assert_eq!(ended.code, Some(6), "{}", ended.stderr);
    let key = gatherer.key();
    let start = format!("stats-provider: gatherer {key}: the server denies a permission that a provider needs: ");
    is_said_once(&ended.stderr, &start, &format!("\"stats.v1.announce.{key}.{}\"", alpha.key()));
}

#[test]
fn a_gatherer_that_may_not_hear_replies_ends() {
    let (_site, gatherer, _) = site_with_logins(|config| config.replace("stats.v1.reply.U", "stats.v1.nothing.U"));
    let ended = gatherer.start(&[]).ended();
    assert_eq!(ended.code, Some(6), "{}", ended.stderr);
    let start = "stats-gatherer: the server denies a permission that a gatherer needs: ";
    is_said_once(&ended.stderr, start, &format!("\"stats.v1.reply.{}.all.*.*\"", gatherer.key()));
}

/// The last line names the subject that was denied, once.
fn is_said_once(log: &str, start: &str, subject: &str) {
    let last = log.lines().last().unwrap();
    assert!(last.starts_with(start), "{last}");
    // The server tells it in its own case.
    assert!(last.contains(subject), "{subject} is not in {last}");
    assert_eq!(last.to_lowercase().matches("permissions violation").count(), 1, "{last}");
}
