//! How each member of a fleet behaves in each round: chosen by chance, and the same in each run.

use crate::random::Random;

/// What a member does in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// It answers in time, as a node does that has no fault.
    Answers,
    /// It says nothing, whoever asks.
    Silent,
    /// It answers after the deadline.
    Late,
    /// It is silent, and somebody else answers in its name: with a body that it did not sign, or with a key of his own.
    Forged,
    /// It is silent, and somebody says again what it said in the round before.
    Replayed,
    /// Its answer is larger than is taken.
    Oversized,
    /// It says the same answer twice.
    Doubled,
    /// It answers, and takes leave before the round's end.
    Leaves,
    /// It was away, and announces itself within the round, as a new run.
    Returns,
}

/// How many of a hundred have which fault, in each round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// Do not answer.
    pub silent: f64,
    /// Answer after the deadline.
    pub late: f64,
    /// Are silent, and others answer in their names.
    pub forged: f64,
    /// Are silent, and others say again what they said in the round before.
    pub replayed: f64,
    /// Answer with more than is taken.
    pub oversized: f64,
    /// Say their answer twice.
    pub doubled: f64,
    /// Leave, and return in the next round.
    pub leaving: f64,
}

/// A member in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// What it does.
    pub conduct: Conduct,
    /// Which run of it this is, from 0.
    pub life: u32,
    /// The number of its last sample in this run.
    pub sequence: u64,
}

impl Conduct {
    /// Whether its sample belongs into the snapshot of its own round.
    pub fn is_in_time(self) -> bool {
        matches!(self, Self::Answers | Self::Doubled | Self::Leaves | Self::Returns)
    }

    /// Whether the gatherer is to take its sample at all.
    pub fn is_taken(self) -> bool {
        self.is_in_time() || self == Self::Late
    }
}

impl Faults {
    /// The conduct of the member `index` up to `round`, which counts from 0. In the first round all answer, so that each
    /// has something to lose.
    pub fn turn(&self, index: u32, round: u32) -> Turn {
        let mut turn = Turn { conduct: Conduct::Answers, life: 0, sequence: 1 };
        for round in 1..=round {
            turn.conduct = match turn.conduct {
                Conduct::Leaves => Conduct::Returns,
                _ => self.drawn(index, round),
            };
            if turn.conduct == Conduct::Returns {
                (turn.life, turn.sequence) = (turn.life + 1, 0);
            }
            turn.sequence += u64::from(turn.conduct.is_taken());
        }
        turn
    }

    fn drawn(&self, index: u32, round: u32) -> Conduct {
        let mut random = Random::seeded(u64::from(round) << 32 | u64::from(index));
        let mut left = random.next_number() as f64 / u64::MAX as f64 * 100.0;
        let shares = [
            (self.silent, Conduct::Silent),
            (self.late, Conduct::Late),
            (self.forged, Conduct::Forged),
            (self.replayed, Conduct::Replayed),
            (self.oversized, Conduct::Oversized),
            (self.doubled, Conduct::Doubled),
            (self.leaving, Conduct::Leaves),
        ];
        for (share, conduct) in shares {
            left -= share;
            if left < 0.0 {
                return conduct;
            }
        }
        Conduct::Answers
    }
}
