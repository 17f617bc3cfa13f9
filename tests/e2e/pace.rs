//! Producers with a pace of their own, which hold up no round, and what is sent again of one that broke.

use std::time::{Duration, Instant};

use statsgrid_tests::{PATIENCE, Site, await_until, while_asked};
use statsgrid_wire::message::{Outcome, Sample};

use crate::limits::{integer, outcome};

#[test]
fn a_long_reading_holds_up_no_poll_and_says_how_old_it_is() {
    let site = Site::new();
    // Most of the time a reading is under way.
    let node = site.node("alpha").load_monitor().guest("slow", "every = \"4s\"\nconfig = { takes_ms = \"3000\" }");
    while_asked(&site, node, |_, _, ask| {
        let started = Instant::now();
        let sample = ask();
        assert_eq!(outcome(&sample, "slow"), (Outcome::Delayed, "its first reading is under way".to_owned()));
        assert!(sample.stats.get("load_monitor.avg_load").is_some(), "{sample:?}");
        assert!(sample.producers.get("slow").unwrap().description.is_some(), "it has been initialised");
        assert!(started.elapsed() < Duration::from_secs(3), "the poll waited for the reading");

        let first = await_until("its first reading", PATIENCE, || {
            Some(ask()).filter(|sample| outcome(sample, "slow").0 == Outcome::Ok)
        });
        assert_eq!(integer(&first, "slow.readings"), Some(1));
        let report = first.producers.get("slow").unwrap();
        assert_eq!(report.pace_ms, Some(4000));

        // While the second one is under way the first one goes out, older each time.
        let age = |sample: &Sample| sample.producers.get("slow").unwrap().age_ms.unwrap();
        let later = await_until("an older one", PATIENCE, || Some(ask()).filter(|later| age(later) > age(&first)));
        assert_eq!(integer(&later, "slow.readings"), Some(1));
        await_until("its second reading", PATIENCE, || {
            Some(ask()).filter(|sample| integer(sample, "slow.readings") == Some(2))
        });
    });
}

#[test]
fn samples_keep_their_pace_however_often_it_is_asked() {
    let site = Site::new();
    while_asked(&site, site.node("alpha").guest("slow", ""), |_, _, ask| {
        let (first, started) = (integer(&ask(), "slow.samples").unwrap(), Instant::now());
        // Asked as fast as it answers.
        let (last, took) = await_until("twenty samples", PATIENCE, || {
            let samples = integer(&ask(), "slow.samples")?;
            (samples >= first + 20).then(|| (samples, started.elapsed()))
        });
        let due = i64::try_from(took.as_millis() / 100).unwrap();
        assert!(last - first <= due + 2, "{} samples in {took:?}: more than were due", last - first);
    });
}

#[test]
fn the_last_good_stats_go_out_again_where_that_is_wanted_with_their_age() {
    let site = Site::new();
    let node = site.node("alpha").guest("trap", "resend = \"1h\"");
    while_asked(&site, node, |_, _, ask| {
        assert_eq!(outcome(&ask(), "trap").0, Outcome::Ok);
        for wanted in [Outcome::Trap, Outcome::Delayed] {
            let sample = ask();
            assert_eq!(outcome(&sample, "trap").0, wanted);
            assert_eq!(integer(&sample, "trap.readings"), Some(1));
            assert!(sample.producers.get("trap").unwrap().age_ms.is_some(), "{sample:?}");
        }
    });
    // Beyond its age it does not.
    let site = Site::new();
    while_asked(&site, site.node("alpha").guest("trap", "resend = \"1ms\""), |_, _, ask| {
        assert_eq!(outcome(&ask(), "trap").0, Outcome::Ok);
        let sample = await_until("a failure later than that", PATIENCE, || {
            Some(ask()).filter(|sample| outcome(sample, "trap").0 == Outcome::Delayed)
        });
        assert_eq!(integer(&sample, "trap.readings"), None);
    });
}
