//! What the plugin remembers from call to call: each node's last sample of a counter, which a rate needs two of.
//!
//! A line of one node is drawn by munin from its counter. The fleet's median cannot be: it is a median of rates, and
//! the growth of a sum of counters is wrong whenever a node leaves or starts again. So for these views the plugin works out
//! each node's rate itself, from the sample that it saw at munin's last call, in the file that munin-node names for this
//! (`MUNIN_STATEFILE`, one for each plugin and each of munin's masters). It also keeps which nodes the last `config` named
//! as the top ten, so that the fetch after it gives values of these. Without that file there are no rates.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::limits::{RATE_MS, STATE_BYTES};
use crate::snapshot::{Cell, Value, beside};

/// What is remembered.
#[derive(Debug, Default, PartialEq)]
pub struct State {
    path: Option<PathBuf>,
    now_ms: u64,
    /// By the call before.
    last: Kept,
    /// By this one.
    kept: Kept,
}

/// What is remembered of each series: one of two graphs with the same stat may draw it in another way, or of others.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// By node.
    samples: BTreeMap<String, BTreeMap<String, Sample>>,
    top: BTreeMap<String, Chosen>,
}

/// A node's sample of a counter, and its growth in a second since the one before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Sample {
    /// When it was taken.
    at_ms: u64,
    /// When it was last the present one: a producer of a slow pace gives the same for many calls.
    seen_ms: u64,
    count: f64,
    rate: Option<f64>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Chosen {
    at_ms: u64,
    keys: Vec<String>,
}

/// Why nothing can be remembered.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep the counters of this call in {path}, which the rates of the next one need")]
pub struct StateError {
    path: PathBuf,
    source: io::Error,
}

impl State {
    /// What was remembered in the file. One that is not there, or is not what this wrote, is as good as none: the rates
    /// come with the call after the next.
    pub fn read(path: Option<&Path>, now_ms: u64) -> Self {
        let last = path.and_then(|path| {
            let size = fs::metadata(path).ok()?.len();
            let text = (size <= STATE_BYTES).then(|| fs::read(path).ok()).flatten()?;
            serde_json::from_slice(&text).ok()
        });
        Self { path: path.map(Path::to_owned), now_ms, last: last.unwrap_or_default(), kept: Kept::default() }
    }

    /// The growth in a second of a counter at a node, whose present sample is `cell`.
    pub fn rate(&self, series: &str, key: &str, cell: Cell) -> Option<f64> {
        self.last.samples.get(series)?.get(key).and_then(|last| last.next(cell, self.now_ms)).and_then(|next| next.rate)
    }

    /// Remembers the present samples of a counter, and forgets those of nodes that are not among them.
    pub fn keep<'k>(&mut self, series: &str, cells: impl Iterator<Item = (&'k str, Cell)>) {
        let (last, now_ms) = (self.last.samples.get(series), self.now_ms);
        let next = |(key, cell): (&str, Cell)| {
            let last = last.and_then(|last| last.get(key)).copied();
            let next = last.map_or_else(|| Sample::first(cell, now_ms), |last| last.next(cell, now_ms));
            Some((key.to_owned(), next.or(last)?))
        };
        self.kept.samples.insert(series.to_owned(), cells.filter_map(next).collect());
    }

    /// The keys that the last `config` named as the top ten, if that was lately.
    pub fn chosen(&self, series: &str) -> Option<&[String]> {
        let chosen = self.last.top.get(series)?;
        (self.now_ms.abs_diff(chosen.at_ms) <= RATE_MS).then_some(chosen.keys.as_slice())
    }

    /// Remembers the keys that a `config` names as the top ten.
    pub fn choose(&mut self, series: &str, keys: Vec<String>) {
        self.kept.top.insert(series.to_owned(), Chosen { at_ms: self.now_ms, keys });
    }

    /// Writes what is new, if there is a file for it. A call that gives values gives all of its link's, and so does one
    /// that names the top ten: what none of them kept is of stats that are no more, and would be carried on for ever.
    pub fn write(self) -> Result<(), StateError> {
        let Self { path, last, kept, .. } = self;
        let Some(path) = path.filter(|_| kept != Kept::default()) else { return Ok(()) };
        let kept = Kept {
            samples: if kept.samples.is_empty() { last.samples } else { kept.samples },
            top: if kept.top.is_empty() { last.top } else { kept.top },
        };
        // Whole or not at all; lost with the machine it costs one call's rates, so it need not be synced.
        let new = beside(&path, &format!("{}.new", std::process::id()));
        let written = serde_json::to_vec(&kept)
            .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
            .and_then(|text| fs::write(&new, text))
            .and_then(|()| fs::rename(&new, &path));
        written.map_err(|source| {
            let _ = fs::remove_file(&new);
            StateError { path, source }
        })
    }
}

impl Sample {
    fn first(cell: Cell, now_ms: u64) -> Option<Self> {
        let count = match cell.value? {
            Value::Count(count) => count as f64,
            Value::Number(number) => number.as_f64(),
        };
        Some(Self { at_ms: cell.at.get(), seen_ms: now_ms, count, rate: None })
    }

