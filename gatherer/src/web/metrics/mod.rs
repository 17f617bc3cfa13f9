//! `/metrics`: every fresh stat of every provider, for Prometheus and its relatives.
//!
//! A plan says which families there are and who has values of them; it is made when somebody first asks in a round, and
//! what is written by it is kept for the round, piece by piece as the fastest reader takes it. Before that comes what is of
//! the moment and not of the round: who is up, and how old what they said is.

mod described;
mod fresh;
mod kept;
mod live;
mod plan;
mod rounds;
#[cfg(test)]
mod tests;

pub(super) use kept::KeptMetrics;
