//! The connections that are open, within a bound: a newcomer is always let in, and an old one that waits goes for it.
//!
//! So whoever opens connections and says nothing, or reads nothing, keeps nobody else out. One that is being answered, to
//! the last piece of the answer, goes only when all are.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::{AbortHandle, JoinSet};

/// Whether a connection is being answered now.
#[derive(Clone, Debug, Default)]
pub(super) struct Busy(Arc<AtomicBool>);

/// A connection is being answered for as long as this is held.
#[derive(Debug)]
pub(super) struct Answering(Busy);

impl Busy {
    /// An answer begins.
    pub(super) fn answering(&self) -> Answering {
        self.0.store(true, Ordering::Relaxed);
        Answering(self.clone())
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}

/// Those that are open, the oldest first.
#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    tasks: JoinSet<()>,
    open: VecDeque<(AbortHandle, Busy)>,
}

impl Connections {
    /// At most so many.
    pub(super) fn at_most(most: usize) -> Self {
        Self { most, tasks: JoinSet::new(), open: VecDeque::new() }
    }

    /// Takes in one more, which tells by the flag whether it is being answered.
    pub(super) fn take_in<F>(&mut self, connection: impl FnOnce(Busy) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        while self.tasks.try_join_next().is_some() {}
        self.open.retain(|(task, _)| !task.is_finished());
        if self.open.len() >= self.most {
            let idle = self.open.iter().position(|(_, busy)| !busy.is_set());
            if let Some((task, _)) = self.open.remove(idle.unwrap_or(0)) {
                task.abort();
            }
        }
        let busy = Busy::default();
        let task = self.tasks.spawn(connection(busy.clone()));
        self.open.push_back((task, busy));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn the_oldest_that_waits_goes_for_a_newcomer() {
        let mut connections = Connections::at_most(3);
        let (ended, mut gone) = mpsc::unbounded_channel();
        let mut open = |name: u32, is_busy: bool| {
            let ended = ended.clone();
            connections.take_in(|busy| {
                let tells = (Tells(name, ended), is_busy.then(|| busy.answering()));
                async move {
                    std::future::pending::<()>().await;
                    drop(tells);
                }
            });
        };
        open(1, true);
        open(2, false);
        open(3, false);
        for (newcomer, leaves) in [(4, 2), (5, 3), (6, 4)] {
            open(newcomer, newcomer != 4);
            assert_eq!(gone.recv().await, Some(leaves));
        }
        // All are busy now.
        open(7, false);
        assert_eq!(gone.recv().await, Some(1));
    }

    struct Tells(u32, mpsc::UnboundedSender<u32>);

    impl Drop for Tells {
        fn drop(&mut self) {
            let _ = self.1.send(self.0);
        }
    }
}
