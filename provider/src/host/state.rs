//! What a store holds beside the guest: its world, its limits, its way to the counters.

use std::sync::Arc;

use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::bindings::CountersHost;
use super::grants::{Grants, Outbound};
use super::listings::Listings;
use crate::bounds::Bounds;
use crate::counters::CounterScope;

/// The data of one producer's store.
pub(super) struct State {
    pub(super) grants: Arc<Grants>,
    pub(super) wasi: WasiCtx,
    pub(super) http: WasiHttpCtx,
    pub(super) outbound: Outbound,
    pub(super) table: ResourceTable,
    pub(super) listings: Listings,
    pub(super) counters: CounterScope,
    /// The first count in this call that was not taken.
    pub(super) refused_count: Option<String>,
    pub(super) limits: Limits,
}

/// Bounds on a guest's memory, and whether it met them: out of memory, a guest only says `unreachable`.
#[derive(Debug)]
pub(super) struct Limits {
    /// What it was refused in this call.
    pub(super) denied: Option<Denied>,
    memory_bytes: usize,
    memory_most: usize,
    memories_held: usize,
    table_elements: usize,
    table_most: usize,
    tables_held: usize,
    instances: usize,
}

/// What an instance holds of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// Linear memory, all memories together.
    pub memory_bytes: usize,
    /// Elements of all tables together.
    pub table_elements: usize,
    /// Memories and tables, whichever are more: what the limit on instances is also one on.
    pub tables: usize,
}

/// What a guest may not have more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// Linear memory.
    Memory,
    /// Elements of tables.
    Tables,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}

impl CountersHost for State {
    fn count(&mut self, name: String, delta: u64) {
        // Only the first is told, so only of it are words made: there may be millions.
        if let Err(error) = self.counters.count(&name, delta) {
            self.refused_count.get_or_insert_with(|| error.to_string());
        }
    }
}

impl Limits {
    pub(super) fn of(bounds: &Bounds) -> Self {
        Self {
            denied: None,
            memory_bytes: 0,
            memory_most: bounds.memory_bytes,
            memories_held: 0,
            table_elements: 0,
            table_most: bounds.table_elements,
            tables_held: 0,
            instances: bounds.instances,
        }
    }

    pub(super) fn holds(&self) -> Holds {
        Holds {
            memory_bytes: self.memory_bytes,
            table_elements: self.table_elements,
            tables: self.memories_held.max(self.tables_held),
        }
    }

    /// What grows from `current` to `desired` is granted within `most` for all of its kind together.
    fn grow(total: &mut usize, current: usize, desired: usize, most: usize) -> bool {
        let grown = total.saturating_add(desired.saturating_sub(current));
        let granted = grown <= most;
        if granted {
            *total = grown;
        }
        granted
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let granted = Self::grow(&mut self.memory_bytes, current, desired, self.memory_most);
        self.denied = self.denied.or((!granted).then_some(Denied::Memory));
        // A new one grows from nothing.
        self.memories_held += usize::from(granted && current == 0);
        Ok(granted)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let granted = Self::grow(&mut self.table_elements, current, desired, self.table_most);
        self.denied = self.denied.or((!granted).then_some(Denied::Tables));
        self.tables_held += usize::from(granted && current == 0);
        Ok(granted)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.instances
    }
}
