//! The plugin under the real munin of Debian: what its node says, and what its master stores and draws.

mod configuring;
mod drawing;
mod hostile_nicknames;
mod one_number;
mod protocol;
mod storing;
mod views;

use statsgrid_gatherer::snapshot::{Millis, Record, Stats};
use statsgrid_tests::now_ms;
use statsgrid_wire::{Number, PublicKey};

const CONSUMED: &str = "tahoe_storage_consumed";
const BYTES_ADDED: &str = "tahoe_storage_bytes_added";

/// A node of this name, whose sample was taken just now.
fn record(nickname: &str, consumed: i64, bytes_added: u64) -> Record {
    record_of(nickname, 0, consumed, bytes_added)
}

/// The same, taken some time ago.
fn record_of(nickname: &str, age_ms: u64, consumed: i64, bytes_added: u64) -> Record {
    Record {
        timestamp: Millis::new(now_ms() - age_ms),
        stats: Stats {
            counters: [("storage_server.bytes_added", bytes_added)].into_iter().collect(),
            stats: [("storage_server.consumed", Number::Integer(consumed))].into_iter().collect(),
        },
        ..Record::unanswered(nickname)
    }
}

fn new_key() -> PublicKey {
    nkeys::KeyPair::new_user().public_key().parse().unwrap()
}