    /// What follows on this sample: itself, while there is no newer one. A counter that went down began anew, and of one
    /// that was not there for longer than munin's own heartbeat no rate is worked out either.
    fn next(self, cell: Cell, now_ms: u64) -> Option<Self> {
        let next = Self::first(cell, now_ms)?;
        let is_near = now_ms.checked_sub(self.seen_ms).is_some_and(|ms| ms <= RATE_MS);
        let ms = match next.at_ms.checked_sub(self.at_ms).filter(|_| is_near) {
            Some(0) => return Some(Self { seen_ms: now_ms, ..self }),
            Some(ms) => ms,
            None => return Some(next),
        };
        let grown = next.count - self.count;
        Some(Self { rate: (grown >= 0.0).then_some(grown / (ms as f64 / 1000.0)), ..next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Millis;

    const NOW: u64 = 1_795_358_400_000;

    fn cell(after_s: u64, count: u64) -> Cell {
        Cell { value: Some(Value::Count(count)), at: Millis::new(NOW + 1000 * after_s) }
    }

    /// The rates that a counter has over calls that see these samples, the state going through a file each time.
    fn rates(samples: &[Cell]) -> Vec<Option<f64>> {
        rates_at(samples.iter().map(|cell| (cell.at.get(), *cell)).collect())
    }

    /// The same, of calls at these times.
    fn rates_at(calls: Vec<(u64, Cell)>) -> Vec<Option<f64>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let call = |(now_ms, cell): (u64, Cell)| {
            let mut state = State::read(Some(&path), now_ms);
            let rate = state.rate("a.b", "KEY", cell);
            state.keep("a.b", [("KEY", cell)].into_iter());
            state.write().unwrap();
            rate
        };
        calls.into_iter().map(call).collect()
    }

    #[test]
    fn a_rate_is_the_growth_since_the_last_call() {
        assert_eq!(rates(&[cell(0, 100), cell(300, 700), cell(600, 700)]), [None, Some(2.0), Some(0.0)]);
    }

    #[test]
    fn the_same_sample_has_the_same_rate() {
        assert_eq!(
            rates(&[cell(0, 0), cell(60, 60), cell(60, 60), cell(120, 180)]),
            [None, Some(1.0), Some(1.0), Some(2.0)]
        );
    }

    #[test]
    fn a_counter_that_began_anew_and_one_long_unseen_have_none() {
        assert_eq!(rates(&[cell(0, 700), cell(300, 10), cell(600, 610)]), [None, None, Some(2.0)]);
        assert_eq!(rates(&[cell(0, 0), cell(601, 10), cell(901, 310)]), [None, None, Some(1.0)]);
        assert_eq!(rates(&[cell(600, 10), cell(0, 20), cell(10, 30)]), [None, None, Some(1.0)]);
        let stale = Cell { value: None, at: Millis::new(NOW + 300_000) };
        assert_eq!(rates(&[cell(0, 0), stale, cell(600, 600)]), [None, None, Some(1.0)]);
    }

    #[test]
    fn a_slow_producers_rate_holds_until_its_next_sample() {
        let hourly = |call: u64| (NOW + 300_000 * call, cell(3600 * (call / 12), 7200 * (call / 12)));
        let rates = rates_at((0..30).map(hourly).collect());
        assert_eq!(rates[..12], [None; 12]);
        assert_eq!(rates[12..], [Some(2.0); 18]);
    }

    #[test]
    fn what_is_no_more_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        for series in ["a.b", "a.c"] {
            let mut state = State::read(Some(&path), NOW);
            state.choose(series, vec!["KEY".to_owned()]);
            state.keep(series, [("KEY", cell(0, 1))].into_iter());
            state.write().unwrap();
        }
        let kept = State::read(Some(&path), NOW).last;
        assert_eq!(kept.samples.keys().collect::<Vec<_>>(), ["a.c"]);
        assert_eq!(kept.top.keys().collect::<Vec<_>>(), ["a.c"]);
        // A `config` without values keeps those of the fetch before it.
        let mut state = State::read(Some(&path), NOW);
        state.choose("a.d", Vec::new());
        state.write().unwrap();
        assert_eq!(State::read(Some(&path), NOW).last.samples, kept.samples);
    }

    #[test]
    fn without_a_file_nothing_is_kept_and_nothing_fails() {
        let mut state = State::read(None, NOW);
        state.keep("a.b", [("KEY", cell(0, 1))].into_iter());
        assert_eq!(state.rate("a.b", "KEY", cell(10, 11)), None);
        state.write().unwrap();
    }

    #[test]
    fn a_file_that_is_none_is_begun_anew_and_one_that_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        for text in ["", "{", "[]", r#"{"samples":{"a.b":{"KEY":{}}},"top":{}}"#] {
            fs::write(&path, text).unwrap();
            assert_eq!(State::read(Some(&path), NOW).last, Kept::default(), "{text}");
        }
        fs::File::create(&path).unwrap().set_len(STATE_BYTES + 1).unwrap();
        assert_eq!(State::read(Some(&path), NOW).last, Kept::default());
        let nowhere = folder.path().join("nowhere/state");
        let mut state = State::read(Some(&nowhere), NOW);
        state.keep("a.b", std::iter::empty());
        let error = state.write().unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("cannot keep the counters of this call in {}", nowhere.display())),
            "{error}"
        );
    }

    #[test]
    fn the_top_ten_are_those_of_the_last_config() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let mut state = State::read(Some(&path), NOW);
        state.choose("a.b", vec!["KEY".to_owned()]);
        state.write().unwrap();
        let chosen = |series, now_ms| State::read(Some(&path), now_ms).chosen(series).map(<[String]>::to_vec);
        assert_eq!(chosen("a.b", NOW + RATE_MS), Some(vec!["KEY".to_owned()]));
        assert_eq!(chosen("a.b", NOW + RATE_MS + 1), None);
        assert_eq!(chosen("a.c", NOW), None);
    }
}
