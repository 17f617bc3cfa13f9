//! What wasmtime generates from wit/, and the little that the rest of the host wants of it.

mod generated {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "producer",
        exports: { default: async },
    });
}

pub use generated::statsgrid::producer::counters::{Host as CountersHost, add_to_linker as add_counters};
pub use generated::statsgrid::producer::types::{CounterDescription, Description, Kind, Number, Stat, StatDescription};
pub use generated::{Producer, ProducerPre};
