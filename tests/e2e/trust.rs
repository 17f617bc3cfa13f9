//! Who reports is people's decision: by `approve` and `revoke`, or by their own hand in the trust file, whether the
//! gatherer runs or not.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use rustix::process::Signal;
use statsgrid_gatherer::trust::{Pending, Standing, TrustFile};
use statsgrid_tests::{Bus, Gatherer, PATIENCE, PlayedProvider, Process, Site, await_until};
use statsgrid_wire::message::{Answer, Refusal, RefusalReason};
use statsgrid_wire::{PublicKey, Unknown};

/// Runs it as people do who say nothing of enrolment.
fn start(gatherer: &Gatherer) -> Process {
    gatherer.begins("stats-gatherer", "run", &["--interval", "1s"])
}

#[test]
fn an_unknown_node_waits_until_it_is_approved_and_leaves_when_it_is_revoked() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let [alpha, beta] = ["alpha", "beta"].map(|name| site.node(name).answers(gatherer.address()));
    // Before it first starts, and before there is a gatherer.
    approve(&gatherer, beta.key());
    let (_alpha, _beta, _gathering) = (alpha.start(), beta.start(), start(&gatherer));
    gatherer.await_record(beta.key(), "who was approved before", |record| record.sequence > 0);
    await_standing(&gatherer, alpha.key(), "pending");
    assert!(!is_recorded(&gatherer, alpha.key()));
    let status = gatherer.runs("status", &[]).succeeded().stdout;
    assert_eq!(
        status,
        format!("pending: alpha {0}: waits for a decision: stats-gatherer approve {0}, or revoke {0}\n", alpha.key())
    );

    approve(&gatherer, alpha.key());
    gatherer.await_record(alpha.key(), "who is approved now", |record| record.sequence > 1);
    assert_eq!(standing(&gatherer, alpha.key()), "trusted");
    assert_eq!(gatherer.runs("status", &[]).succeeded().stdout, "");

    gatherer.runs("revoke", &[alpha.key().as_str()]).succeeded();
    gatherer.await_snapshot("no record of who is revoked", |snapshot| {
        (!snapshot.records.contains_key(&alpha.key())).then_some(())
    });
    let refused =
        |own: &statsgrid_gatherer::snapshot::Record| own.stats.counters.get("statsgrid.rejected.revoked").copied();
    gatherer.await_own("what it still says is refused", |own| refused(own) >= Some(2));
    assert_eq!(standing(&gatherer, alpha.key()), "revoked");
    assert!(!is_recorded(&gatherer, alpha.key()) && is_recorded(&gatherer, beta.key()));
    assert_eq!(gatherer.runs("status", &[]).succeeded().stdout, "");
}

#[test]
fn decisions_made_while_no_gatherer_runs_hold_from_its_start() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let alpha = site.node("alpha").answers(gatherer.address());
    let (_alpha, gathering) = (alpha.start(), start(&gatherer));
    await_standing(&gatherer, alpha.key(), "pending");
    gathering.terminate().succeeded();
    approve(&gatherer, alpha.key());
    let remark = TrustFile::read(&gatherer.trust_path()).unwrap().0.entries().next().unwrap().remark.clone();
    assert!(remark.starts_with("alpha, approved 2"), "{remark}");

    let gathering = start(&gatherer);
    gatherer.await_record(alpha.key(), "who was approved", |record| record.sequence > 0);
    gathering.terminate().succeeded();
    gatherer.runs("revoke", &[alpha.key().as_str()]).succeeded();
    let _gathering = start(&gatherer);
    gatherer.await_round();
    assert!(!is_recorded(&gatherer, alpha.key()));
    assert_eq!(standing(&gatherer, alpha.key()), "revoked");
}

