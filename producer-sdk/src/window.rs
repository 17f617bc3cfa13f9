//! A window over the latest samples of a measure, and the percentiles of what it holds.
//!
//! It is bounded twice: by a number of samples, as Tahoe-LAFS's was, and by their age, which that one lacked: after a
//! quiet night it still showed the latencies of the evening. Time is passed in, so that tests need not wait. Left out on
//! purpose: sketches that merge (t-digest, HDR histograms), for nobody can add the percentiles of two nodes anyway, and a
//! thousand samples are exact.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::percentile::{MEAN_LEAST, PERCENTILES};
use crate::{Description, Stats};

/// The latest samples of one measure (the latencies of one operation, as a rule), no more than a number of them and
/// none older than an age.
///
/// ```
/// use statsgrid_producer::{Description, Window};
/// use std::time::{Duration, Instant};
///
/// let mut reads = Window::new(1000, Duration::from_secs(600));
/// let now = Instant::now();
/// for milliseconds in 1..=10 {
///     reads.record(f64::from(milliseconds) / 1000.0, now);
/// }
/// let stats = reads.stats("read", now);
/// assert_eq!(stats.get("read.samplesize"), Some(10.into()));
/// assert_eq!(stats.get("read.50_0_percentile"), Some(0.006.into()));
/// assert_eq!(stats.get("read.99_0_percentile"), None); // that needs 100 samples
///
/// let description = Window::describe(Description::new("1.0.0"), "read", "seconds", "Time that a read took");
/// assert!(description.stats().iter().any(|stat| stat.help == "Time that a read took: 50th percentile."));
/// ```
///
/// It reports `samplesize`, `mean`, and the percentiles 1, 10, 50, 90, 95, 99 and 99.9 (`01_0_percentile` …
/// `99_9_percentile`). One that there are too few samples for is left out: the mean needs 2; the percentiles 10, 50 and
/// 90 need 10; 95 needs 20; 1 and 99 need 100; 99.9 needs 1,000. A percentile is the sample at the index ⌊p·n⌋ of the
/// sorted list, counted from 0: always a value that was measured.
#[derive(Clone, Debug)]
pub struct Window {
    /// Oldest first, with times that never go back.
    samples: VecDeque<(Instant, f64)>,
    most: usize,
    max_age: Duration,
}

impl Window {
    /// An empty window of at most `most` samples (at least one; 24 bytes each, taken at once), none older than
    /// `max_age`.
    pub fn new(most: usize, max_age: Duration) -> Self {
        let most = most.max(1);
        Self { samples: VecDeque::with_capacity(most), most, max_age }
    }

    /// Takes in a sample, measured at `now`; the oldest one goes if the window is full. NaN and infinities are not
    /// taken in: they would spoil the mean and have no place in an order.
    pub fn record(&mut self, value: f64, now: Instant) {
        if !value.is_finite() {
            return;
        }
        // A clock of the caller's that went back makes no sample older than the one before it.
        let now = self.samples.back().map_or(now, |(last, _)| now.max(*last));
        self.expire(now);
        if self.samples.len() == self.most {
            self.samples.pop_front();
        }
        self.samples.push_back((now, value));
    }

    /// How many samples there are `now`.
    pub fn samplesize(&mut self, now: Instant) -> usize {
        self.expire(now);
        self.samples.len()
    }

    /// What is to be reported `now`, each name under `prefix`; without one where that is empty.
    pub fn stats(&mut self, prefix: &str, now: Instant) -> Stats {
        self.expire(now);
        let mut sorted: Vec<f64> = self.samples.iter().map(|(_, value)| *value).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut stats = Stats::new().with(full_name(prefix, SAMPLESIZE), sorted.len());
        if let Some(mean) = mean(&sorted) {
            stats.push(full_name(prefix, MEAN), mean);
        }
        for percentile in PERCENTILES {
            if let Some(value) = percentile.of(&sorted) {
                stats.push(full_name(prefix, percentile.name), value);
            }
        }
        stats
    }

    /// `description` with all that [`stats`](Self::stats) may report under `prefix`. `what` is measured, in `unit`: it
    /// begins each help text, without a full stop.
    pub fn describe(description: Description, prefix: &str, unit: &str, what: &str) -> Description {
        let description = description
            .gauge(full_name(prefix, SAMPLESIZE), "", format!("{what}: number of samples."))
            .gauge(full_name(prefix, MEAN), unit, format!("{what}: mean."));
        PERCENTILES.into_iter().fold(description, |description, percentile| {
            description.gauge(full_name(prefix, percentile.name), unit, format!("{what}: {}.", percentile.words))
        })
    }

    /// Each sample goes once, so that a record costs no more than what was recorded before it.
    fn expire(&mut self, now: Instant) {
        let expired = |(taken, _): &mut (Instant, f64)| now.saturating_duration_since(*taken) > self.max_age;
        while self.samples.pop_front_if(expired).is_some() {}
    }
}

const SAMPLESIZE: &str = "samplesize";
const MEAN: &str = "mean";

