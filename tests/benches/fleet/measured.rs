//! The run: one thing after the other, so that each has the machine to itself.

use std::path::Path;

use crate::Failed;
use crate::limit::Limit;
use crate::rivals::{Outcome, RIVALS, Rival};
use crate::scale::Scale;
use crate::simulated::{Fleet, Programs, Simulated};
use crate::written::Writes;

/// All figures of a run.
pub struct Measured {
    /// Of each size.
    pub fleets: [Simulated; 3],
    /// What became of each.
    pub rivals: Vec<(&'static Rival, Outcome)>,
    /// What one reply takes at least.
    pub limit: Limit,
    /// Fleets that answer at once, each member over its own connection.
    pub bursts: [Simulated; 2],
    /// What a snapshot takes.
    pub writes: Writes,
}

impl Measured {
    /// Takes them, and says on stderr how far it is.
    pub fn take(scale: &Scale, programs: &Programs, folder: &Path) -> Result<Self, Failed> {
        let run = |providers: u32, connections: u32| {
            eprintln!("a fleet of {providers} over {connections} connections");
            Simulated::run(programs, scale, Fleet { providers, connections }, folder)
        };
        let shared = |providers| run(providers, scale.connections);
        let own = |providers| run(providers, providers);
        let [small, middle, large] = scale.fleets;
        let mut rivals = Vec::new();
        for rival in &RIVALS {
            eprintln!("{}", rival.name);
            rivals.push((rival, rival.measure(scale, folder)?));
        }
        // Who is held against each other comes one right after the other.
        let [few, many] = scale.bursts;
        let bursts = [own(few)?, own(many)?];
        let fleets = [shared(small)?, shared(middle)?, shared(large)?];
        eprintln!("the limit");
        let limit = Limit::measure(scale, &programs.server, folder)?;
        eprintln!("the snapshot");
        Ok(Self { fleets, rivals, limit, bursts, writes: Writes::measure(scale, folder)? })
    }
}
