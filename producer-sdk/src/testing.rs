//! A producer called natively as a provider would call it, for unit tests. It is not there in a component.
//!
//! The harness knows the contract and no more: it grants and denies nothing, and has no deadline. What a producer
//! reads is what the test may read.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};

use crate::{Config, Description, Error, Number, Producer, Stats};

/// A producer under test, after its `init`.
///
/// Each call returns what the producer returned, or an error that says what a provider would hold against it: a name
/// that breaks the rule or comes twice, a stat that was not described, a float that is not finite.
pub struct Harness<P> {
    producer: P,
    description: Description,
}

impl<P: Producer> Harness<P> {
    /// Makes the producer and takes its description. The thread's counts begin anew.
    pub fn start(config: Config) -> Result<Self, Error> {
        COUNTED.with_borrow_mut(BTreeMap::clear);
        let producer = P::init(&config)?;
        let description = producer.describe();
        let stats = description.stats().iter().map(|stat| stat.name.as_str());
        let counters = description.counters().iter().map(|counter| counter.name.as_str());
        check_names(stats.chain(counters))?;
        Ok(Self { producer, description })
    }

    /// What the producer said of itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// One poll.
    pub fn get_stats(&mut self) -> Result<Stats, Error> {
        let stats = self.producer.get_stats()?;
        check_names(stats.iter().map(|(name, _)| name))?;
        for (name, value) in stats.iter() {
            self.check_reading(name, value)?;
        }
        Ok(stats)
    }

    /// One tick of the sample interval.
    pub fn sample(&mut self) {
        self.producer.sample();
    }

    fn check_reading(&self, name: &str, value: Number) -> Result<(), Error> {
        if !self.description.stats().iter().any(|stat| stat.name == name) {
            return Err(Error::new(format!("stat `{name}` is reported but not described")));
        }
        match value {
            Number::Float(value) if !value.is_finite() => Err(Error::new(format!("stat `{name}` is {value}"))),
            _ => Ok(()),
        }
    }
}

/// What [`count`](crate::count) has added to the counter `name` on this thread since the last [`Harness::start`].
pub fn counted(name: &str) -> u64 {
    COUNTED.with_borrow(|counted| counted.get(name).copied().unwrap_or_default())
}

thread_local! {
    static COUNTED: RefCell<BTreeMap<String, u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// Where `count` leads natively. A counter that would pass 2^64-1 stays there, as the provider's does.
pub(crate) fn record(name: &str, delta: u64) {
    COUNTED.with_borrow_mut(|counted| {
        let value = counted.entry(name.to_owned()).or_default();
        *value = value.saturating_add(delta);
    });
}

fn check_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for name in names {
        if !is_name(name) {
            return Err(Error::new(format!(
                "`{name}` is not a name: use ASCII letters, digits, `_` and `-`, with dots between levels"
            )));
        }
        if !seen.insert(name) {
            return Err(Error::new(format!("`{name}` is there twice")));
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let is_level =
        |level: &str| !level.is_empty() && level.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    name.split('.').all(is_level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count;

    /// Describes `described`, reports `reported`, each a list of names parted by blanks; every value is 1 or `value`.
    struct Scripted {
        described: Vec<String>,
        reported: Vec<String>,
        value: f64,
    }

    impl Producer for Scripted {
        fn init(config: &Config) -> Result<Self, Error> {
            let names = |key| config.get(key).unwrap_or_default().split_whitespace().map(str::to_owned).collect();
            let value = config.parse("value")?.unwrap_or(1.0);
            Ok(Self { described: names("described"), reported: names("reported"), value })
        }

        fn describe(&self) -> Description {
            let description = Description::new("1.0.0").counts("polls", "", "Polls.");
            self.described.iter().fold(description, |description, name| description.gauge(name, "", "A number."))
        }

        fn get_stats(&mut self) -> Result<Stats, Error> {
            count("polls", 1);
            Ok(self.reported.iter().fold(Stats::new(), |stats, name| stats.with(name, self.value)))
        }

        fn sample(&mut self) {
            self.value += 1.0;
        }
    }

    fn start(described: &str, reported: &str, value: &str) -> Result<Harness<Scripted>, Error> {
        Harness::start(Config::from([("described", described), ("reported", reported), ("value", value)]))
    }

    #[track_caller]
    fn check_refused(described: &str, reported: &str, value: &str, message: &str) {
        let outcome = start(described, reported, value).and_then(|mut harness| harness.get_stats());
        assert_eq!(outcome.unwrap_err().to_string(), message);
    }

    #[test]
    fn a_sound_producer_passes() {
        let mut harness = start("a b.c-d_9 absent", "a b.c-d_9", "0.5").unwrap();
        assert_eq!(harness.description().stats().len(), 3);
        harness.sample();
        let stats = harness.get_stats().unwrap();
        assert_eq!(stats, Stats::new().with("a", 1.5).with("b.c-d_9", 1.5));
    }

    #[test]
    fn what_a_provider_would_hold_against_it_is_told() {
        let rule = "use ASCII letters, digits, `_` and `-`, with dots between levels";
        for name in ["a..b", ".a", "a.", "ä", "a/b", "a:b"] {
            check_refused(name, "", "1", &format!("`{name}` is not a name: {rule}"));
        }
        check_refused("a a", "", "1", "`a` is there twice");
        check_refused("polls", "", "1", "`polls` is there twice");
        check_refused("a", "a a", "1", "`a` is there twice");
        check_refused("a", "b", "1", "stat `b` is reported but not described");
        check_refused("a", "a", "NaN", "stat `a` is NaN");
        check_refused("a", "a", "-inf", "stat `a` is -inf");
        check_refused("", "", "x", "config key `value` cannot be read: invalid float literal");
    }

    #[test]
    fn counts_add_up_and_begin_anew() {
        let mut harness = start("", "", "1").unwrap();
        harness.get_stats().unwrap();
        harness.get_stats().unwrap();
        assert_eq!(counted("polls"), 2);
        count("polls", u64::MAX);
        assert_eq!(counted("polls"), u64::MAX);
        assert_eq!(counted("never"), 0);
        start("", "", "1").unwrap();
        assert_eq!(counted("polls"), 0);
    }
}