fn full_name(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

/// Added up anew each time: a sum that is kept beside the samples drifts away from them.
fn mean(sorted: &[f64]) -> Option<f64> {
    let count = sorted.len() as f64;
    let sum: f64 = sorted.iter().sum();
    // A sum may be past the largest float where the mean is not.
    let mean = if sum.is_finite() { sum / count } else { sorted.iter().map(|sample| sample / count).sum() };
    // Nor is a mean beyond all of its samples, as rounding has it of ten times 0.1.
    let mean = mean.max(*sorted.first()?).min(*sorted.last()?);
    Some(mean).filter(|_| sorted.len() >= MEAN_LEAST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Number;

    const AGE: Duration = Duration::from_millis(100);

    /// A window that remembers all: what is reported is found by looking at everything.
    fn naive(records: &[(Instant, f64)], most: usize, now: Instant) -> Vec<f64> {
        let finite: Vec<_> = records.iter().filter(|(_, value)| value.is_finite()).collect();
        let latest = &finite[finite.len().saturating_sub(most)..];
        let young = latest.iter().filter(|(taken, _)| now.duration_since(*taken) <= AGE);
        let mut values: Vec<f64> = young.map(|(_, value)| *value).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    fn check(gaps_and_values: &[(u64, f64)], most: usize) {
        let mut now = Instant::now();
        let (mut window, mut records) = (Window::new(most, AGE), Vec::new());
        for (gap, value) in gaps_and_values {
            now += Duration::from_millis(*gap);
            window.record(*value, now);
            records.push((now, *value));
            let (stats, values) = (window.stats("", now), naive(&records, most, now));
            assert_eq!(stats.get("samplesize"), Some(values.len().into()));
            let float = |name: &str| match stats.get(name) {
                Some(Number::Float(value)) => Some(value),
                _ => None,
            };
            assert_eq!(float("mean").is_some(), values.len() >= 2);
            assert!(float("mean").is_none_or(|mean| values[0] <= mean && mean <= values[values.len() - 1]));
            for (name, share, least) in
                [("10_0", 10, 10), ("50_0", 50, 10), ("90_0", 90, 10), ("95_0", 95, 20), ("99_0", 99, 100)]
            {
                let expected = (values.len() >= least).then(|| values[values.len() * share / 100]);
                assert_eq!(float(&format!("{name}_percentile")), expected, "{name} of {values:?}");
            }
        }
        assert!(window.samples.capacity() <= 2 * most, "the window grew");
    }

    proptest! {
        #[test]
        fn it_reports_what_a_look_at_everything_gives(
            records in prop::collection::vec((0_u64..9, prop_oneof![20 => -1e3..1e3_f64, 1 => any::<f64>()]), 0..150),
            most in 1_usize..130,
        ) {
            // One that is too large to be added to its like has a test of its own.
            let tame = |(gap, value): (u64, f64)| (gap, if value.is_finite() { value % 1e9 } else { value });
            check(&records.into_iter().map(tame).collect::<Vec<_>>(), most);
        }
    }

    #[test]
    fn what_is_not_finite_is_not_taken_in() {
        let (mut window, now) = (Window::new(10, AGE), Instant::now());
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            window.record(value, now);
        }
        assert_eq!(window.stats("", now), Stats::new().with("samplesize", 0));
    }

    #[test]
    fn samples_end_by_age_without_a_new_one() {
        let (mut window, now) = (Window::new(10, AGE), Instant::now());
        window.record(1.0, now);
        window.record(2.0, now + AGE / 2);
        assert_eq!(window.samplesize(now + AGE), 2);
        assert_eq!(window.samplesize(now + AGE + AGE / 4), 1);
        assert_eq!(window.samplesize(now + 2 * AGE), 0);
    }

    #[test]
    fn a_clock_that_goes_back_loses_nothing() {
        let (mut window, now) = (Window::new(10, AGE), Instant::now() + AGE);
        window.record(1.0, now);
        window.record(2.0, now - AGE);
        assert_eq!(window.samplesize(now - AGE), 2);
        assert_eq!(window.samplesize(now + AGE), 2);
    }

    #[test]
    fn a_mean_of_the_largest_floats_is_one() {
        let (mut window, now) = (Window::new(10, AGE), Instant::now());
        window.record(f64::MAX, now);
        window.record(f64::MAX, now);
        assert_eq!(window.stats("", now).get("mean"), Some(f64::MAX.into()));
    }

    #[test]
    fn all_that_is_reported_is_described() {
        let (mut window, now) = (Window::new(1000, AGE), Instant::now());
        for number in 0..1000 {
            window.record(f64::from(number), now);
        }
        for prefix in ["", "read"] {
            let description = Window::describe(Description::new("1"), prefix, "seconds", "Time of a read");
            let described: Vec<_> = description.stats().iter().map(|stat| stat.name.clone()).collect();
            let reported: Vec<_> = window.stats(prefix, now).into_iter().map(|(name, _)| name).collect();
            assert_eq!(described, reported);
            assert_eq!(reported.len(), 9);
        }
    }

    #[test]
    fn a_window_holds_one_at_least() {
        let (mut window, now) = (Window::new(0, Duration::ZERO), Instant::now());
        window.record(1.0, now);
        window.record(2.0, now);
        assert_eq!(window.samplesize(now), 1);
    }
}
