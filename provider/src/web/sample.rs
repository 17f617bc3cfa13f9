//! One sample for all who ask at about the same time: readers, however many, do not make producers run all the time.

use std::sync::{Arc, Mutex, PoisonError};

use statsgrid_wire::Moment;
use tokio::sync::watch;

use crate::limits::{PAGE_PATIENCE, PAGE_SAMPLE};
use crate::node::{Node, Taken};

/// The last sample that was shown, or that is being taken.
#[derive(Debug, Default)]
pub(super) struct LastSample(Mutex<Option<Coming>>);

/// None as long as it is being taken.
type Coming = watch::Receiver<Option<(Moment, Arc<Taken>)>>;

impl LastSample {
    /// It, or a new one if it is too old. Whoever asks while one is taken gets the same. None: it could not be taken.
    pub(super) async fn of(&self, node: &Arc<Node>) -> Option<Arc<Taken>> {
        let mut coming = self.coming(node);
        let come = coming.wait_for(Option::is_some).await.ok()?;
        come.as_ref().map(|(_, taken)| taken.clone())
    }

    /// A sample is taken in a task of its own, and to its end: who asks and goes away, again and again, would otherwise have
    /// a new one begun each time.
    fn coming(&self, node: &Arc<Node>) -> Coming {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(coming) = last.as_ref().filter(|coming| holds(coming, node.clock.now())) {
            return coming.clone();
        }
        let (tell, coming) = watch::channel(None);
        let node = node.clone();
        tokio::spawn(async move {
            let taken = node.take(PAGE_PATIENCE).await;
            tell.send_replace(Some((node.clock.now(), Arc::new(taken))));
        });
        last.insert(coming).clone()
    }
}

/// It is young enough, or still to come.
fn holds(coming: &Coming, now: Moment) -> bool {
    match &*coming.borrow() {
        Some((at, _)) => now.since(*at) < PAGE_SAMPLE,
        None => coming.has_changed().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Producer, Provider, Settings};
    use statsgrid_wire::message::Description;
    use statsgrid_wire::{ManualClock, Number};
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    use std::task::Poll;

    /// Counts how often it is asked.
    struct Counted(Arc<AtomicU64>);

    impl Producer for Counted {
        fn describe(&self) -> Description {
            Description::default()
        }

        fn get_stats(&mut self) -> Result<Vec<(String, Number)>, String> {
            self.0.fetch_add(1, SeqCst);
            Ok(Vec::new())
        }
    }

    #[tokio::test]
    async fn readers_share_a_sample_and_one_that_goes_away_stops_none() {
        let (folder, asked) = (tempfile::tempdir().unwrap(), Arc::new(AtomicU64::new(0)));
        let settings = Settings { identity: Some(folder.path().join("seed")), ..Settings::default() };
        let mut provider = Provider::new(settings);
        provider.register("counted", Counted(asked.clone())).unwrap();
        let (mut node, _) = provider.start().await.unwrap();
        let clock = Arc::new(ManualClock::at(1_795_358_400_000));
        node.clock = clock.clone();
        let (node, last) = (Arc::new(node), LastSample::default());

        for _ in 0..100 {
            // It goes away as soon as it has asked.
            let mut reader = pin!(last.of(&node));
            assert!(poll_fn(|context| Poll::Ready(reader.as_mut().poll(context))).await.is_pending());
        }
        let (one, other) = tokio::join!(last.of(&node), last.of(&node));
        assert!(Arc::ptr_eq(&one.unwrap(), &other.unwrap()));
        assert_eq!(asked.load(SeqCst), 1);
        clock.advance(PAGE_SAMPLE - std::time::Duration::from_millis(1));
        last.of(&node).await.unwrap();
        assert_eq!(asked.load(SeqCst), 1);
        clock.advance(std::time::Duration::from_millis(1));
        last.of(&node).await.unwrap();
        assert_eq!(asked.load(SeqCst), 2);
    }
}
