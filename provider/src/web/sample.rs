//! One sample for all who ask at about the same time: readers, however many, do not make producers run all the time.

use std::sync::Arc;

use statsgrid_wire::Moment;
use tokio::sync::Mutex;

use crate::limits::{PAGE_PATIENCE, PAGE_SAMPLE};
use crate::node::{Node, Taken};

/// The last sample that was shown.
#[derive(Debug, Default)]
pub(super) struct LastSample(Mutex<Option<(Moment, Arc<Taken>)>>);

impl LastSample {
    /// It, or a new one if it is too old. Whoever asks while one is taken gets the same.
    pub(super) async fn of(&self, node: &Node) -> Arc<Taken> {
        let mut last = self.0.lock().await;
        if let Some((at, taken)) = &*last
            && node.clock.now().since(*at) < PAGE_SAMPLE
        {
            return taken.clone();
        }
        let taken = Arc::new(node.take(PAGE_PATIENCE).await);
        *last = Some((node.clock.now(), taken.clone()));
        taken
    }
}
