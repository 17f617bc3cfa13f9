//! What went wrong in a guest's call, read out of the engine's error.

use std::str::Utf8Error;

use statsgrid_wire::daemon::ByteSize;
use statsgrid_wire::message::Outcome;
use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

use super::state::Denied;
use crate::bounds::Bounds;
use crate::call::Fault;

/// The fault of a call that the engine broke off, during which the guest was `denied` something or not.
pub(super) fn fault_of(error: &wasmtime::Error, denied: Option<Denied>, bounds: &Bounds) -> Fault {
    let size = |bytes: usize| ByteSize(bytes as u64);
    let fault = match error.downcast_ref::<Trap>() {
        // The contract between guest and host has two statuses: 0, and all others.
        _ if let Some(I32Exit(status)) = error.downcast_ref() => {
            Fault::new(Outcome::Exit, if *status == 0 { "it exited" } else { "it exited with an error" })
        }
        // A guest without memory aborts by `unreachable`, which says nothing.
        _ if denied == Some(Denied::Memory) => {
            let most = size(bounds.memory_bytes);
            Fault::new(Outcome::Memory, format!("it wanted more memory than the {most} that it may have"))
        }
        _ if denied == Some(Denied::Tables) => {
            let most = bounds.table_elements;
            Fault::new(Outcome::Memory, format!("it wanted more table elements than the {most} that it may have"))
        }
        Some(trap) => Fault::new(Outcome::Trap, trap.to_string()),
        None if error.is::<Utf8Error>() => Fault::new(Outcome::Invalid, "it handed over a string that is not UTF-8"),
        None if error.root_cause().to_string().contains("fuel") => {
            let most = size(bounds.result_bytes);
            Fault::new(Outcome::Output, format!("it handed over more than the {most} that one call may"))
        }
        None => Fault::new(Outcome::Trap, error.root_cause().to_string()),
    };
    fault.broken_off()
}
