//! Producers in Rust, registered by a node that embeds this library: the same shape as the components', without the
//! sandbox.

use std::panic::{AssertUnwindSafe, catch_unwind};

use statsgrid_wire::Number;
use statsgrid_wire::message::{Description, Outcome};

use crate::call::{Fault, RawStat};

/// An object of the node that reports stats.
///
/// The trait is that of the SDK, less `init`: what a component learns from its section, an object knows. Calls come one
/// at a time, on a thread of the provider's runtime, so they are to be short: nothing can end one from outside.
pub trait Producer: Send + 'static {
    /// What it reports. Asked once.
    fn describe(&self) -> Description;

    /// Called at each poll. An error is this poll's outcome.
    fn get_stats(&mut self) -> Result<Vec<(String, Number)>, String>;

    /// Called at the description's sample interval between polls.
    fn sample(&mut self) {}
}

/// A panic of the object ends its call and not the provider.
pub(super) fn get_stats(producer: &mut dyn Producer) -> Result<Vec<RawStat>, Fault> {
    let stats = guarded(|| producer.get_stats())?.map_err(|error| Fault::new(Outcome::Error, error))?;
    Ok(stats.into_iter().map(|(name, value)| RawStat { name, value: finite(value) }).collect())
}

pub(super) fn sample(producer: &mut dyn Producer) -> Result<(), Fault> {
    guarded(|| producer.sample())
}

pub(super) fn describe(producer: &dyn Producer) -> Result<Description, Fault> {
    guarded(|| producer.describe())
}

fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Fault::new(Outcome::Trap, format!("it panicked: {}", text.unwrap_or_default()))
    })
}

fn finite(value: Number) -> Option<Number> {
    match value {
        Number::Float(float) => Number::float(float),
        integer => Some(integer),
    }
}
