//! A journal held against what should be in it: each reply that was to be taken once, under its own round, and no other.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::Result;
use statsgrid_gatherer::journal::{Checked, Findings, Verification};
use statsgrid_wire::{PublicKey, Rejection};

use super::check::Wrong;
use super::conduct::Conduct;
use super::crew::Crew;

/// What was found in a journal.
#[derive(Debug)]
pub struct Kept {
    /// Replies in time, and late.
    pub replies: [u64; 2],
    /// Of each round, those that came late.
    pub late: Vec<u32>,
    /// What is not as it should be.
    pub wrong: Wrong,
}

struct Search<'a> {
    crew: &'a Crew,
    rounds: HashMap<u64, u32>,
    /// Of each round, who is in it.
    seen: Vec<Vec<bool>>,
    kept: Kept,
}

/// Reads the journal's files, the oldest first; `names` are those of the rounds that were counted and of the first one.
pub fn check(files: &[PathBuf], gatherer: PublicKey, crew: &Crew, names: &[u64]) -> Result<Kept> {
    let mut verification = Verification::of(vec![gatherer]);
    let mut search = Search {
        crew,
        rounds: names.iter().copied().zip(0..).collect(),
        seen: vec![vec![false; crew.members.len()]; names.len()],
        kept: Kept { replies: [0, 0], late: vec![0; names.len()], wrong: Wrong::default() },
    };
    for file in files {
        verification.read(BufReader::new(File::open(file)?), &mut search)?;
    }
    let Search { seen, mut kept, .. } = search;
    for (round, seen) in (0..).zip(&seen) {
        let is_due = |index: &u32| crew.turn(*index, round).conduct.is_taken();
        for index in (0..).zip(seen).filter(|(_, seen)| !**seen).map(|(index, _)| index).filter(is_due) {
            let conduct = crew.turn(index, round).conduct;
            kept.wrong.push(|| format!("{} of round {round} is not in the journal: {conduct:?}", crew.nickname(index)));
        }
    }
    Ok(kept)
}

impl Findings for Search<'_> {
    fn bad(&mut self, line: u64, why: &Rejection) {
        self.kept.wrong.push(|| format!("line {line} of a journal's file: {why}"));
    }

    fn torn(&mut self, line: u64, bytes: usize) {
        self.kept.wrong.push(|| format!("line {line} of a journal's file is torn after {bytes} bytes"));
    }

    fn reply(&mut self, reply: &Checked) {
        let place = self.rounds.get(&reply.round).copied().zip(self.crew.number(&reply.provider));
        let Some((round, index)) = place else {
            self.kept.wrong.push(|| format!("{} of round {} is in the journal", reply.provider, reply.round));
            return;
        };
        let conduct = self.crew.turn(index, round).conduct;
        let seen = &mut self.seen[round as usize][index as usize];
        if !conduct.is_taken() || reply.late != (conduct == Conduct::Late) || *seen {
            let (name, late) = (self.crew.nickname(index), reply.late);
            let again = if *seen { ", once more" } else { "" };
            self.kept
                .wrong
                .push(|| format!("{name} of round {round} is in the journal{again}: {conduct:?}, late: {late}"));
        }
        *seen = true;
        self.kept.replies[usize::from(reply.late)] += 1;
        self.kept.late[round as usize] += u32::from(reply.late);
    }
}
