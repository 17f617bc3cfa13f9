//! An RRD, as rrdtool reads it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::programs::command;

/// One file of munin's, which holds one value over time.
#[derive(Clone, Debug)]
pub struct Rrd {
    path: PathBuf,
}

impl Rrd {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// What `rrdtool info` says of its value: `type`, `min`, `minimal_heartbeat`, or `last_ds`, the last one as it came.
    pub fn info(&self, name: &str) -> String {
        let start = format!("ds[42].{name} = ");
        let said = self.says("info", &[]);
        let line = said.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("{start:?} is not in {said}")).trim_matches('"').to_owned()
    }

    /// When it was last updated, in Unix seconds.
    pub fn last(&self) -> u64 {
        self.says("last", &[]).trim().parse().expect("a time")
    }

    /// Its value in each step from `from` to `to`, in the eleven digits that rrdtool prints, by the end of the step; none:
    /// not known.
    pub fn averages(&self, from: u64, to: u64) -> BTreeMap<u64, Option<f64>> {
        let said = self.says("fetch", &["AVERAGE", "--start", &from.to_string(), "--end", &to.to_string()]);
        let step = |line: &str| {
            let (end, value) = line.split_once(": ")?;
            let value: f64 = value.trim().parse().ok()?;
            Some((end.trim().parse().ok()?, Some(value).filter(|value| value.is_finite())))
        };
        said.lines().filter_map(step).filter(|(end, _)| *end <= to).collect()
    }

    fn says(&self, subcommand: &str, more: &[&str]) -> String {
        let output = command("rrdtool").arg(subcommand).arg(&self.path).args(more).env("LC_ALL", "C").output();
        let output = output.expect("rrdtool is installed");
        assert!(output.status.success(), "{subcommand} {self:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("rrdtool prints text")
    }
}
