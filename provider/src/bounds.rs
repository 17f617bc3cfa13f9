//! What one producer may use, from its section over the defaults of `limits.rs`, where each has its reason.

use std::time::Duration;

use statsgrid_wire::limits::NAME_BYTES;

use crate::limits::{
    CALL_TIMEOUT, COUNTERS, COUNTS_PER_MINUTE, HELP_BYTES, INSTANCES, LOG_LINES, MEMORY_BYTES, RESULT_BYTES, STATS,
    TABLE_ELEMENTS,
};

/// The limits of one producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Wall time of a call, blocked host calls included.
    pub timeout: Duration,
    /// Linear memory, all memories together.
    pub memory_bytes: usize,
    /// Elements of all tables together.
    pub table_elements: usize,
    /// Core instances, memories and tables, each.
    pub instances: usize,
    /// Stats of one reading.
    pub stats: usize,
    /// Bytes of a full name.
    pub name_bytes: usize,
    /// Bytes of a unit or of a help text.
    pub help_bytes: usize,
    /// Bytes that one call hands over to the host, as its result or as arguments of imports.
    pub result_bytes: usize,
    /// Counters that it creates.
    pub counters: usize,
    /// Calls of `count` in a minute.
    pub counts_per_minute: u32,
    /// Lines in the log in a minute.
    pub log_lines_per_minute: u32,
}

impl Bounds {
    /// Whether one of them is wider than `other`'s.
    pub(crate) fn allow_more_than(&self, other: &Self) -> bool {
        let numbers = |bounds: &Self| {
            [
                bounds.memory_bytes,
                bounds.table_elements,
                bounds.instances,
                bounds.stats,
                bounds.name_bytes,
                bounds.help_bytes,
                bounds.result_bytes,
                bounds.counters,
                bounds.counts_per_minute as usize,
                bounds.log_lines_per_minute as usize,
            ]
        };
        self.timeout > other.timeout || numbers(self).iter().zip(numbers(other)).any(|(mine, other)| *mine > other)
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            timeout: CALL_TIMEOUT,
            memory_bytes: MEMORY_BYTES,
            table_elements: TABLE_ELEMENTS,
            instances: INSTANCES,
            stats: STATS,
            name_bytes: NAME_BYTES,
            help_bytes: HELP_BYTES,
            result_bytes: RESULT_BYTES,
            counters: COUNTERS,
            counts_per_minute: COUNTS_PER_MINUTE,
            log_lines_per_minute: LOG_LINES,
        }
    }
}
