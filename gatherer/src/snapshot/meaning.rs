//! What a node's own producer says of its values: kind, unit and help, as the catalogue has them.
//!
//! Looked up by name, once a description, so that a fleet's values are described as fast as they are read. Left out on
//! purpose: what most nodes say of a name, which labels the graphs of a fleet (`munin/described.rs`).

use std::collections::HashMap;

use statsgrid_wire::Hash;
use statsgrid_wire::message::{Description, Kind as DescribedKind};

use super::{Catalogue, Record, Series};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning<'c> {
    /// Whether it only goes up.
    pub counts: bool,
    /// In the terms of OpenMetrics; none where nobody said.
    pub unit: Option<&'c str>,
    /// One sentence; none where nobody said.
    pub help: Option<&'c str>,
}

/// The meanings of all values that a catalogue describes.
#[derive(Clone, Debug)]
pub struct Meanings<'c>(HashMap<Hash, Described<'c>>);

/// One producer's, under its own names.
type Described<'c> = HashMap<Series<'c>, Meaning<'c>>;

impl<'c> Meanings<'c> {
    /// As `catalogue` has them.
    pub fn of(catalogue: &'c Catalogue) -> Self {
        Self(catalogue.iter().map(|(hash, description)| (*hash, described(description))).collect())
    }

    /// Those of one node's values alone.
    pub fn of_record(record: &Record, catalogue: &'c Catalogue) -> Self {
        let described = |hash: Hash| Some((hash, described(catalogue.get(&hash)?)));
        Self(record.descriptions().filter_map(described).collect())
    }

    /// What one of a node's values is: as its producer describes it, else by the list that it is in.
    pub fn get(&self, record: &Record, series: Series<'_>) -> Meaning<'c> {
        let by_place = Meaning { counts: matches!(series, Series::Counter(_)), unit: None, help: None };
        self.told(record, series).unwrap_or(by_place)
    }

    fn told(&self, record: &Record, series: Series<'_>) -> Option<Meaning<'c>> {
        let (section, own) = match series {
            Series::Counter(name) => name.split_once('.').map(|(section, own)| (section, Series::Counter(own)))?,
            Series::Stat(name) => name.split_once('.').map(|(section, own)| (section, Series::Stat(own)))?,
        };
        let described = self.0.get(&record.producers.get(section)?.description?)?;
        described.get(&own).copied()
    }
}

fn described(description: &Description) -> Described<'_> {
    let stats = description.stats.iter().map(|stat| {
        let counts = stat.kind == DescribedKind::Counter;
        (Series::Stat(&stat.name), Meaning { counts, unit: said(&stat.unit), help: said(&stat.help) })
    });
    let counters = description.counters.iter().map(|counter| {
        (Series::Counter(&counter.name), Meaning { counts: true, unit: said(&counter.unit), help: said(&counter.help) })
    });
    stats.chain(counters).collect()
}

fn said(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::ProducerRecord;
    use statsgrid_wire::message::Outcome;

    #[test]
    fn a_value_is_what_its_own_producer_says_it_is() {
        let mut catalogue = Catalogue::default();
        let text = r#"{"version":"1","stats":[{"name":"load","kind":"gauge","help":"The load."},
            {"name":"ticks","kind":"counter","unit":"seconds"}],"counters":[{"name":"calls"}]}"#;
        let description = Some(catalogue.insert(text.to_owned()).unwrap());
        let producer = ProducerRecord {
            outcome: Outcome::Ok,
            message: None,
            taken_at: None,
            pace: None,
            digest: None,
            description,
        };
        let record = Record { producers: [("host", producer)].into_iter().collect(), ..Record::unanswered("alpha") };
        let meanings = Meanings::of(&catalogue);
        let own = Meanings::of_record(&record, &catalogue);
        let check = |series, counts, unit, help| {
            assert_eq!(meanings.get(&record, series), Meaning { counts, unit, help }, "{series:?}");
            assert_eq!(own.get(&record, series), Meaning { counts, unit, help }, "{series:?}");
        };
        check(Series::Stat("host.load"), false, None, Some("The load."));
        check(Series::Stat("host.ticks"), true, Some("seconds"), None);
        check(Series::Counter("host.calls"), true, None, None);
        // Another kind, another producer, and names that nobody described.
        check(Series::Stat("host.calls"), false, None, None);
        check(Series::Stat("mail.load"), false, None, None);
        check(Series::Counter("app.visits"), true, None, None);
        check(Series::Stat("plain"), false, None, None);
    }
}
