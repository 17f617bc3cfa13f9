//! A guest's call under its limit of time, and what it did with the time.
//!
//! One limit holds for all that a call does. When it is over, the guest either computes, and gives way at each tick of
//! the epoch, or waits in the host for a clock, a file or an answer: the two are different faults to whoever wrote it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use statsgrid_wire::message::Outcome;

use crate::call::Fault;

/// Whether a guest was computing when it gave way last.
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
        let result = {
            let mut call = pin!(call);
            let measured = poll_fn(|context| {
                let polled_at = Instant::now();
                let polled = call.as_mut().poll(context);
                busy += polled_at.elapsed();
                polled
            });
            tokio::time::timeout(limit, measured).await
        };
        let result = result.map_err(|_| self.too_long(limit, name));
        (result, Took { wall: began.elapsed(), busy })
    }

    fn too_long(&self, limit: Duration, name: &str) -> Fault {
        let limit = humantime::format_duration(limit);
        match self.0.load(Relaxed) {
            true => Fault::new(Outcome::Cpu, format!("{name} still computed after {limit}")),
            false => Fault::new(Outcome::Wall, format!("{name} still waited after {limit}")),
        }
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

        // What computed before and waits now waits.
        let waits = async {
            computing.give_way().await;
            std::future::pending::<()>().await;
        };
        let (result, took) = computing.within(LIMIT, "sample", waits).await;
        let fault = result.unwrap_err();
        assert_eq!((fault.outcome, fault.message.as_str()), (Outcome::Wall, "sample still waited after 20ms"));
        assert!(took.busy < took.wall, "{took:?}");
    }
}
