//! A guest's call under its limit of time, and what it did with the time.
//!
//! One limit holds for all that a call does. When it is over, the guest has either computed, and given way at each tick of
//! the epoch, or waited in the host for a clock, a file or an answer: the two are different faults to whoever wrote it.
//! What it did for most of the time counts, for what waits in vain computes a little at its end.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use statsgrid_wire::message::Outcome;

use crate::call::Fault;

/// Whether a guest that gave way wants to compute on.
#[derive(Clone, Debug, Default)]
pub(super) struct Computing(Arc<AtomicBool>);

/// What a call took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Took {
    /// From its begin to its end.
    pub wall: Duration,
    /// In the guest and in what it calls of the host, without waiting.
    pub busy: Duration,
}

impl Computing {
    /// What the guest gives way to at a tick. A yield of the engine's own is scheduled first again; this one lets the
    /// deadline's timer run.
    pub(super) fn give_way(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let computing = self.0.clone();
        Box::pin(async move {
            computing.store(true, Relaxed);
            tokio::task::yield_now().await;
            computing.store(false, Relaxed);
        })
    }

    /// The result of `call`, called `name`, unless it takes longer than `limit`; and what it took in any case.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        name: &str,
        call: impl Future<Output = T>,
    ) -> (Result<T, Fault>, Took) {
        self.0.store(false, Relaxed);
        let (began, mut busy) = (Instant::now(), Duration::ZERO);
        let (mut waited, mut waits_since) = (Duration::ZERO, None::<Instant>);
        let result = {
            let mut call = pin!(call);
            let measured = poll_fn(|context| {
                let polled_at = Instant::now();
                waited += waits_since.map_or(Duration::ZERO, |since| polled_at - since);
                let polled = call.as_mut().poll(context);
                let left_at = Instant::now();
                busy += left_at - polled_at;
                waits_since = (polled.is_pending() && !self.0.load(Relaxed)).then_some(left_at);
                polled
            });
            tokio::time::timeout(limit, measured).await
        };
        waited += waits_since.map_or(Duration::ZERO, |since| since.elapsed());
        let result = result.map_err(|_| too_long(limit, waited, name));
        (result, Took { wall: began.elapsed(), busy })
    }
}

fn too_long(limit: Duration, waited: Duration, name: &str) -> Fault {
    let after = humantime::format_duration(limit);
    if waited > limit / 2 {
        Fault::new(Outcome::Wall, format!("{name} still waited after {after}"))
    } else {
        Fault::new(Outcome::Cpu, format!("{name} still computed after {after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn who_computes_and_who_waits_are_told_apart() {
        let computing = Computing::default();
        let computes = async {
            loop {
                computing.give_way().await;
            }
        };
        let (result, took) = computing.within(LIMIT, "get-stats", computes).await;
        let fault: Fault = Result::<(), _>::unwrap_err(result);
        assert_eq!((fault.outcome, fault.message.as_str()), (Outcome::Cpu, "get-stats still computed after 20ms"));
        assert!(took.wall >= LIMIT && took.busy > Duration::ZERO, "{took:?}");

        // What waits in vain computes a little before and after.
        let waits = async {
            computing.give_way().await;
            tokio::time::sleep(LIMIT).await;
            loop {
                computing.give_way().await;
            }
        };
        let (result, took) = computing.within(LIMIT, "sample", waits).await;
        let fault: Fault = Result::<(), _>::unwrap_err(result);
        assert_eq!((fault.outcome, fault.message.as_str()), (Outcome::Wall, "sample still waited after 20ms"));
        assert!(took.busy < took.wall, "{took:?}");
    }
}
