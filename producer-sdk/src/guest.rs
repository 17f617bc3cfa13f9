//! The producer inside a component: the one instance, and the contract's calls turned into the trait's.
//!
//! A component holds one producer, and calls come one at a time. So one cell of the thread holds the instance, whatever
//! its type, and nothing is locked. A call that finds none (get-stats before init) is an error of that call.

use std::cell::RefCell;
use std::marker::PhantomData;

use crate::bindings::exports::statsgrid::producer::stats_producer::Guest;
use crate::bindings::statsgrid::producer::types::{self, CounterDescription, Stat, StatDescription};
use crate::{Config, Description, Error, Kind, Number, Producer, Stats};

/// The component of a producer `P`: what [`export!`](crate::export!) hands to the generated glue.
pub struct Component<P>(PhantomData<P>);

thread_local! {
    static INSTANCE: RefCell<Option<Box<dyn Instance>>> = const { RefCell::new(None) };
}

/// A producer that has been made, with its type left behind.
trait Instance {
    fn get_stats(&mut self) -> Result<Stats, Error>;
    fn sample(&mut self);
}

impl<P: Producer> Instance for P {
    fn get_stats(&mut self) -> Result<Stats, Error> {
        Producer::get_stats(self)
    }

    fn sample(&mut self) {
        Producer::sample(self);
    }
}

impl<P: Producer> Guest for Component<P> {
    fn init(config: Vec<(String, String)>) -> Result<types::Description, String> {
        let config: Config = config.into_iter().collect();
        let producer = P::init(&config).map_err(|error| error.to_string())?;
        let description = producer.describe().into();
        INSTANCE.set(Some(Box::new(producer)));
        Ok(description)
    }

    fn get_stats() -> Result<Vec<Stat>, String> {
        let stats = INSTANCE.with_borrow_mut(|instance| match instance {
            Some(instance) => instance.get_stats(),
            None => Err(Error::new("get-stats was called before init")),
        });
        stats.map(Vec::from).map_err(|error| error.to_string())
    }

    fn sample() {
        INSTANCE.with_borrow_mut(|instance| {
            if let Some(instance) = instance {
                instance.sample();
            }
        });
    }
}

impl From<Stats> for Vec<Stat> {
    fn from(stats: Stats) -> Self {
        stats.into_iter().map(|(name, value)| Stat { name, value: value.into() }).collect()
    }
}

impl From<Number> for types::Number {
    fn from(number: Number) -> Self {
        match number {
            Number::Integer(value) => Self::Integer(value),
            Number::Float(value) => Self::Float(value),
        }
    }
}

impl From<Description> for types::Description {
    fn from(description: Description) -> Self {
        Self {
            version: description.version,
            sample_interval_ms: description.sample_interval_ms,
            stats: description.stats.into_iter().map(StatDescription::from).collect(),
            counters: description.counters.into_iter().map(CounterDescription::from).collect(),
        }
    }
}

impl From<crate::StatDescription> for StatDescription {
    fn from(stat: crate::StatDescription) -> Self {
        let kind = match stat.kind {
            Kind::Counter => types::Kind::Counter,
            Kind::Gauge => types::Kind::Gauge,
        };
        Self { name: stat.name, kind, unit: stat.unit, help: stat.help }
    }
}

impl From<crate::CounterDescription> for CounterDescription {
    fn from(counter: crate::CounterDescription) -> Self {
        Self { name: counter.name, unit: counter.unit, help: counter.help }
    }
}
