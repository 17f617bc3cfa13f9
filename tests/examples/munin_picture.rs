//! Draws a graph of five lively nodes over a day, by the plugin and Debian's munin: the picture in the README.
//!
//! Five minutes pass at each step, so a day takes some minutes. Run by tests/tools/munin-picture; its arguments are the
//! plugin's link and the file that is written. Left out on purpose: chance, so that the picture changes only when the
//! plugin does.
#![allow(clippy::expect_used, reason = "who draws a picture sees what went wrong")]

use std::collections::BTreeMap;
use std::env;
use std::f64::consts::TAU;
use std::fs;

use statsgrid_gatherer::snapshot::{Millis, Record, Stats};
use statsgrid_tests::{Munin, MuninMaster, MuninNode, now_ms};
use statsgrid_wire::{Number, PublicKey};

/// As many as munin's graph of a day is wide: it shows 33 hours.
const STEPS: u64 = 400;

/// Nodes by key, for colours and order in the legend go by it.
const NODES: [(&str, &str); 5] = [
    ("UAGATHERERXFOGO6MVN6A6WFHYM6L3VFZ5ZFKKIBJ5J6WJIBAGI3MNLS", "alpha"),
    ("UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K", "beta"),
    ("UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ", "gamma"),
    ("UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF", "delta"),
    ("UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4", "epsilon"),
];

fn main() {
    let mut arguments = env::args().skip(1);
    let (link, file) = arguments.next().zip(arguments.next()).expect("usage: munin_picture LINK FILE");
    let Some(munin) = Munin::find("the picture", &[&link]) else {
        return eprintln!("there is no munin: get it with `sudo apt-get install munin-node munin`");
    };
    let mut fleet: Vec<Life> = (0..).zip(NODES).map(|(place, node)| Life::new(place, node)).collect();
    let write = |fleet: &[Life]| {
        let records: BTreeMap<PublicKey, Record> = fleet.iter().map(|life| (life.key, life.record())).collect();
        munin.write(records.iter().map(|(key, record)| (*key, record)));
    };
    write(&fleet);
    let node = MuninNode::start(&munin);
    let master = MuninMaster::new(&munin, &node, STEPS);
    for step in 0..STEPS {
        fleet.iter_mut().for_each(|life| life.goes_on(step));
        write(&fleet);
        master.update(step);
    }
    master.draw(STEPS - 1);
    fs::copy(master.picture(&link).path, file).expect("the file can be written");
}

/// What a node goes through in a day.
struct Life {
    place: f64,
    key: PublicKey,
    nickname: &'static str,
    /// How busy it is, from 0 to 1.
    busy: f64,
    added: f64,
    freed: f64,
}

impl Life {
    fn new(place: u32, (key, nickname): (&str, &'static str)) -> Self {
        let key = key.parse().expect("a key");
        Self { place: place.into(), key, nickname, busy: 0.0, added: 0.0, freed: 0.0 }
    }

    /// Five minutes: busy by day, each at its own hour, with short waves of its own; old data goes in the night.
    fn goes_on(&mut self, step: u64) {
        let day = step as f64 / 288.0;
        let hours = (TAU * (day - 0.08 * self.place)).sin();
        let waves = (TAU * day * (3.0 + self.place)).sin() + (TAU * day * (11.0 + 2.0 * self.place)).sin();
        self.busy = (0.45 + 0.3 * hours + 0.06 * waves).clamp(0.02, 1.0);
        self.added += self.busy * (3.0 + self.place) * 1e8;
        self.freed += if hours < -0.8 { (2.0 + self.place) * 1e8 } else { 0.0 };
    }

    fn record(&self) -> Record {
        let held = (20.0 + 4.0 * self.place) * 1e9 + self.added - self.freed;
        let stats = [
            ("load_monitor.avg_load", Number::Float(0.004 + 0.03 * self.busy * self.busy)),
            ("load_monitor.max_load", Number::Float(0.02 + 0.2 * self.busy)),
            ("storage_server.allocated", Number::Integer((self.busy * 4e9) as i64)),
            ("storage_server.consumed", Number::Integer(held as i64)),
        ];
        let counters =
            [("storage_server.bytes_added", self.added as u64), ("storage_server.bytes_freed", self.freed as u64)];
        Record {
            timestamp: Millis::new(now_ms()),
            stats: Stats { counters: counters.into_iter().collect(), stats: stats.into_iter().collect() },
            ..Record::unanswered(self.nickname)
        }
    }
}
