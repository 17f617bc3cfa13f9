//! A client of the test's own, that hears and says what it likes.
//!
//! Its calls block: a test reads from top to bottom, and the client works on a thread of its own meanwhile.

use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, HeaderMap, Message, Subscriber};
use futures_util::{FutureExt, StreamExt};
use statsgrid_wire::Identity;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use crate::letter::Letter;
use crate::nats_server::NatsServer;
use crate::patience::PATIENCE;

/// A connection.
#[derive(Debug)]
pub struct Bus {
    client: Client,
    complaints: mpsc::UnboundedReceiver<String>,
    // Last, for the others end on it.
    runtime: Runtime,
}

/// What comes on one subject.
#[derive(Debug)]
pub struct Subscription<'a> {
    bus: &'a Bus,
    subscriber: Subscriber,
}

impl Bus {
    /// Connects as nobody in particular.
    pub fn connect(server: &NatsServer) -> Self {
        Self::with(ConnectOptions::new(), server)
    }

    /// Connects as this identity.
    pub fn login(server: &NatsServer, identity: &Identity) -> Self {
        Self::with(ConnectOptions::with_nkey(identity.seed().expect("an identity has a seed")), server)
    }

    /// Connects by a password.
    pub fn login_by_password(server: &NatsServer, user: &str, password: &str) -> Self {
        Self::with(ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned()), server)
    }

    fn with(options: ConnectOptions, server: &NatsServer) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("the machine has a thread left");
        let (complained, complaints) = mpsc::unbounded_channel();
        let options = options.event_callback(move |event| {
            if let Event::ServerError(error) = event {
                let _ = complained.send(error.to_string());
            }
            std::future::ready(())
        });
        let connected = runtime.block_on(async { tokio::time::timeout(PATIENCE, options.connect(server.url())).await });
        let client = connected.expect("the server answers").expect("the server takes this client");
        Self { client, complaints, runtime }
    }

    /// Hears `subject`; when this returns, the server knows.
    pub fn subscribe(&self, subject: impl Into<String>) -> Subscription<'_> {
        let subscription = self.subscribe_unsettled(subject);
        self.settle();
        subscription
    }

    /// Asks to hear `subject`, where the server may refuse it.
    pub fn subscribe_unsettled(&self, subject: impl Into<String>) -> Subscription<'_> {
        let subscriber = self.runtime.block_on(self.client.subscribe(subject.into()));
        Subscription { bus: self, subscriber: subscriber.expect("the client takes the subject") }
    }

    /// Says `letter`.
    pub fn publish(&self, letter: impl Into<Letter>) {
        let letter = letter.into();
        let headers = headers(letter.headers);
        let published = self.client.publish_with_headers(letter.subject, headers, letter.body.into());
        self.runtime.block_on(published).expect("the client takes the message");
    }

    /// Says `letter` and asks for an answer under `reply_to`, which no signature covers.
    pub fn publish_asking(&self, letter: Letter, reply_to: &str) {
        let headers = headers(letter.headers);
        let (subject, body) = (letter.subject, letter.body.into());
        let published = self.client.publish_with_reply_and_headers(subject, reply_to.to_owned(), headers, body);
        self.runtime.block_on(published).expect("the client takes the message");
    }

    /// Waits until the server has handled all that was said here, and what it had for us has come: it handles a
    /// connection's messages in their order, so one to ourselves comes after them.
    pub fn settle(&self) {
        let subject = self.client.new_inbox();
        let echo = async {
            let mut echo = self.client.subscribe(subject.clone()).await.expect("the client takes the subject");
            self.client.publish(subject, Vec::new().into()).await.expect("the client takes the message");
            tokio::time::timeout(PATIENCE, echo.next()).await
        };
        self.runtime.block_on(echo).expect("the server echoes").expect("the connection stands");
    }

    /// What the server complained of next, if it does so within `limit`.
    pub fn complaint(&mut self, limit: Duration) -> Option<String> {
        let complaint = self.complaints.recv();
        self.runtime.block_on(async { tokio::time::timeout(limit, complaint).await.ok().flatten() })
    }
}

fn headers(pairs: Vec<(String, String)>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        // Not `insert`: a forger may say a header twice.
        headers.append(name, value);
    }
    headers
}

impl Subscription<'_> {
    /// What comes next, if it does so within `limit`.
    pub fn within(&mut self, limit: Duration) -> Option<Message> {
        let message = self.subscriber.next();
        self.bus.runtime.block_on(async { tokio::time::timeout(limit, message).await.ok().flatten() })
    }

    /// What comes next.
    #[track_caller]
    pub fn message(&mut self) -> Message {
        self.within(PATIENCE).expect("a message comes")
    }

    /// What has come by now and was not taken yet.
    pub fn so_far(&mut self) -> Vec<Message> {
        self.bus.settle();
        std::iter::from_fn(|| self.subscriber.next().now_or_never().flatten()).collect()
    }
}
