//! The percentiles that a window reports, and from how many samples on each means anything.
//!
//! Both are those of Tahoe-LAFS's storage server (`get_latencies`, 2008 to 2020), so that its graphs and those who read
//! them find what they know. A percentile is the sample at the index ⌊p·n⌋ of the sorted list, counted from 0: no value
//! is reported that was not measured. Where p·n is no whole number that is definition 1 of Hyndman and Fan ("Sample
//! Quantiles in Statistical Packages", The American Statistician 50, 1996); where it is one, the next larger sample is
//! taken: 0.50 of ten samples is the sixth. Left out on purpose: interpolation.

/// One percentile of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Percentile {
    /// The last level of the stat's name.
    pub(crate) name: &'static str,
    /// As a help text has it.
    pub(crate) words: &'static str,
    /// In thousandths, for 0.95 is no float.
    permille: usize,
    /// With fewer samples it is the least or the largest of them in disguise, and is not reported.
    pub(crate) least: usize,
}

/// The least samples of a mean: of one sample it would be that sample.
pub(crate) const MEAN_LEAST: usize = 2;

/// All of them, from the least to the largest.
pub(crate) const PERCENTILES: [Percentile; 7] = [
    percentile("01_0_percentile", "1st percentile", 10, 100),
    percentile("10_0_percentile", "10th percentile", 100, 10),
    percentile("50_0_percentile", "50th percentile", 500, 10),
    percentile("90_0_percentile", "90th percentile", 900, 10),
    percentile("95_0_percentile", "95th percentile", 950, 20),
    percentile("99_0_percentile", "99th percentile", 990, 100),
    percentile("99_9_percentile", "99.9th percentile", 999, 1000),
];

const fn percentile(name: &'static str, words: &'static str, permille: usize, least: usize) -> Percentile {
    Percentile { name, words, permille, least }
}

impl Percentile {
    /// Its value in a sorted list; none: there are too few samples.
    pub(crate) fn of(self, sorted: &[f64]) -> Option<f64> {
        let index = sorted.len().checked_mul(self.permille)? / 1000;
        sorted.get(index).copied().filter(|_| sorted.len() >= self.least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names without `_percentile` that 0, 1, 2, … n-1 give, with their values.
    fn of(n: u32) -> Vec<(&'static str, f64)> {
        let sorted: Vec<f64> = (0..n).map(f64::from).collect();
        let value =
            |percentile: Percentile| Some((percentile.name.strip_suffix("_percentile")?, percentile.of(&sorted)?));
        PERCENTILES.into_iter().filter_map(value).collect()
    }

    #[test]
    fn each_needs_its_least_samples() {
        let names = |n| of(n).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(0), [""; 0]);
        assert_eq!(names(9), [""; 0]);
        assert_eq!(names(10), ["10_0", "50_0", "90_0"]);
        assert_eq!(names(19), ["10_0", "50_0", "90_0"]);
        assert_eq!(names(20), ["10_0", "50_0", "90_0", "95_0"]);
        assert_eq!(names(99), ["10_0", "50_0", "90_0", "95_0"]);
        assert_eq!(names(100), ["01_0", "10_0", "50_0", "90_0", "95_0", "99_0"]);
        assert_eq!(names(999).len(), 6);
        assert_eq!(names(1000).len(), 7);
    }

    #[test]
    fn each_is_the_sample_at_its_index() {
        assert_eq!(of(10), [("10_0", 1.0), ("50_0", 5.0), ("90_0", 9.0)]);
        let thousand = [1.0, 10.0, 50.0, 90.0, 95.0, 99.0, 99.9].map(|percent| percent * 10.0);
        assert_eq!(of(1000).into_iter().map(|(_, value)| value).collect::<Vec<_>>(), thousand);
    }

    /// However many samples: a share of at least p is as small as the percentile, and none larger is needed.
    #[test]
    fn a_share_of_p_lies_at_or_below() {
        for n in 1..=3000_usize {
            let sorted: Vec<f64> = (0..n).map(|number| number as f64).collect();
            for percentile in PERCENTILES {
                let Some(value) = percentile.of(&sorted) else { continue };
                let below = sorted.iter().filter(|sample| **sample < value).count();
                assert_eq!(below, n * percentile.permille / 1000, "{} of {n}", percentile.name);
                assert!((below + 1) * 1000 > n * percentile.permille, "{} of {n}", percentile.name);
            }
        }
    }
}
