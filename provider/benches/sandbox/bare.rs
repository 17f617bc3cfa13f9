//! The rival: the same component called by wasmtime alone, and with one of the limits at a time.

use std::time::Duration;

use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store, StoreLimits, StoreLimitsBuilder, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

mod generated {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "producer",
        exports: { default: async },
    });
}

use generated::statsgrid::producer::counters::{Host as CountersHost, add_to_linker};

/// What bounds the call beside the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Nothing.
    None,
    /// Epochs, with a tick each 10 ms, that yield.
    Epochs,
    /// A limiter of memory and tables.
    Limiter,
    /// Fuel for what crosses to the host.
    Fuel,
    /// A timer of tokio's around the call.
    Timer,
    /// All of them.
    All,
}

/// One instance.
pub struct Bare {
    store: Store<State>,
    producer: generated::Producer,
    limit: Limit,
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    limits: StoreLimits,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl CountersHost for State {
    fn count(&mut self, _: String, _: u64) {}
}

impl Bare {
    /// An instance of `component` that has been initialised.
    pub async fn new(component: &[u8], limit: Limit) -> wasmtime::Result<Self> {
        let is = |one| limit == one || limit == Limit::All;
        let mut config = Config::new();
        config.epoch_interruption(is(Limit::Epochs));
        let engine = Engine::new(&config)?;
        let component = Component::from_binary(&engine, component)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        let limits = StoreLimitsBuilder::new().memory_size(64 << 20).table_elements(100_000).build();
        let state = State { wasi: WasiCtx::builder().build(), table: ResourceTable::new(), limits };
        let mut store = Store::new(&engine, state);
        if is(Limit::Limiter) {
            store.limiter(|state| &mut state.limits);
        }
        if is(Limit::Fuel) {
            store.set_hostcall_fuel(2 << 20);
        }
        if is(Limit::Epochs) {
            store.set_epoch_deadline(1);
            store.epoch_deadline_callback(|_| Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))));
            tick(engine);
        }
        let producer = generated::Producer::instantiate_async(&mut store, &component, &linker).await?;
        let described = producer.statsgrid_producer_stats_producer().call_init(&mut store, &[]).await?;
        described.map_err(wasmtime::Error::msg)?;
        Ok(Self { store, producer, limit })
    }

    /// One call; gives the number of stats.
    pub async fn get_stats(&mut self) -> wasmtime::Result<usize> {
        let interface = self.producer.statsgrid_producer_stats_producer();
        let call = interface.call_get_stats(&mut self.store);
        let stats = if matches!(self.limit, Limit::Timer | Limit::All) {
            tokio::time::timeout(Duration::from_secs(3), call).await??
        } else {
            call.await?
        };
        stats.map(|stats| stats.len()).map_err(wasmtime::Error::msg)
    }
}

/// Ticks as the provider's thread does, to the end of this process.
fn tick(engine: Engine) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(10));
            engine.increment_epoch();
        }
    });
}
