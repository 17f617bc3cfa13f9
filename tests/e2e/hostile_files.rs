//! Files that are no producers, or damaged ones: each is refused with its reason, in one reply with its neighbour's value.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use statsgrid_tests::{Ended, Process, Random, Site, command, programs, while_asked};
use statsgrid_wire::message::{Outcome, Sample};

/// The interface that a producer exports.
const OURS: &str = "statsgrid:producer/stats-producer@0.1.0";

#[test]
fn what_is_no_producer_is_refused_by_its_reason_and_its_neighbour_goes_on() {
    let site = Site::new();
    let files = Files::of(site.path());
    let mut node = site.node("alpha").load_monitor();
    for (name, path, _) in &files.0 {
        node = node.runs(name, path, "");
    }
    while_asked(&site, node, |_, _, ask| {
        let sample = ask();
        for (name, path, reason) in &files.0 {
            let expected = format!("component {}: {reason}", path.display());
            let report = sample.producers.get(name).expect("each producer is in each reply");
            let message = report.message.as_deref().unwrap_or_default();
            assert_eq!(report.outcome, Outcome::Refused, "{name}: {message}");
            assert!(message.starts_with(&expected), "{name}: {expected:?} does not begin {message:?}");
            assert_eq!(report.digest, None, "{name}: no number is said to come from it");
        }
        neighbour_is_well(&sample);
    });
    for (name, path, reason) in &files.0 {
        let checked = check(path, site.path());
        assert_eq!(checked.code, Some(5), "{name}: {}", checked.stderr);
        assert!(checked.stderr.contains(reason), "{name}: {reason:?} is not in {}", checked.stderr);
    }
}

/// A changed bit may still leave a component, of which nobody knows what it does: it is refused or it runs, in the
/// sandbox, and the provider goes on.
#[test]
fn a_flipped_bit_anywhere_costs_the_neighbour_nothing() {
    const FLIPS: usize = 24;
    let site = Site::new();
    let whole = fs::read(programs().guest("trap")).unwrap();
    let mut random = Random::seeded(7);
    let mut node = site.node("alpha").load_monitor();
    for flip in 0..FLIPS {
        // Each in a part of its own, the first in the first eight bytes.
        let part = whole.len() / FLIPS;
        let within = random.next_number() as usize % if flip == 0 { 8 } else { part };
        let mut bytes = whole.clone();
        bytes[flip * part + within] ^= 1 << (random.next_number() % 8);
        let path = site.path().join(format!("flip{flip}.wasm"));
        fs::write(&path, bytes).unwrap();
        node = node.runs(&format!("flip{flip}"), &path, "timeout = \"300ms\"");
    }
    while_asked(&site, node, |_, _, ask| {
        let mut refused = 0;
        for _ in 0..3 {
            let sample = ask();
            neighbour_is_well(&sample);
            let flips = sample.producers.iter().filter(|(name, _)| name.starts_with("flip"));
            let outcomes: Vec<Outcome> = flips.map(|(_, report)| report.outcome).collect();
            assert_eq!(outcomes.len(), FLIPS);
            assert!(!outcomes.contains(&Outcome::Unknown), "{outcomes:?}");
            refused = outcomes.iter().filter(|outcome| **outcome == Outcome::Refused).count();
        }
        assert!(refused > 0, "at least the flip in the first eight bytes leaves no component");
    });
}

/// The files, each with its section's name and the reason for which it is refused.
struct Files(Vec<(&'static str, PathBuf, String)>);

impl Files {
    fn of(folder: &Path) -> Self {
        let mut files = Self(Vec::new());
        let whole = fs::read(programs().guest("trap")).unwrap();
        let mut made = |name: &'static str, bytes: &[u8], reason: &str| {
            let path = folder.join(format!("{name}.wasm"));
            fs::write(&path, bytes).unwrap();
            files.0.push((name, path, reason.to_owned()));
        };
        made("empty", b"", "not WASM");
        made("script", b"#!/bin/sh\n", "not WASM");
        made("core_module", b"\0asm\x01\0\0\0", "a core module, not a component");
        made("half", &whole[..whole.len() / 2], "does not compile");
        made("all_but_one", &whole[..whole.len() - 1], "does not compile");
        made("magic", &whole[..7], "does not compile");
        let later = OURS.replace("0.1.0", "0.2.0");
        let reason = format!("built for {later}; this provider speaks {OURS}");
        made("later", &renamed(&whole, "@0.1.0", "@0.2.0"), &reason);
        let other = "strangers:exporter/other-exporter";
        let renamed = renamed(&whole, "statsgrid:producer/stats-producer", other);
        made("world", &renamed, &format!("exports no {OURS} but {other}@0.1.0"));
        made("nothing", b"\0asm\x0d\0\x01\0", &format!("exports no {OURS} but nothing"));
        made(
            "escapes",
            &wants("\u{1b}[31mred\nline"),
            "does not compile: missing module instantiation argument named ` [31mred line`",
        );
        made("elf", b"\x7fELF\x02\x01\x01", "native code");
        made("precompiled", &precompiled(folder), "native code");
        let large = folder.join("large.wasm");
        fs::File::create(&large).unwrap().set_len(65 << 20).unwrap();
        files.0.push(("large", large, "more than 67108864 bytes".to_owned()));
        let fifo = folder.join("fifo.wasm");
        mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        files.0.push(("fifo", fifo, "cannot be read: not a regular file".to_owned()));
        files.0.push(("folder", folder.to_owned(), "cannot be read: not a regular file".to_owned()));
        files
    }
}

/// A component with another name of the same length in all the places of one, so that it stays whole.
fn renamed(component: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = component.to_vec();
    let places: Vec<usize> =
        (0..=bytes.len() - from.len()).filter(|place| bytes[*place..].starts_with(from.as_bytes())).collect();
    assert!(!places.is_empty());
    // WASI has versions too, but none that is ours.
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

/// A component of a module that imports from one of this name, which nobody gives it.
fn wants(name: &str) -> Vec<u8> {
    let part = |kind: u8, content: &[u8]| [&[kind, content.len() as u8], content].concat();
    let import = [&[1, name.len() as u8], name.as_bytes(), b"\x01f\0\0"].concat();
    let module = [b"\0asm\x01\0\0\0", part(1, b"\x01\x60\0\0").as_slice(), &part(2, &import)].concat();
    [b"\0asm\x0d\0\x01\0", part(1, &module).as_slice(), &part(2, b"\x01\0\0\0")].concat()
}

/// What the provider itself made of a producer, out of its compile cache.
fn precompiled(folder: &Path) -> Vec<u8> {
    let config = folder.join("precompiled.toml");
    let (component, cache) = (programs().guest("trap"), folder.join("native-of-another"));
    fs::write(&config, format!("compile_cache = {cache:?}\n[producers.trap]\ncomponent = {component:?}\n")).unwrap();
    let mut once = command(programs().provider());
    once.arg("once").arg("--config").arg(&config);
    Process::start("precompiled", folder, once).ended().succeeded();
    let entry = fs::read_dir(&cache).unwrap().next().expect("one component was compiled").unwrap();
    fs::read(entry.path()).unwrap()
}

fn check(component: &Path, folder: &Path) -> Ended {
    let mut check = command(programs().provider());
    check.arg("check").arg(component);
    Process::start("check", folder, check).ended()
}

fn neighbour_is_well(sample: &Sample) {
    assert_eq!(sample.producers.get("load_monitor").unwrap().outcome, Outcome::Ok);
    assert!(sample.stats.get("load_monitor.avg_load").is_some());
}
