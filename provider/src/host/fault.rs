//! What went wrong in a guest's call, read out of the engine's error.

use std::str::Utf8Error;

use statsgrid_wire::message::Outcome;
use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

use crate::call::Fault;

/// The fault of a failed call. `memory_denied`: the guest was refused memory during it.
pub(super) fn fault_of(error: &wasmtime::Error, memory_denied: bool) -> Fault {
    if let Some(I32Exit(status)) = error.downcast_ref() {
        return Fault::new(Outcome::Exit, format!("it exited with status {status}"));
    }
    // A guest without memory aborts by `unreachable`, which says nothing.
    if memory_denied {
        return Fault::new(Outcome::Memory, "it wanted more memory than it may have");
    }
    match error.downcast_ref::<Trap>() {
        Some(trap) => Fault::new(Outcome::Trap, trap.to_string()),
        None if error.root_cause().to_string().contains("fuel") => {
            Fault::new(Outcome::Output, "it handed over more bytes in one call than it may")
        }
        None if error.is::<Utf8Error>() => Fault::new(Outcome::Invalid, "it handed over a string that is not UTF-8"),
        None => Fault::new(Outcome::Trap, error.root_cause().to_string()),
    }
}
