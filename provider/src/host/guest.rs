//! One instance of a producer, in a store of its own, each call under a limit of wall time.
//!
//! Whoever gets a [`Fault`] that poisons drops the guest: a trap, or a call that was given up in the middle, leaves a
//! store that cannot be entered again.

use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::message::{self, CounterDescription, Outcome, StatDescription};
use statsgrid_wire::{Number, Unknown};
use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi_http::WasiHttpCtx;

use super::Host;
use super::bindings::{self, Producer};
use super::fault::fault_of;
use super::grants::Grants;
use super::listings::Listings;
use super::load::Program;
use super::state::{Holds, Limits, State};
use super::stdio::LogStream;
use super::timed::{Computing, Took};
use crate::bounds::Bounds;
use crate::call::{Fault, RawStat};
use crate::counters::CounterScope;
use crate::limits::{RESOURCES, SAMPLE_INTERVAL};

/// A live instance.
pub struct Guest {
    host: Arc<Host>,
    grants: Arc<Grants>,
    log: LogStream,
    store: Store<State>,
    producer: Producer,
    computing: Computing,
    bounds: Bounds,
    took: Took,
}

/// What an instance is made with.
pub struct World<'a> {
    /// What it may see.
    pub grants: &'a Arc<Grants>,
    /// Where its stdout and stderr go.
    pub log: &'a LogStream,
    /// What it counts into.
    pub counters: &'a CounterScope,
    /// What it may use.
    pub bounds: &'a Bounds,
}

impl Guest {
    /// Makes an instance of `program`.
    pub async fn new(host: &Arc<Host>, program: &Program, world: World<'_>) -> Result<Self, Fault> {
        let World { grants, log, counters, bounds } = world;
        let timeout = bounds.timeout;
        let wasi = grants.wasi(log.clone(), timeout).await?;
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        let state = State {
            grants: grants.clone(),
            wasi,
            http: WasiHttpCtx::new(),
            outbound: grants.outbound(timeout),
            table,
            listings: Listings::default(),
            counters: counters.clone(),
            refused_count: None,
            limits: Limits::of(bounds),
        };
        let mut store = Store::new(&host.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_hostcall_fuel(bounds.result_bytes);
        store.set_epoch_deadline(1);
        let computing = Computing::default();
        let gives_way = computing.clone();
        store.epoch_deadline_callback(move |_| Ok(UpdateDeadline::YieldCustom(1, gives_way.give_way())));
        let running = host.ticker.running();
        let made = program.instance.instantiate_async(&mut store);
        let (made, took) = computing.within(timeout, "its start", made).await;
        drop(running);
        let producer = made?.map_err(|error| fault_of(&error, store.data().limits.denied, bounds))?;
        let (host, grants, log, bounds) = (host.clone(), grants.clone(), log.clone(), bounds.clone());
        Ok(Self { host, grants, log, store, producer, computing, bounds, took })
    }

    /// Calls `init`, which may take `limit`.
    pub async fn init(&mut self, config: &[(String, String)], limit: Duration) -> Result<message::Description, Fault> {
        let call = async |producer: &Producer, store: &mut Store<State>| {
            producer.statsgrid_producer_stats_producer().call_init(store, config).await
        };
        let described = self.call("init", limit, call).await?;
        described.map(describe).map_err(|error| Fault::new(Outcome::Error, error))
    }

    /// Calls `get-stats`.
    pub async fn get_stats(&mut self) -> Result<Vec<RawStat>, Fault> {
        let call = async |producer: &Producer, store: &mut Store<State>| {
            producer.statsgrid_producer_stats_producer().call_get_stats(store).await
        };
        let stats = self.call("get-stats", self.bounds.timeout, call).await?;
        let stats = stats.map_err(|error| Fault::new(Outcome::Error, error))?;
        Ok(stats.into_iter().map(raw_stat).collect())
    }

    /// Calls `sample`.
    pub async fn sample(&mut self) -> Result<(), Fault> {
        let call = async |producer: &Producer, store: &mut Store<State>| {
            producer.statsgrid_producer_stats_producer().call_sample(store).await
        };
        self.call("sample", self.bounds.timeout, call).await
    }

    /// What was wrong with a count since this was asked last.
    pub fn refused_count(&mut self) -> Option<String> {
        self.store.data_mut().refused_count.take()
    }

    /// What it holds now.
    pub fn holds(&self) -> Holds {
        self.store.data().limits.holds()
    }

    /// What the last call took, be it the instance's making.
    pub fn took(&self) -> Took {
        self.took
    }

    async fn call<T>(
        &mut self,
        name: &str,
        limit: Duration,
        call: impl AsyncFnOnce(&Producer, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, Fault> {
        self.log.tell();
        self.took = Took::default();
        self.grants.refresh(limit).await?;
        self.store.data_mut().limits.denied = None;
        let _running = self.host.ticker.running();
        let call = call(&self.producer, &mut self.store);
        let (result, took) = self.computing.within(limit, name, call).await;
        self.took = took;
        result?.map_err(|error| fault_of(&error, self.store.data().limits.denied, &self.bounds).during(name))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.log.end();
    }
}

fn raw_stat(stat: bindings::Stat) -> RawStat {
    let value = match stat.value {
        bindings::Number::Integer(value) => Some(Number::Integer(value)),
        bindings::Number::Float(value) => Number::float(value),
    };
    RawStat { name: stat.name, value }
}

fn describe(description: bindings::Description) -> message::Description {
    let least = u32::try_from(SAMPLE_INTERVAL.as_millis()).unwrap_or(u32::MAX);
    message::Description {
        version: description.version,
        sample_interval_ms: description.sample_interval_ms.map(|interval| interval.max(least)),
        stats: description.stats.into_iter().map(describe_stat).collect(),
        counters: description.counters.into_iter().map(describe_counter).collect(),
        unknown: Unknown,
    }
}

fn describe_stat(stat: bindings::StatDescription) -> StatDescription {
    let kind = match stat.kind {
        bindings::Kind::Counter => message::Kind::Counter,
        bindings::Kind::Gauge => message::Kind::Gauge,
    };
    StatDescription { name: stat.name, kind, unit: stat.unit, help: stat.help, unknown: Unknown }
}

fn describe_counter(counter: bindings::CounterDescription) -> CounterDescription {
    CounterDescription { name: counter.name, unit: counter.unit, help: counter.help, unknown: Unknown }
}
