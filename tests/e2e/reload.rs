//! Producers that change while their provider runs: a new one takes over between polls, and a bad one does not.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use statsgrid_tests::{Node, PATIENCE, Process, Site, await_until, programs, while_asked};
use statsgrid_wire::message::{Outcome, ProducerReport, Sample};
use statsgrid_wire::{Hash, Number};

/// Replaces `to` as a build does: no reader sees half of it.
fn install(from: &Path, to: &Path) {
    let new = to.with_added_extension("new");
    fs::copy(from, &new).unwrap();
    fs::rename(new, to).unwrap();
}

fn digest(path: &Path) -> Hash {
    Hash::of(&fs::read(path).unwrap())
}

fn report(sample: &Sample, name: &str) -> ProducerReport {
    sample.producers.get(name).expect("each producer is in each reply").clone()
}

/// Has the provider run what `node`, another one in the same folder, says from now on.
fn reconfigure(node: &Node, provider: &Process) {
    node.configure();
    provider.signal(Signal::HUP);
}

#[test]
fn a_new_component_takes_over_and_the_counters_stay() {
    let site = Site::new();
    let node = site.node("alpha").load_monitor();
    let file = node.folder().join("probe.wasm");
    install(&programs().guest("trap"), &file);
    while_asked(&site, node.runs("probe", &file, ""), |_, _, ask| {
        let before = ask();
        assert_eq!(report(&before, "probe").digest, Some(digest(&file)));
        assert_eq!(before.stats.get("probe.readings"), Some(&Number::Integer(1)));

        install(&programs().guest("slow"), &file);
        let new = digest(&file);
        let sample = await_until("the new component", PATIENCE, || {
            let sample = ask();
            assert!(sample.stats.get("load_monitor.avg_load").is_some(), "{sample:?}");
            Some(sample).filter(|sample| report(sample, "probe").digest == Some(new))
        });
        assert_eq!(report(&sample, "probe").outcome, Outcome::Ok);
        assert_eq!(sample.stats.get("probe.readings"), Some(&Number::Integer(1)));
        assert!(sample.counters.get("probe.readings_begun").is_some_and(|begun| *begun >= 1), "{sample:?}");
        assert_eq!(sample.counters.get("probe.instances_read"), Some(&1));
    });
}

#[test]
fn a_bad_component_leaves_the_old_one_in_its_place() {
    let site = Site::new();
    let node = site.node("alpha");
    let file = node.folder().join("probe.wasm");
    let good = programs().guest("slow");
    install(&good, &file);
    while_asked(&site, node.runs("probe", &file, "config = { takes_ms = \"0\" }"), |_, provider, ask| {
        let old = report(&ask(), "probe");
        let mut goes_on = |why: &str| {
            let sample = await_until(why, PATIENCE, || {
                Some(ask()).filter(|sample| report(sample, "probe").message.is_some_and(|said| said.contains(why)))
            });
            let said = report(&sample, "probe");
            assert_eq!((said.outcome, said.digest), (Outcome::Refused, old.digest));
            let message = said.message.unwrap();
            assert!(message.starts_with("a new one is not taken, and the old one goes on: "), "{message}");
            assert!(sample.stats.get("probe.readings").is_some(), "{sample:?}");
            provider.await_log(why);
        };
        let half = fs::read(&good).unwrap();
        fs::write(&file, &half[..half.len() / 2]).unwrap();
        goes_on("does not compile");
        fs::write(&file, "no component").unwrap();
        goes_on("not WASM");
        // Loads, and its init fails, for it knows no such key.
        install(&programs().guest("trap"), &file);
        goes_on("takes_ms");

        install(&good, &file);
        let sample = await_until("the good one again", PATIENCE, || {
            Some(ask()).filter(|sample| report(sample, "probe").outcome == Outcome::Ok)
        });
        let Some(Number::Integer(readings)) = sample.stats.get("probe.readings") else { panic!("{sample:?}") };
        assert!(*readings > 3, "the same instance was there all the time, not {readings} readings old");
    });
}

