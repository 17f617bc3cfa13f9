//! The thread that receives: it does nothing else, so that a burst is taken as fast as the bus brings it.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_nats::{Client, Message};
use futures_util::StreamExt;
use futures_util::stream::select_all;
use statsgrid_wire::daemon::{BusError, BusEvent, Login, connect};
use statsgrid_wire::subject::{Scope, Subjects};
use statsgrid_wire::{Clock, Identity, Moment};
use tokio::sync::{mpsc, watch};

use crate::limits::FAREWELL;

/// A message with the moment of its receipt.
#[derive(Debug)]
pub struct Received {
    /// What came.
    pub message: Message,
    /// When.
    pub at: Moment,
}

/// What the thread tells of the connection.
#[derive(Debug)]
pub enum News {
    /// Connected for the first time, and subscribed.
    Connected(Client),
    /// Something happened to the connection.
    Bus(BusEvent),
    /// The thread ends, for this.
    Failed(BusError),
}

/// Where to connect, and who listens to what.
#[derive(Clone, Debug)]
pub struct Link {
    /// URLs of the servers.
    pub servers: Vec<String>,
    /// Who logs in.
    pub identity: Arc<Identity>,
    /// The connection's name.
    pub name: String,
    /// Under which prefix.
    pub subjects: Subjects,
}

/// Starts a thread that connects, subscribes to replies, announcements and goodbyes, and passes on what comes, until
/// `stop` turns true.
pub fn receive(
    link: Link,
    clock: Arc<dyn Clock>,
    messages: mpsc::Sender<Received>,
    news: mpsc::Sender<News>,
    stop: watch::Receiver<bool>,
) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("receive".to_owned()).spawn(move || {
        runtime.block_on(async {
            let receiver = Receiver { link, clock, messages, stop };
            if let Err(error) = receiver.run(&news).await {
                let _ = news.send(News::Failed(error)).await;
            }
        });
    })
}

struct Receiver {
    link: Link,
    clock: Arc<dyn Clock>,
    messages: mpsc::Sender<Received>,
    stop: watch::Receiver<bool>,
}

impl Receiver {
    async fn run(mut self, news: &mpsc::Sender<News>) -> Result<(), BusError> {
        let login = Login { identity: &self.link.identity, name: &self.link.name };
        let mut bus = tokio::select! {
            bus = connect(&self.link.servers, login) => bus?,
            _ = self.stop.wait_for(|stop| *stop) => return Ok(()),
        };
        let mut subscriptions = Vec::new();
        for subject in self.hears() {
            subscriptions.push(bus.client().subscribe(subject).await.map_err(|_| BusError::Closed)?);
        }
        let mut incoming = select_all(subscriptions);
        if news.send(News::Connected(bus.client().clone())).await.is_err() {
            return Ok(());
        }
        loop {
            tokio::select! {
                message = incoming.next() => {
                    let Some(message) = message else { return Err(BusError::Closed) };
                    let received = Received { message, at: self.clock.now() };
                    if self.messages.send(received).await.is_err() {
                        break;
                    }
                }
                event = bus.event() => {
                    let closed = event == BusEvent::Closed;
                    if closed || news.send(News::Bus(event)).await.is_err() {
                        return Err(BusError::Closed);
                    }
                }
                _ = self.stop.wait_for(|stop| *stop) => break,
            }
        }
        bus.close(FAREWELL).await;
        Ok(())
    }

    fn hears(&self) -> Vec<String> {
        let me = self.link.identity.public_key();
        let [announcements, goodbyes] = self.link.subjects.presence_for(&me);
        vec![announcements, goodbyes, self.link.subjects.replies_to(&me, Scope::All)]
    }
}
