//! The munin plugin's fleet, with descriptions that are there: so all its stats are shown.

use std::collections::BTreeMap;
use std::path::Path;

use statsgrid_gatherer::snapshot::{Catalogue, ProducerRecord, Record};
use statsgrid_wire::Hash;
use statsgrid_wire::message::{CounterDescription, Description, Kind, StatDescription};

use crate::Failed;
use crate::munin_fleet;

/// Writes a snapshot of so many nodes at `path`, and the catalogue beside it.
pub fn write(path: &Path, nodes: usize, now_ms: u64) -> Result<(), Failed> {
    let mut catalogue = Catalogue::default();
    let mut hashes = BTreeMap::new();
    for (section, description) in descriptions(&munin_fleet::record(0, now_ms)) {
        hashes.insert(section, catalogue.insert(description.to_text()?.0)?);
    }
    catalogue.write(path)?;
    munin_fleet::write(path, nodes, |node| described(munin_fleet::record(node, now_ms), &hashes))
}

fn described(record: Record, hashes: &BTreeMap<String, Hash>) -> Record {
    let producer = |(section, producer): (&str, &ProducerRecord)| {
        (section.to_owned(), ProducerRecord { description: hashes.get(section).copied(), ..producer.clone() })
    };
    Record { producers: record.producers.iter().map(producer).collect(), ..record }
}

/// Of each section, what its stats are: with a unit and a sentence, as an author writes them.
fn descriptions(record: &Record) -> BTreeMap<String, Description> {
    let mut descriptions: BTreeMap<String, Description> = BTreeMap::new();
    let help = |own: &str| format!("What the node has had of {own} since it was started.");
    let unit = "seconds".to_owned();
    for (section, own) in record.stats.counters.iter().filter_map(|(name, _)| name.split_once('.')) {
        let (name, unit, help) = (own.to_owned(), unit.clone(), help(own));
        let counter = CounterDescription { name, unit, help, unknown: Default::default() };
        descriptions.entry(section.to_owned()).or_default().counters.push(counter);
    }
    for (section, own) in record.stats.stats.iter().filter_map(|(name, _)| name.split_once('.')) {
        let (name, unit, help) = (own.to_owned(), unit.clone(), help(own));
        let stat = StatDescription { name, kind: Kind::Gauge, unit, help, unknown: Default::default() };
        descriptions.entry(section.to_owned()).or_default().stats.push(stat);
    }
    descriptions
}
