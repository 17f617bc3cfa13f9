//! A journal, which comes from another machine at times.

use std::io::BufReader;

use statsgrid_gatherer::journal::{Checked, Findings, Verification};
use statsgrid_wire::Rejection;

/// What a verification tells.
#[derive(Default)]
struct Told {
    good: u64,
    bad: u64,
    torn: u64,
}

impl Findings for Told {
    fn bad(&mut self, _: u64, _: &Rejection) {
        self.bad += 1;
    }

    fn torn(&mut self, _: u64, _: usize) {
        self.torn += 1;
    }

    fn reply(&mut self, _: &Checked) {
        self.good += 1;
    }
}

/// Each line is an entry that is told of once, however the file is read, and the summary counts what was told.
pub fn journal(data: &[u8]) {
    let read = |buffer: usize| {
        let (mut verification, mut told) = (Verification::default(), Told::default());
        verification.read(BufReader::with_capacity(buffer, data), &mut told).expect("memory is read without errors");
        let summary = verification.summary();
        assert_eq!((summary.bad, summary.torn, summary.replies), (told.bad, told.torn, told.good));
        assert!(summary.bad + summary.replies <= summary.entries);
        summary.to_string()
    };
    assert_eq!(read(1), read(64 * 1024));
}
