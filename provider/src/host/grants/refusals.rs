//! What a producer asked for and was not given, each thing once in the log: it asks at each call.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use statsgrid_wire::limits::OUTCOME_MESSAGE_BYTES;
use statsgrid_wire::one_line;

use crate::limits::REFUSALS_TOLD;

/// Those of one producer.
#[derive(Debug)]
pub struct Refusals {
    producer: String,
    told: Mutex<BTreeSet<String>>,
}

impl Refusals {
    pub(super) fn of(producer: &str) -> Self {
        Self { producer: producer.to_owned(), told: Mutex::default() }
    }

    /// Says why `thing`, which a stranger may have named, is kept from the producer, if that was not said before.
    pub(crate) fn tell(&self, thing: &str, reason: &str) {
        if self.is_new(&one_line(thing, OUTCOME_MESSAGE_BYTES)) {
            let text = one_line(&format!("{thing}: not given to it: {reason}"), OUTCOME_MESSAGE_BYTES);
            tracing::warn!(producer = %self.producer, "{text}");
        }
    }

    fn is_new(&self, thing: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() < REFUSALS_TOLD && told.insert(thing.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_told_once_and_not_without_end() {
        let refusals = Refusals::of("a");
        assert!(refusals.is_new("file /a"));
        assert!(!refusals.is_new("file /a"));
        let told = (0..1_000).filter(|number| refusals.is_new(&format!("file /{number}"))).count();
        assert_eq!(told, REFUSALS_TOLD - 1);
    }
}
