//! The thread that receives: it does nothing else, so that a burst is taken as fast as the bus brings it.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_nats::{Client, Message, Subscriber};
use futures_util::StreamExt;
use futures_util::stream::{SelectAll, select_all};
use statsgrid_wire::daemon::{Bus, BusError, BusEvent, BusSettings, Login, Proof, connect};
use statsgrid_wire::limits::{BODY_BYTES, HEADER_BYTES};
use statsgrid_wire::subject::{Scope, Subjects};
use statsgrid_wire::{Clock, Identity, Moment};
use tokio::sync::{mpsc, watch};

use super::pace::Pace;
use crate::limits::FAREWELL;

/// A message with the moment of its receipt.
#[derive(Debug)]
pub struct Received {
    /// What came.
    pub message: Message,
    /// When.
    pub at: Moment,
}

/// A message that was too large to be kept until somebody looks at it: what is left of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Oversized {
    /// Under which subject it came.
    pub subject: String,
    /// Bytes of its body and headers.
    pub bytes: usize,
}

/// What the thread tells of the connection.
#[derive(Debug)]
pub enum News {
    /// Connected and subscribed: for the first time, or anew after the last connection ended.
    Connected(Client),
    /// Something happened to the connection.
    Bus(BusEvent),
}

/// Where to connect, and who listens to what.
#[derive(Clone, Debug)]
pub struct Link {
    /// URLs of the servers.
    pub servers: Vec<String>,
    /// Who logs in.
    pub identity: Arc<Identity>,
    /// With which certificates and credentials.
    pub settings: BusSettings,
    /// The connection's name.
    pub name: String,
    /// Under which prefix.
    pub subjects: Subjects,
    /// Whose replies it hears.
    pub scope: Scope,
}

/// Starts a thread that connects, subscribes to replies, announcements and goodbyes, and passes on what comes, until
/// `stop` turns true.
pub fn receive(
    link: Link,
    clock: Arc<dyn Clock>,
    pace: Arc<Pace>,
    messages: mpsc::Sender<Result<Received, Oversized>>,
    news: mpsc::Sender<News>,
    stop: watch::Receiver<bool>,
) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("receive".to_owned()).spawn(move || {
        runtime.block_on(async {
            let receiver = Receiver { link, clock, pace, messages, news, stop };
            // It ends when it is told to, or when nobody is there any more to tell.
            let _ = receiver.run().await;
        });
    })
}

struct Receiver {
    link: Link,
    clock: Arc<dyn Clock>,
    pace: Arc<Pace>,
    messages: mpsc::Sender<Result<Received, Oversized>>,
    news: mpsc::Sender<News>,
    stop: watch::Receiver<bool>,
}

/// Whoever listened is gone: there is nothing left to do.
struct Unheard;

impl Receiver {
    /// One connection after the other, until `stop`.
    async fn run(mut self) -> Result<(), Unheard> {
        loop {
            let link = &self.link;
            let login = Login { proof: Proof::Own(&link.identity), name: &link.name, settings: &link.settings };
            let mut bus = tokio::select! {
                bus = connect(&link.servers, login) => bus,
                _ = self.stop.wait_for(|stop| *stop) => return Ok(()),
            };
            // A connection that ends while it is made is made again.
            let Ok(mut incoming) = self.subscribe(&bus).await else { continue };
            self.tell(News::Connected(bus.client().clone())).await?;
            if self.pass_on(&mut bus, &mut incoming).await? {
                bus.close(FAREWELL).await;
                return Ok(());
            }
        }
    }

    async fn subscribe(&self, bus: &Bus) -> Result<SelectAll<Subscriber>, BusError> {
        let mut subscriptions = Vec::new();
        for subject in self.hears() {
            subscriptions.push(bus.client().subscribe(subject).await.map_err(|_| BusError::Closed)?);
        }
        Ok(select_all(subscriptions))
    }

    /// Passes on what comes. True at the stop, false when the connection has ended and all that it brought is read.
    async fn pass_on(&self, bus: &mut Bus, incoming: &mut SelectAll<Subscriber>) -> Result<bool, Unheard> {
        let mut closed = false;
        let mut stop = self.stop.clone();
        loop {
            tokio::select! {
                message = incoming.next() => match message {
                    Some(message) => {
                        let received = sized(message).map(|message| Received { message, at: self.clock.now() });
                        self.pace.received();
                        self.messages.send(received).await.map_err(|_| Unheard)?;
                    }
                    None => return Ok(false),
                },
                event = bus.event(), if !closed => {
                    closed = event == BusEvent::Closed;
                    self.tell(News::Bus(event)).await?;
                }
                _ = stop.wait_for(|stop| *stop) => return Ok(true),
            }
        }
    }

    async fn tell(&self, news: News) -> Result<(), Unheard> {
        self.news.send(news).await.map_err(|_| Unheard)
    }

    fn hears(&self) -> Vec<String> {
        let me = self.link.identity.public_key();
        let [announcements, goodbyes] = self.link.subjects.presence_for(&me);
        vec![announcements, goodbyes, self.link.subjects.replies_to(&me, self.link.scope)]
    }
}

/// Queues count messages, so one that is larger than any that is taken is cut down to its name before it has a place.
fn sized(message: Message) -> Result<Message, Oversized> {
    let named = message.subject.len() + message.reply.as_ref().map_or(0, |reply| reply.len());
    let bytes = message.length.saturating_sub(named);
    if bytes <= BODY_BYTES + HEADER_BYTES {
        return Ok(message);
    }
    Err(Oversized { subject: message.subject.to_string(), bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_larger_than_any_message_is_cut_down_to_its_name() {
        let message = |bytes: usize| Message {
            subject: "stats.v1.reply".into(),
            reply: Some("inbox".into()),
            payload: vec![b'x'; bytes].into(),
            headers: None,
            status: None,
            description: None,
            length: "stats.v1.reply".len() + "inbox".len() + bytes,
        };
        let most = BODY_BYTES + HEADER_BYTES;
        assert_eq!(sized(message(most)).unwrap().payload.len(), most);
        let left = Oversized { subject: "stats.v1.reply".to_owned(), bytes: most + 1 };
        assert_eq!(sized(message(most + 1)).unwrap_err(), left);
    }
}
