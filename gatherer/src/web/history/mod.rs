//! What values were in the last hour, in memory, for small pictures of them.
//!
//! A frame a round holds one number of 4 bytes for each value, and names are held once for all nodes that have the same
//! ones. When frames outgrow their bound the oldest go: a fleet that is too large for an hour has less, and is told.
//! Left out on purpose: the disk. Whoever wants months has munin or Prometheus.

mod frame;
mod layout;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::{Named, PublicKey};

use crate::limits::{HISTORY, HISTORY_POINTS};
use crate::snapshot::{Record, Series};
pub(super) use frame::Frame;
use layout::Layout;
pub(super) use layout::Schemas;

/// The last rounds, the oldest first.
#[derive(Debug)]
pub(super) struct History {
    frames: VecDeque<Frame>,
    names_bytes: usize,
    most_bytes: usize,
}

/// One node's.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// When the rounds ended, in Unix milliseconds.
    pub(super) times: Vec<u64>,
    /// Of each counter its rate per second, at each of the times.
    pub(super) counters: Named<Vec<Option<f32>>>,
    /// Of each stat its value, or its rate if it counts up, at each of the times.
    pub(super) stats: Named<Vec<Option<f32>>>,
}

impl History {
    /// Empty, and never larger than this.
    pub(super) fn within(most_bytes: usize) -> Self {
        Self { frames: VecDeque::new(), names_bytes: 0, most_bytes }
    }

    /// The layout of the newest round.
    pub(super) fn layout(&self) -> Option<Arc<Layout>> {
        self.frames.back().map(|frame| frame.layout.clone())
    }

    /// Takes in a round and forgets those that are too old or find no room, and then their names.
    pub(super) fn add(&mut self, frame: Frame, schemas: &mut Schemas) {
        let newest = frame.at_ms;
        self.frames.push_back(frame);
        let oldest = newest.saturating_sub(u64::try_from(HISTORY.as_millis()).unwrap_or(u64::MAX));
        // One that is ahead was taken by a clock that was wrong, and would never grow old.
        self.frames.retain(|frame| (oldest..=newest).contains(&frame.at_ms));
        self.names_bytes = schemas.forget_unused();
        while self.bytes() > self.most_bytes && self.frames.len() > 1 {
            self.frames.pop_front();
            self.names_bytes = schemas.forget_unused();
        }
    }

    /// What those values of one node were that its record has now: a node that calls them anew in each round has no other
    /// past. Of many rounds every second is told, or every third, ...: a picture has so few points.
    pub(super) fn of(&self, key: PublicKey, record: &Record) -> Past {
        let step = self.frames.len().div_ceil(HISTORY_POINTS).max(1);
        // The newest is among them.
        let mut frames: Vec<&Frame> = self.frames.iter().rev().step_by(step).collect();
        frames.reverse();
        Past {
            times: frames.iter().map(|frame| frame.at_ms).collect(),
            counters: series(&frames, |frame| {
                frame.counters(key).filter(|(name, _)| record.value(Series::Counter(name)).is_some())
            }),
            stats: series(&frames, |frame| {
                frame.stats(key).filter(|(name, _)| record.value(Series::Stat(name)).is_some())
            }),
        }
    }

    /// How far back it goes, in words.
    pub(super) fn said(&self) -> String {
        let ends = self.frames.front().zip(self.frames.back());
        let span = ends.map_or(0, |(first, last)| last.at_ms.saturating_sub(first.at_ms));
        let span = crate::show::words::span(Duration::from_millis(span));
        let kept =
            format!("the last {span}, in memory since the gatherer's start, {} min at most", HISTORY.as_secs() / 60);
        // Another frame would not fit.
        let each = self.bytes() / self.frames.len().max(1);
        if self.bytes() + each > self.most_bytes {
            return format!("{kept}, and no more than {} MiB hold", self.most_bytes >> 20);
        }
        kept
    }

    fn bytes(&self) -> usize {
        let mut bytes = self.names_bytes;
        let mut counted: Option<&Arc<Layout>> = None;
        for frame in &self.frames {
            bytes += frame.bytes();
            // Rounds of the same nodes with the same values share one.
            if !counted.is_some_and(|counted| Arc::ptr_eq(counted, &frame.layout)) {
                bytes += frame.layout.bytes();
            }
            counted = Some(&frame.layout);
        }
        bytes
    }
}

/// Each name that some frame has, with what each frame has of it.
fn series<'f, I>(frames: &[&'f Frame], values: impl Fn(&'f Frame) -> I) -> Named<Vec<Option<f32>>>
where
    I: Iterator<Item = (&'f str, f32)>,
{
    let mut all = std::collections::BTreeMap::<&str, Vec<Option<f32>>>::new();
    for (place, frame) in frames.iter().enumerate() {
        for (name, value) in values(frame) {
            let points = all.entry(name).or_default();
            points.resize(place, None);
            points.push((!value.is_nan()).then_some(value));
        }
    }
    all.values_mut().for_each(|points| points.resize(frames.len(), None));
    all.into_iter().collect()
}