/// A nickname is a label: whoever takes another's gets nothing by it.
#[test]
fn two_nodes_of_one_nickname_are_two() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let bus = Bus::connect(&site.server);
    let (real, twin) = (site.node("twin").answers(gatherer.address()), PlayedProvider::new("twin"));
    approve(&gatherer, real.key());
    let (_provider, gathering) = (real.start(), start(&gatherer));
    let mut polls = bus.subscribe(format!("stats.v1.poll.{}.all", gatherer.key()));
    let answer = |polls: &mut statsgrid_tests::Subscription<'_>, sequence: u64| {
        let poll = polls.message();
        bus.publish(twin.answer(&poll, &twin.sample(&poll, sequence, ("twin.value", 1))));
    };
    answer(&mut polls, 1);
    await_standing(&gatherer, twin.key(), "pending");
    assert_eq!(standing(&gatherer, real.key()), "trusted");
    assert!(!is_recorded(&gatherer, twin.key()));

    approve(&gatherer, twin.key());
    gathering.await_log("keys that are trusted by name: 2");
    polls.so_far();
    answer(&mut polls, 2);
    let second = gatherer.await_record(twin.key(), "the other one", |record| record.sequence == 2);
    let first = gatherer.await_record(real.key(), "the first one", |record| record.sequence > 0);
    assert_eq!((first.nickname.as_str(), second.nickname.as_str()), ("twin", "twin"));
    assert!(first.stats.stats.get("twin.value").is_none());
}

#[test]
fn a_bad_line_by_hand_is_told_and_the_others_hold() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let [alpha, beta] = ["alpha", "beta"].map(|name| site.node(name).answers(gatherer.address()));
    let path = gatherer.trust_path();
    fs::write(&path, format!("# By hand.\n\n{} trusted\n{} truste\n", alpha.key(), beta.key())).unwrap();
    let told = format!("line 4: {}: \"truste\": write `trusted` or `revoked`", beta.key());
    let checked = gatherer.begins("check", "run", &["--check-config"]).ended();
    assert!(checked.code == Some(3) && checked.stderr.contains(&told), "{checked:?}");

    let (_alpha, _beta, gathering) = (alpha.start(), beta.start(), start(&gatherer));
    gatherer.await_record(alpha.key(), "who stands in a good line", |record| record.sequence > 0);
    await_standing(&gatherer, beta.key(), "pending");
    assert!(gathering.stderr().contains(&told), "{}", gathering.stderr());
    let status = gatherer.runs("status", &[]).succeeded();
    assert!(status.stdout.contains("times the trust file was not all understood"), "{}", status.stdout);
    assert!(status.stderr.contains(&told), "{}", status.stderr);

    // A line that is added holds within a moment; the command leaves what people wrote.
    writeln!(OpenOptions::new().append(true).open(&path).unwrap(), "{} trusted", beta.key()).unwrap();
    gatherer.await_record(beta.key(), "who was added", |record| record.sequence > 0);
    gatherer.runs("revoke", &[beta.key().as_str()]).succeeded();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("# By hand.\n\n") && text.contains(" truste\n"), "{text}");

    // A file that anybody may write decides nothing any more.
    gatherer.await_snapshot("no record of who is revoked", |snapshot| {
        (!snapshot.records.contains_key(&beta.key())).then_some(())
    });
    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    gathering.await_log("so anybody on this machine can write it");
    gathering.await_log("who was trusted before still is");
    let last = gatherer.await_record(alpha.key(), "its record", |_| true).sequence;
    gatherer.await_record(alpha.key(), "more of it", |record| record.sequence > last);
}

#[test]
fn a_hangup_reads_the_trust_file_and_ends_nothing() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let alpha = site.node("alpha").answers(gatherer.address());
    approve(&gatherer, alpha.key());
    let (_alpha, gathering) = (alpha.start(), start(&gatherer));
    let first = gatherer.await_record(alpha.key(), "a record", |record| record.sequence > 0);
    let own = gatherer.await_round();
    gathering.signal(Signal::HUP);
    gathering.await_log("the trust file is read again");
    let after = gatherer.await_round();
    assert_eq!(own.instance, after.instance);
    gatherer.await_record(alpha.key(), "more of it", |record| record.sequence > first.sequence);
}

#[test]
fn all_that_wait_are_approved_together() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let bus = Bus::connect(&site.server);
    let _gathering = start(&gatherer);
    gatherer.await_round();
    let applicants = [(); 3].map(|()| PlayedProvider::new("applicant"));
    for applicant in &applicants {
        bus.publish(applicant.announce(&applicant.announcement(gatherer.key())));
    }
    await_until("all of them wait", PATIENCE, || {
        (Pending::read(&gatherer.snapshot_path()).unwrap().len() == applicants.len()).then_some(())
    });
    gatherer.runs("approve", &["--all-pending"]).succeeded();
    for applicant in &applicants {
        await_standing(&gatherer, applicant.key(), "trusted");
    }
    await_until("nobody waits", PATIENCE, || {
        Pending::read(&gatherer.snapshot_path()).unwrap().is_empty().then_some(())
    });
    assert_eq!(gatherer.runs("approve", &["--all-pending"]).succeeded().stdout, "nobody waits for a decision\n");
}

