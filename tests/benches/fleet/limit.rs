//! What a gatherer cannot do without: the same bytes received with async-nats, the same signatures verified in the same way,
//! and the same JSON parsed into the same messages, each by itself.
//!
//! Each is measured by the CPU time of one thread, on which nothing else runs: who publishes has another. Left out on purpose:
//! all that joins them. Keys are decompressed, signatures decoded and the signed bytes put together before the clock runs,
//! no header is looked at, no queue is between threads, and nothing is kept or written.

use std::path::Path;
use std::time::Duration;

use async_nats::{Message, Subscriber};
use data_encoding::BASE64;
use futures_util::StreamExt;
use rustix::time::{ClockId, clock_gettime};
use statsgrid_tests::{NatsServer, PATIENCE};
use statsgrid_wire::daemon::Bus;
use statsgrid_wire::envelope::{SIGNATURE_HEADER, Sealed};
use statsgrid_wire::message::Reply;
use statsgrid_wire::{SignatureBytes, Verifier};
use tokio::runtime::{Builder, Runtime};

use crate::Failed;
use crate::crowd::Crowd;
use crate::scale::Scale;

/// CPU time of all replies together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limit {
    /// Replies that there were.
    pub replies: u32,
    /// Receiving them.
    pub receive: Duration,
    /// Verifying their signatures.
    pub verify: Duration,
    /// Verifying them where one in [`FORGED`] is forged, and finding those.
    pub verify_forged: Duration,
    /// Parsing their bodies, and giving the memory of that back.
    pub parse: Duration,
}

/// Signatures that are verified together, as the gatherer does.
const BATCH: usize = 2_048;
/// Of so many signatures one is another's in the last measurement.
pub const FORGED: usize = 200;
/// Replies that are under way at a time: a subscription holds four times as many, so none is lost.
const AT_A_TIME: usize = 8 * BATCH;
/// What is signed before a reply's body, as PROTOCOL.md says.
const CONTEXT: &[u8] = b"\xFFstatsgrid.1.reply\0";

/// Both ends of the bus.
struct Bench {
    crowd: Crowd,
    /// Runs on the thread that calls it, while that waits for messages.
    here: Runtime,
    incoming: Subscriber,
    /// Has a thread of its own.
    there: Runtime,
    speaker: async_nats::Client,
    _server: NatsServer,
}

impl Limit {
    /// Measures it with a server of its own.
    pub fn measure(scale: &Scale, server: &Path, folder: &Path) -> Result<Self, Failed> {
        let mut bench = Bench::new(Crowd::new(scale)?, NatsServer::of(server, folder, None))?;
        let mut limit = Self { replies: scale.replies, ..Self::default() };
        for first in (0..scale.replies).step_by(AT_A_TIME) {
            let members = first..scale.replies.min(first + AT_A_TIME as u32);
            let said = bench.crowd.say(members.clone())?;
            let (messages, took) = bench.receive(said)?;
            limit.receive += took;
            let verifiers = bench.crowd.verifiers(members);
            limit.verify += verify(&messages, verifiers, None)?;
            limit.verify_forged += verify(&messages, verifiers, Some(FORGED))?;
            limit.parse += parse(&messages)?;
        }
        Ok(limit)
    }

    /// The least that one reply costs.
    pub fn each(&self) -> Duration {
        (self.receive + self.verify + self.parse) / self.replies.max(1)
    }
}

impl Bench {
    fn new(crowd: Crowd, server: NatsServer) -> Result<Self, Failed> {
        let here = Builder::new_current_thread().enable_all().build()?;
        let there = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let speaker = there.block_on(async_nats::connect(server.url()))?;
        let incoming = here.block_on(async {
            let listener = async_nats::connect(server.url()).await?;
            let mut incoming = listener.subscribe(crowd.hears()).await?;
            // What comes on the same connection comes after the subscription.
            listener.publish(crowd.hears().replace('*', "heard"), "".into()).await?;
            incoming.next().await.ok_or("the connection has ended")?;
            Ok::<_, Failed>(incoming)
        })?;
        Ok(Self { crowd, here, incoming, there, speaker, _server: server })
    }

    /// Has these said, and gives what has come and what it took to receive it.
    fn receive(&mut self, said: Vec<Sealed>) -> Result<(Vec<Message>, Duration), Failed> {
        let (count, speaker) = (said.len(), self.speaker.clone());
        let saying = self.there.spawn(async move {
            for sealed in said {
                Bus::publish(&speaker, sealed).await?;
            }
            Ok::<_, Failed>(speaker.flush().await?)
        });
        let incoming = &mut self.incoming;
        let receiving = async { tokio::time::timeout(PATIENCE, incoming.take(count).collect::<Vec<_>>()).await };
        let (messages, took) = timed(|| self.here.block_on(receiving));
        self.there.block_on(saying)??;
        Ok((messages?, took))
    }
}

/// Verifies all, of which one in `forged` has the signature of the one before it.
fn verify(messages: &[Message], verifiers: &[Verifier], forged: Option<usize>) -> Result<Duration, Failed> {
    let signed: Vec<Vec<u8>> = messages.iter().map(|message| [CONTEXT, &message.payload].concat()).collect();
    let mut signatures = messages.iter().map(signature).collect::<Result<Vec<_>, _>>()?;
    let mut wrong = 0;
    for each in signatures.chunks_exact_mut(forged.unwrap_or(usize::MAX)) {
        if let [first, second, ..] = each {
            (*second, wrong) = (*first, wrong + 1);
        }
    }
    let parts = verifiers.iter().zip(&signed).zip(signatures);
    let checks: Vec<_> =
        parts.map(|((verifier, signed), signature)| (verifier, signed.as_slice(), signature)).collect();
    let (right, took) = timed(|| checks.chunks(BATCH).flat_map(Verifier::verify_all).filter(|right| *right).count());
    if right + wrong == messages.len() {
        Ok(took)
    } else {
        Err(format!("{right} of {} signatures are right, and {wrong} are forged", messages.len()).into())
    }
}

fn signature(message: &Message) -> Result<SignatureBytes, Failed> {
    let header =
        message.headers.as_ref().and_then(|headers| headers.get(SIGNATURE_HEADER)).ok_or("a reply is unsigned")?;
    BASE64.decode(header.as_str().as_bytes())?.try_into().map_err(|_| "a signature has not 64 bytes".into())
}

fn parse(messages: &[Message]) -> Result<Duration, Failed> {
    // As the gatherer does: text by text, the same bytes cost several times as much.
    let parsed = |message: &Message| serde_json::from_str::<Reply>(str::from_utf8(&message.payload).ok()?).ok();
    let bodies = messages.iter().map(parsed);
    // Each is dropped before the next one is read.
    let (parsed, took) = timed(|| bodies.filter(Option::is_some).count());
    if parsed == messages.len() { Ok(took) } else { Err(format!("{parsed} of {} are replies", messages.len()).into()) }
}

/// What it takes of this thread's CPU time.
fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let now = || clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or(Duration::ZERO);
    let before = now();
    let done = what();
    (done, now().saturating_sub(before))
}
