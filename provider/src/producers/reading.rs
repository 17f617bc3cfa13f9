//! What one producer gave at one time, under full names, with what was wrong with it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::limits::OUTCOME_MESSAGE_BYTES;
use statsgrid_wire::message::{Description, Outcome};
use statsgrid_wire::{Hash, Moment, Number, check_name, one_line};

use crate::bounds::Bounds;
use crate::call::{Fault, RawStat};
use crate::limits::NAME_SHOWN;

/// A description with the hash that it is known by.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// What it says.
    pub description: Description,
    /// Its JSON text.
    pub text: String,
    /// The SHA-256 of the text.
    pub hash: Hash,
}

/// One producer's part of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The producer.
    pub name: String,
    /// What became of the call.
    pub outcome: Outcome,
    /// One line on what went wrong.
    pub message: Option<String>,
    /// When the stats were taken.
    pub taken: Moment,
    /// How often they are taken, where the producer has a pace of its own.
    pub pace: Option<Duration>,
    /// Full names, each once.
    pub stats: Vec<(String, Number)>,
    /// The SHA-256 of the component.
    pub digest: Option<Hash>,
    /// What it says of itself.
    pub described: Option<Arc<Described>>,
}

impl Described {
    /// Takes a description in, if its names and its size are right.
    pub fn new(description: Description) -> Result<Self, Fault> {
        let text = description.to_text();
        let (text, hash) = text.map_err(|error| Fault::new(Outcome::Invalid, error.to_string()))?;
        Ok(Self { description, text, hash })
    }

    /// The same, if its texts are as short as `bounds` have it.
    pub(super) fn within(self, bounds: &Bounds) -> Result<Self, Fault> {
        let Description { stats, counters, .. } = &self.description;
        let stats = stats.iter().map(|stat| (&stat.name, &stat.unit, &stat.help));
        let counters = counters.iter().map(|counter| (&counter.name, &counter.unit, &counter.help));
        let most = bounds.help_bytes;
        match stats.chain(counters).find(|(_, unit, help)| unit.len().max(help.len()) > most) {
            Some((name, ..)) => {
                let message =
                    format!("the description of {name:?} has a unit or a help text of more than {most} bytes");
                Err(Fault::new(Outcome::Invalid, message))
            }
            None => Ok(self),
        }
    }
}

impl Reading {
    /// No stats, and why.
    pub fn failed(name: &str, fault: &Fault, taken: Moment) -> Self {
        Self {
            name: name.to_owned(),
            outcome: fault.outcome,
            message: Some(fault.message.clone()),
            taken,
            pace: None,
            stats: Vec::new(),
            digest: None,
            described: None,
        }
    }

    /// What is right of `raw`, under the producer's prefix; what is wrong is named in the outcome.
    pub fn of(name: &str, raw: Vec<RawStat>, taken: Moment, bounds: &Bounds) -> Self {
        let mut reading = Self {
            name: name.to_owned(),
            outcome: Outcome::Ok,
            message: None,
            taken,
            pace: None,
            stats: Vec::with_capacity(raw.len().min(bounds.stats)),
            digest: None,
            described: None,
        };
        let mut seen = HashSet::new();
        let reported = raw.len();
        for stat in raw {
            if reading.stats.len() == bounds.stats {
                reading.blame(Outcome::Output, &format!("{reported} stats; the first {} are kept", bounds.stats));
                break;
            }
            let full = format!("{name}.{}", stat.name);
            let fault = match (check_name(&full), stat.value) {
                (Err(error), _) => error.to_string(),
                (Ok(()), _) if full.len() > bounds.name_bytes => {
                    format!("its full name has more than {} bytes", bounds.name_bytes)
                }
                (_, None) => "the value is not finite".to_owned(),
                (Ok(()), Some(_)) if !seen.insert(full.clone()) => "reported twice".to_owned(),
                (Ok(()), Some(value)) => {
                    reading.stats.push((full, value));
                    continue;
                }
            };
            // A name may be as long as its producer likes, and the fault is to be read behind it.
            let start: String = stat.name.chars().take(NAME_SHOWN).collect();
            reading.blame(Outcome::Invalid, &format!("stat {start:?}: {fault}"));
        }
        reading
    }

    /// Notes what went wrong, unless something did already.
    pub fn blame(&mut self, outcome: Outcome, message: &str) {
        if self.outcome == Outcome::Ok {
            self.outcome = outcome;
            self.message = Some(one_line(message, OUTCOME_MESSAGE_BYTES));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::STATS;
    use statsgrid_wire::{Clock, ManualClock};

    fn raw(name: &str, value: Option<Number>) -> RawStat {
        RawStat { name: name.to_owned(), value }
    }

    #[test]
    fn what_is_right_is_kept_and_what_is_wrong_is_named() {
        let one = Some(Number::Integer(1));
        let check = |bad: RawStat, expected: &str| {
            let stats = vec![raw("good", one), bad, raw("also_good", one)];
            let reading = Reading::of("p", stats, ManualClock::at(0).now(), &Bounds::default());
            assert_eq!(reading.stats.len(), 2);
            assert_eq!(reading.outcome, Outcome::Invalid);
            let message = reading.message.unwrap();
            assert!(message.contains(expected), "{message}");
        };
        check(raw("nan", None), "stat \"nan\": the value is not finite");
        check(raw("two words", one), "only ASCII letters");
        check(raw("nul\0", one), "only ASCII letters");
        check(raw("", one), "needs a letter");
        check(raw("good", one), "reported twice");
        check(raw(&"x".repeat(10_000), one), "at most");
    }

    #[test]
    fn a_flood_of_stats_is_cut() {
        let stats = (0..STATS + 5).map(|number| raw(&number.to_string(), Some(Number::Integer(1)))).collect();
        let reading = Reading::of("p", stats, ManualClock::at(0).now(), &Bounds::default());
        assert_eq!((reading.stats.len(), reading.outcome), (STATS, Outcome::Output));
    }

    #[test]
    fn a_message_is_one_line_within_its_bound() {
        let fault = Fault::new(Outcome::Error, format!("a\nb\u{1b}[31m{}", "ü".repeat(1000)));
        let message = Reading::failed("p", &fault, ManualClock::at(0).now()).message.unwrap();
        assert!(message.starts_with("a b [31m") && message.len() <= OUTCOME_MESSAGE_BYTES);
    }
}