#[test]
fn decisions_at_the_same_moment_all_hold() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let keys = [(); 8].map(|()| PlayedProvider::new("applicant").key());
    let deciding: Vec<Process> = keys
        .iter()
        .enumerate()
        .map(|(index, key)| gatherer.begins(&format!("approve-{index}"), "approve", &[key.as_str()]))
        .collect();
    for decided in deciding {
        decided.ended().succeeded();
    }
    let (file, bad) = TrustFile::read(&gatherer.trust_path()).unwrap();
    let mut expected = keys.map(|key| (key, Standing::Trusted));
    expected.sort_by_key(|(key, _)| *key);
    assert_eq!((file.standings().collect::<Vec<_>>(), bad), (expected.to_vec(), Vec::new()));
}

#[test]
fn status_names_trusted_nodes_that_are_missing() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let [alpha, beta] = ["alpha", "beta"].map(|name| site.node(name).answers(gatherer.address()));
    for node in [&alpha, &beta] {
        approve(&gatherer, node.key());
    }
    let (_alpha, lost, _gathering) = (alpha.start(), beta.start(), start(&gatherer));
    for node in [&alpha, &beta] {
        gatherer.await_record(node.key(), "a sample", |record| record.sequence > 0);
    }
    assert_eq!(gatherer.runs("status", &[]).succeeded().stdout, "");

    lost.kill();
    let stranger = PlayedProvider::new("never started").key();
    approve(&gatherer, stranger);
    let status = await_until("two lines", PATIENCE, || {
        Some(gatherer.runs("status", &[])).filter(|status| status.stdout.lines().count() == 2)
    });
    assert_eq!(status.code, Some(9));
    let lines: Vec<&str> = status.stdout.lines().collect();
    assert!(
        lines[0].starts_with(&format!("missing: beta {}: did not answer; its last sample is ", beta.key())),
        "{lines:?}"
    );
    assert!(lines[1].ends_with(&format!(" {stranger}: trusted, and never heard")), "{lines:?}");
}

/// The node gives no stats then, and once a minute says why; the list says so all the while.
#[test]
fn a_node_whose_clock_is_off_by_a_day_is_named_with_the_difference() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let bus = Bus::connect(&site.server);
    let echo = PlayedProvider::new("echo");
    approve(&gatherer, echo.key());
    let mut polls = bus.subscribe(format!("stats.v1.poll.{}.all", gatherer.key()));
    let _gathering = start(&gatherer);
    let poll = polls.message();
    let refusal = Refusal { reason: RefusalReason::Clock, clock_ahead_ms: -86_400_000, unknown: Unknown };
    bus.publish(echo.answer(&poll, &echo.say(&poll, Answer::Refusal(refusal))));
    let why = "its clock is 24 h behind the gatherer's; never answered\n";
    gatherer.await_record(echo.key(), "the refusal", |record| record.refused.is_some());
    let status = gatherer.runs("status", &[]);
    assert_eq!((status.code, status.stdout), (Some(9), format!("refused: echo {}: {why}", echo.key())));

    gatherer
        .await_own("rounds without a word", |own| own.stats.counters.get("statsgrid.providers_missing") >= Some(&2));
    let status = gatherer.runs("status", &[]);
    assert_eq!((status.code, status.stdout), (Some(9), format!("missing: echo {}: did not answer; {why}", echo.key())));
}

fn approve(gatherer: &Gatherer, key: PublicKey) {
    gatherer.runs("approve", &[key.as_str()]).succeeded();
}

/// What `providers` says of a key; nothing if it does not list it.
fn standing(gatherer: &Gatherer, key: PublicKey) -> String {
    let listed = gatherer.runs("providers", &["--json"]).succeeded().stdout;
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
    let found = listed.iter().find(|one| one["key"] == key.as_str());
    found.map(|one| one["standing"].as_str().unwrap().to_owned()).unwrap_or_default()
}

#[track_caller]
fn await_standing(gatherer: &Gatherer, key: PublicKey, expected: &str) {
    await_until(expected, PATIENCE, || (standing(gatherer, key) == expected).then_some(()));
}

fn is_recorded(gatherer: &Gatherer, key: PublicKey) -> bool {
    gatherer.snapshot().unwrap().records.contains_key(&key)
}
