//! The producers of a provider: each in a task of its own, asked side by side, each under its own deadline.
//!
//! One that fails is named in the reply and costs the others nothing.

mod bounds;
mod component;
mod config;
mod native;
mod reading;
mod runner;

pub use bounds::Bounds;
pub use component::ComponentSource;
pub use config::ConfigSource;
pub use native::Producer;
pub use reading::{Described, Reading};
pub use runner::Source;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use statsgrid_wire::Clock;
use statsgrid_wire::message::Outcome;
use tokio::sync::{mpsc, oneshot};

use crate::call::Fault;
use crate::limits::REQUESTS;
use runner::{Request, Runner};

/// All producers of a provider, running.
pub struct Producers {
    runners: Vec<Handle>,
    clock: Arc<dyn Clock>,
}

struct Handle {
    name: String,
    requests: mpsc::Sender<Request>,
}

impl Producers {
    /// Starts each source under its name, side by side, and returns when all have been initialised or have failed.
    pub async fn start(sources: Vec<(String, Source)>, clock: Arc<dyn Clock>) -> Self {
        let start = |(name, source): (String, Source)| {
            let clock = clock.clone();
            async move {
                let (requests, inbox) = mpsc::channel(REQUESTS);
                let runner = Runner::start(name.clone(), source, clock).await;
                tokio::spawn(runner.run(inbox));
                Handle { name, requests }
            }
        };
        let runners = join_all(sources.into_iter().map(start)).await;
        Self { runners, clock }
    }

    /// Asks all of them, and waits for each no longer than `patience`.
    pub async fn read(&self, patience: Duration) -> Vec<Reading> {
        join_all(self.runners.iter().map(|runner| self.read_one(runner, patience))).await
    }

    async fn read_one(&self, runner: &Handle, patience: Duration) -> Reading {
        let late = |message: &str| {
            let fault = Fault::new(Outcome::Wall, message);
            Reading::failed(&runner.name, &fault, self.clock.now())
        };
        let asked = async {
            let (answer, reading) = oneshot::channel();
            // Several gatherers ask at the same moment: the second waits its turn.
            runner.requests.send(answer).await.ok()?;
            reading.await.ok()
        };
        match tokio::time::timeout(patience, asked).await {
            Ok(Some(reading)) => reading,
            Ok(None) => late("its task has ended"),
            Err(_) => late("it did not answer within the poll's deadline"),
        }
    }
}
