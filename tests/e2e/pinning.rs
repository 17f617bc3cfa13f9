//! A section that pins its component runs that file and no other.

use std::fs;

use statsgrid_tests::{Site, programs, while_asked};
use statsgrid_wire::Hash;
use statsgrid_wire::message::Outcome;

#[test]
fn another_file_than_the_pinned_one_is_refused() {
    let right = Hash::of(&fs::read(programs().guest("slow")).unwrap());
    let wrong = Hash::of(b"another file");
    let site = Site::new();
    let node = site.node("alpha").guest("slow", &format!("sha256 = \"{right}\"")).runs(
        "other",
        &programs().guest("slow"),
        &format!("sha256 = \"{wrong}\""),
    );
    while_asked(&site, node, |_, _, ask| {
        let sample = ask();
        let (slow, other) = (sample.producers.get("slow").unwrap(), sample.producers.get("other").unwrap());
        assert_eq!((slow.outcome, slow.digest), (Outcome::Ok, Some(right)));
        assert!(sample.stats.get("slow.readings").is_some(), "{sample:?}");
        assert_eq!((other.outcome, other.digest), (Outcome::Refused, None));
        let message = other.message.as_deref().unwrap();
        assert!(message.contains(&format!("its sha256 is {right}")), "{message}");
        assert!(!sample.stats.iter().any(|(name, _)| name.starts_with("other.")), "{sample:?}");
    });
}
