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

use super::bindings::{self, Producer};
use super::fault::fault_of;
use super::grants::Grants;
use super::load::Program;
use super::state::{Limits, State};
use super::stdio::LogStream;
use super::{Host, ticker::Running};
use crate::call::{Fault, RawStat};
use crate::counters::CounterScope;
use crate::limits::{RESOURCES, SAMPLE_INTERVAL};
use crate::producers::Bounds;

/// A live instance.
pub struct Guest {
    host: Arc<Host>,
    grants: Arc<Grants>,
    store: Store<State>,
    producer: Producer,
    timeout: Duration,
}

impl Guest {
    /// Makes an instance of `program` that is called `name` and counts into `counters`. It may use what `bounds` say.
    pub async fn new(
        host: &Arc<Host>,
        program: &Program,
        name: &str,
        grants: &Arc<Grants>,
        counters: CounterScope,
        bounds: &Bounds,
    ) -> Result<Self, Fault> {
        let timeout = bounds.timeout;
        let log = LogStream::of(name);
        let wasi = grants.wasi(log, timeout).await?;
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        let state = State {
            grants: grants.clone(),
            wasi,
            http: WasiHttpCtx::new(),
            outbound: grants.outbound(timeout),
            table,
            counters,
            refused_count: None,
            limits: Limits::of(bounds),
        };
        let mut store = Store::new(&host.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_hostcall_fuel(bounds.result_bytes);
        store.set_epoch_deadline(1);
        // A yield of the engine's own is scheduled first again; this one lets the deadline's timer run.
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))));
        let running = host.ticker.running();
        let made = tokio::time::timeout(timeout, program.instance.instantiate_async(&mut store)).await;
        drop(running);
        let producer = match made {
            Ok(Ok(producer)) => producer,
            Ok(Err(error)) => return Err(fault_of(&error, store.data().limits.memory_denied)),
            Err(_) => return Err(timed_out("its start", timeout)),
        };
        Ok(Self { host: host.clone(), grants: grants.clone(), store, producer, timeout })
    }

    /// Calls `init`.
    pub async fn init(
        &mut self,
        config: &[(String, String)],
        timeout: Duration,
    ) -> Result<message::Description, Fault> {
        let _running = self.begin().await?;
        let interface = self.producer.statsgrid_producer_stats_producer();
        let call = interface.call_init(&mut self.store, config);
        let result = tokio::time::timeout(timeout, call).await;
        let described = self.end(result, "init", timeout)?;
        described.map(describe).map_err(|error| Fault::new(Outcome::Error, error))
    }

    /// Calls `get-stats`.
    pub async fn get_stats(&mut self) -> Result<Vec<RawStat>, Fault> {
        let _running = self.begin().await?;
        let interface = self.producer.statsgrid_producer_stats_producer();
        let call = interface.call_get_stats(&mut self.store);
        let result = tokio::time::timeout(self.timeout, call).await;
        let stats = self.end(result, "get-stats", self.timeout)?;
        let stats = stats.map_err(|error| Fault::new(Outcome::Error, error))?;
        Ok(stats.into_iter().map(raw_stat).collect())
    }

    /// Calls `sample`.
    pub async fn sample(&mut self) -> Result<(), Fault> {
        let _running = self.begin().await?;
        let interface = self.producer.statsgrid_producer_stats_producer();
        let call = interface.call_sample(&mut self.store);
        let result = tokio::time::timeout(self.timeout, call).await;
        self.end(result, "sample", self.timeout)
    }

    /// What was wrong with a count since this was asked last.
    pub fn refused_count(&mut self) -> Option<String> {
        self.store.data_mut().refused_count.take()
    }

    /// Its linear memory, all memories together.
    pub fn memory_bytes(&self) -> usize {
        self.store.data().limits.memory_bytes
    }

    async fn begin(&mut self) -> Result<Running, Fault> {
        self.grants.refresh(self.timeout).await?;
        self.store.data_mut().limits.memory_denied = false;
        Ok(self.host.ticker.running())
    }

    fn end<T>(
        &self,
        result: Result<wasmtime::Result<T>, tokio::time::error::Elapsed>,
        call: &str,
        timeout: Duration,
    ) -> Result<T, Fault> {
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                let fault = fault_of(&error, self.store.data().limits.memory_denied);
                Err(Fault::new(fault.outcome, format!("{call}: {}", fault.message)))
            }
            Err(_) => Err(timed_out(call, timeout)),
        }
    }
}

fn timed_out(call: &str, timeout: Duration) -> Fault {
    Fault::new(Outcome::Wall, format!("{call} did not return within {}", humantime::format_duration(timeout)))
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
