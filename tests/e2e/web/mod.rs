//! The pages and metrics of both daemons, as scrapers, programs and people get them.

mod bounds;
mod exact;
mod hostile_metrics;
mod node_pages;
mod one_number;
mod openmetrics;
mod page_modules;
mod prometheus;
mod status_page;
mod texts;

use std::collections::BTreeMap;

use statsgrid_gatherer::snapshot::{Record, write_snapshot};
use statsgrid_tests::{Gatherer, Process};
use statsgrid_wire::PublicKey;

/// On a free port.
const LISTEN: [&str; 2] = ["--listen", "127.0.0.1:0"];

/// Starts a gatherer on the snapshot of an earlier run, in a round that does not end while it is looked at.
fn restored(gatherer: &Gatherer, records: &BTreeMap<PublicKey, Record>) -> Process {
    write_snapshot(&gatherer.snapshot_path(), records.iter().map(|(key, record)| (*key, record))).unwrap();
    gatherer.start(&[&LISTEN[..], &["--interval", "1day", "--deadline", "1h"]].concat())
}

fn new_key() -> PublicKey {
    nkeys::KeyPair::new_user().public_key().parse().unwrap()
}
