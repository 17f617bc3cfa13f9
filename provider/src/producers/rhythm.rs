//! What a producer does unasked: samples between polls, and readings at a pace of its own.
//!
//! Each waits its turn with those who ask, first come, first served. So many polls do not slow the samples down, and after a
//! pause one tick comes, not all that were missed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::reading::Reading;
use super::runner::Runner;

/// Samples at the interval that the producer's description has, and anew with each new instance.
pub(super) async fn keep_sampling(runner: Arc<Mutex<Runner>>, mut interval: watch::Receiver<Option<Duration>>) {
    loop {
        let mut ticks = interval.borrow_and_update().map(|every| ticks(Instant::now() + every, every));
        loop {
            tokio::select! {
                changed = interval.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
                () = tick(&mut ticks) => runner.lock().await.sample().await,
            }
        }
    }
}

/// Reads each `every`, from now on. A reading that takes longer than that is followed by the next due one.
pub(super) async fn keep_pace(runner: Arc<Mutex<Runner>>, every: Duration, latest: watch::Sender<Reading>) {
    let mut due = ticks(Instant::now(), every);
    loop {
        due.tick().await;
        let reading = runner.lock().await.read().await;
        latest.send_replace(reading);
    }
}

fn ticks(first: Instant, every: Duration) -> Interval {
    let mut ticks = interval_at(first, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

async fn tick(ticks: &mut Option<Interval>) {
    match ticks {
        Some(ticks) => {
            ticks.tick().await;
        }
        None => std::future::pending().await,
    }
}