#[test]
fn sections_come_change_and_go_at_sighup() {
    let site = Site::new();
    let node = site.node("alpha").load_monitor();
    let plain = |node: Node| node.guest("slow", "");
    while_asked(&site, plain(node.clone()), |running, provider, ask| {
        assert_eq!(report(&ask(), "slow").outcome, Outcome::Ok);
        let answers = |node: Node| node.answers(&running.gatherers()[0]);

        // What is no configuration changes nothing.
        fs::write(running.folder().join("provider.toml"), "nicknam = \"alpha\"").unwrap();
        provider.signal(Signal::HUP);
        provider.await_log("did you mean `nickname`?");
        let sample = ask();
        assert_eq!((report(&sample, "slow").outcome, sample.producers.len()), (Outcome::Ok, 2));

        // One more section, and the other with a new key of its config.
        let node = site.node("alpha").load_monitor().guest("trap", "").guest("slow", "every = \"1s\"");
        reconfigure(&answers(node), provider);
        let sample = await_until("the new section", PATIENCE, || {
            let sample = ask();
            let paced = report(&sample, "slow").pace_ms == Some(1000);
            Some(sample).filter(|sample| paced && sample.producers.get("trap").is_some())
        });
        assert!(sample.counters.get("slow.instances_read").is_some_and(|read| *read > 0), "{sample:?}");

        // Two less: what they counted goes with them.
        reconfigure(&answers(site.node("alpha").load_monitor()), provider);
        let sample = await_until("their end", PATIENCE, || Some(ask()).filter(|sample| sample.producers.len() == 1));
        assert!(!sample.counters.iter().any(|(name, _)| name.starts_with("slow.")), "{sample:?}");
        assert!(sample.stats.get("load_monitor.avg_load").is_some(), "{sample:?}");
    });
}

#[test]
fn a_grant_that_is_taken_away_is_gone_whatever_becomes_of_the_producer() {
    let site = Site::new();
    let node = site.node("alpha").load_monitor().storage_server();
    while_asked(&site, node, |running, provider, ask| {
        assert_eq!(report(&ask(), "storage_server").outcome, Outcome::Ok);
        let root = running.storage();
        // Without its folder its init fails; the old instance, which has the folder, must not go on.
        let node = site.node("alpha").answers(&running.gatherers()[0]).load_monitor().runs(
            "storage_server",
            &programs().producer("storage_server"),
            &format!("config = {{ root = {root:?} }}"),
        );
        reconfigure(&node, provider);
        let sample = await_until("the end of the grant", PATIENCE, || {
            Some(ask()).filter(|sample| report(sample, "storage_server").outcome != Outcome::Ok)
        });
        assert!(!report(&sample, "storage_server").message.unwrap().contains("goes on"), "{sample:?}");
        assert!(!sample.stats.iter().any(|(name, _)| name.starts_with("storage_server.")), "{sample:?}");
        assert!(sample.stats.get("load_monitor.avg_load").is_some(), "{sample:?}");
    });
}

#[test]
fn a_limit_that_is_narrowed_holds_at_once() {
    let site = Site::new();
    while_asked(&site, site.node("alpha").guest("slow", ""), |running, provider, ask| {
        assert_eq!(report(&ask(), "slow").outcome, Outcome::Ok);
        let node = site.node("alpha").answers(&running.gatherers()[0]);
        reconfigure(&node.guest("slow", "limits = { memory_bytes = \"64KiB\" }"), provider);
        let sample = await_until("the end of what takes more", PATIENCE, || {
            Some(ask()).filter(|sample| report(sample, "slow").outcome != Outcome::Ok)
        });
        let message = report(&sample, "slow").message.unwrap();
        assert!(message.contains("it wanted more memory than the 64KiB that it may have"), "{message}");
        assert!(!sample.stats.iter().any(|(name, _)| name.starts_with("slow.")), "{sample:?}");
    });
}

/// The file is the one that runs, but the section is not.
#[test]
fn a_section_that_came_to_nothing_is_told_until_it_is_mended_whatever_the_file() {
    let site = Site::new();
    let file = site.node("alpha").folder().join("probe.wasm");
    install(&programs().guest("slow"), &file);
    while_asked(&site, site.node("alpha").runs("probe", &file, ""), |running, provider, ask| {
        let node = |keys: &str| site.node("alpha").answers(&running.gatherers()[0]).runs("probe", &file, keys);
        let mut await_said = |words: &str| {
            await_until(words, PATIENCE, || {
                let said = report(&ask(), "probe").message.unwrap_or_default();
                (said.contains(words) && said.is_empty() == words.is_empty()).then_some(())
            });
        };
        reconfigure(&node("config = { unknown = \"1\" }"), provider);
        await_said("the old one goes on: error: ");
        let told = provider.stderr().matches("the old one goes on").count();
        install(&programs().guest("slow"), &file);
        await_until("another look at it", PATIENCE, || {
            (provider.stderr().matches("the old one goes on").count() > told).then_some(())
        });
        await_said("the old one goes on");
        reconfigure(&node(""), provider);
        await_said("");
    });
}
