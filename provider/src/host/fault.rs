//! What went wrong in a guest's call, as an outcome and one line.

use statsgrid_wire::message::Outcome;
use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

/// The outcome of a call that gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The cause, of a closed set.
    pub outcome: Outcome,
    /// One line for people.
    pub message: String,
}

impl Fault {
    /// A fault of this cause, explained.
    pub fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self { outcome, message: message.into() }
    }

    /// Whether the instance is in doubt: an error that the producer returned leaves it as it was.
    pub fn poisons(&self) -> bool {
        !matches!(self.outcome, Outcome::Error | Outcome::Invalid | Outcome::Output)
    }

    /// Reads the cause out of a failed call. `memory_denied`: the guest was refused memory during it.
    pub(super) fn of(error: &wasmtime::Error, memory_denied: bool) -> Self {
        if let Some(I32Exit(status)) = error.downcast_ref() {
            return Self::new(Outcome::Exit, format!("it exited with status {status}"));
        }
        // A guest without memory aborts by `unreachable`, which says nothing.
        if memory_denied {
            return Self::new(Outcome::Memory, "it wanted more memory than it may have");
        }
        match error.downcast_ref::<Trap>() {
            Some(trap) => Self::new(Outcome::Trap, trap.to_string()),
            None if error.root_cause().to_string().contains("fuel") => {
                Self::new(Outcome::Output, "it handed over more bytes in one call than it may")
            }
            None => Self::new(Outcome::Trap, error.root_cause().to_string()),
        }
    }
}
