//! A hostile client that overhears all and forges all the time, in the kinds of tests/e2e/forgery.rs, drawn from a seed.
//!
//! All that it makes up holds a mark; what it says again word for word is told by instance and sequence.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use async_nats::Message;
use statsgrid_tests::{Bus, Letter, NatsServer, PlayedGatherer, PlayedProvider, Random, Subscription};
use statsgrid_wire::PublicKey;
use statsgrid_wire::envelope::{KEY_HEADER, VERSION_HEADER};
use statsgrid_wire::subject::To;

/// What must never be in a snapshot or a journal.
pub const MARK: &str = "evil";

/// Between two forgeries: more than all providers of a small fleet say.
const PACE: Duration = Duration::from_millis(40);
/// Messages of each kind that are kept to be forged: replies of the last rounds and of some that are forgotten.
const OVERHEARD: usize = 200;

/// What is forged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    StrangersReply,
    UnsignedReply,
    OtherVersion,
    ChangedReply,
    SignedByAnother,
    UnderAnothersName,
    ReplayedReply,
    ReplyToAnotherPoll,
    StrangersPoll,
    ChangedPoll,
    ReplayedPoll,
    StrangersAnnouncement,
    FalseGoodbye,
    ReplayedPresence,
}

const KINDS: [Kind; 14] = [
    Kind::StrangersReply,
    Kind::UnsignedReply,
    Kind::OtherVersion,
    Kind::ChangedReply,
    Kind::SignedByAnother,
    Kind::UnderAnothersName,
    Kind::ReplayedReply,
    Kind::ReplyToAnotherPoll,
    Kind::StrangersPoll,
    Kind::ChangedPoll,
    Kind::ReplayedPoll,
    Kind::StrangersAnnouncement,
    Kind::FalseGoodbye,
    Kind::ReplayedPresence,
];

/// A forger at work.
pub struct Forger {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<BTreeMap<Kind, u64>>,
}

impl Forger {
    /// Forges on `server` against the gatherer of this key until it is stopped.
    pub fn start(server: &NatsServer, gatherer: PublicKey, seed: u64) -> Self {
        let (bus, stop) = (Bus::connect(server), Arc::new(AtomicBool::new(false)));
        let stopped = stop.clone();
        let work = move || Work::new(&bus, gatherer, seed).forge_until(&stopped);
        Self { stop, thread: std::thread::spawn(work) }
    }

    /// How many it has sent, by kind.
    pub fn stop(self) -> BTreeMap<Kind, u64> {
        self.stop.store(true, Relaxed);
        self.thread.join().expect("the forger does not panic")
    }
}

struct Work<'a> {
    bus: &'a Bus,
    random: Random,
    gatherer: PublicKey,
    /// A provider that nobody trusts, and a gatherer that nobody asked for.
    stranger: PlayedProvider,
    usurper: PlayedGatherer,
    overheard: Overheard,
    sent: BTreeMap<Kind, u64>,
}

/// What honest ones said, the newest last.
#[derive(Default)]
struct Overheard {
    polls: VecDeque<Message>,
    replies: VecDeque<Message>,
    presence: VecDeque<Message>,
}

impl<'a> Work<'a> {
    fn new(bus: &'a Bus, gatherer: PublicKey, seed: u64) -> Self {
        let (stranger, usurper) = (PlayedProvider::new(MARK), PlayedGatherer::new());
        // Another stream of numbers than the plan's.
        let random = Random::seeded(!seed);
        Self { bus, random, gatherer, stranger, usurper, overheard: Overheard::default(), sent: BTreeMap::new() }
    }

    fn forge_until(mut self, stopped: &AtomicBool) -> BTreeMap<Kind, u64> {
        let mut heard = self.bus.subscribe("stats.v1.>");
        while !stopped.load(Relaxed) {
            self.listen(&mut heard, Instant::now() + PACE);
            let kind = KINDS[(self.random.next_number() % KINDS.len() as u64) as usize];
            if let Some(letter) = self.forge(kind) {
                self.bus.publish(letter);
                *self.sent.entry(kind).or_default() += 1;
            }
        }
        self.sent
    }

    fn listen(&mut self, heard: &mut Subscription<'_>, until: Instant) {
        while let Some(message) = heard.within(until.saturating_duration_since(Instant::now())) {
            self.overheard.keep(message, &self.gatherer);
        }
    }

    /// None: nothing was overheard of which to make it.
    fn forge(&mut self, kind: Kind) -> Option<Letter> {
        match kind {
            Kind::StrangersAnnouncement => Some(self.stranger.announce(&self.stranger.announcement(self.gatherer))),
            Kind::StrangersPoll => Some(self.strangers_poll()),
            Kind::ChangedPoll | Kind::ReplayedPoll => self.forge_poll(kind),
            Kind::FalseGoodbye | Kind::ReplayedPresence => self.forge_presence(kind),
            _ => self.forge_reply(kind),
        }
    }

    /// On the gatherer's own subject, signed by another.
    fn strangers_poll(&self) -> Letter {
        let subject = format!("stats.v1.poll.{}.all", self.gatherer);
        self.usurper.seal(&self.usurper.poll(To::All)).sent_to(subject)
    }

    fn forge_poll(&mut self, kind: Kind) -> Option<Letter> {
        let poll = Letter::from(self.pick(|overheard| &overheard.polls)?);
        Some(match kind {
            Kind::ReplayedPoll => poll,
            _ => poll.with_text("{\"gatherer\"", &format!("{{\"{MARK}\":1,\"gatherer\"")),
        })
    }

    fn forge_presence(&mut self, kind: Kind) -> Option<Letter> {
        let said = Letter::from(self.pick(|overheard| &overheard.presence)?);
        Some(match kind {
            Kind::ReplayedPresence => said,
            _ => {
                let victim = said.subject.rsplit('.').next().unwrap_or_default().to_owned();
                let bye = self.stranger.bye(self.gatherer, self.stranger.instance);
                bye.sent_to(format!("stats.v1.bye.{}.{victim}", self.gatherer))
            }
        })
    }

    fn forge_reply(&mut self, kind: Kind) -> Option<Letter> {
        let poll = self.overheard.polls.back()?;
        let lie = self.stranger.answer(poll, &self.stranger.sample(poll, 1, ("evil.mark", 666)));
        let honest = Letter::from(self.pick(|overheard| &overheard.replies)?);
        let victim = honest.subject.rsplit('.').next().unwrap_or_default().to_owned();
        Some(match kind {
            Kind::UnsignedReply => lie.unsigned(),
            Kind::OtherVersion => lie.with_header(VERSION_HEADER, "2"),
            Kind::ChangedReply => honest.with_text("\"nickname\":\"node", "\"nickname\":\"evil"),
            Kind::SignedByAnother => lie.sent_to(honest.subject),
            Kind::UnderAnothersName => lie.sent_to(honest.subject).with_header(KEY_HEADER, &victim),
            Kind::ReplayedReply => honest,
            // Under the subject of the newest poll.
            Kind::ReplyToAnotherPoll => {
                let subject = lie.subject.replace(self.stranger.key().as_str(), &victim);
                honest.sent_to(subject)
            }
            _ => lie,
        })
    }

    fn pick(&mut self, among: impl Fn(&Overheard) -> &VecDeque<Message>) -> Option<&Message> {
        let number = self.random.next_number();
        let held = among(&self.overheard);
        held.get((number % held.len().max(1) as u64) as usize)
    }
}

impl Overheard {
    /// Keeps what was not said by the forger itself.
    fn keep(&mut self, message: Message, gatherer: &PublicKey) {
        let subject = message.subject.as_str();
        let held = match subject.split('.').nth(2) {
            Some("poll") => &mut self.polls,
            Some("reply") => &mut self.replies,
            _ => &mut self.presence,
        };
        let signer = message.headers.as_ref().and_then(|headers| headers.get(KEY_HEADER)).map(|key| key.as_str());
        let expected = match subject.split('.').nth(2) {
            Some("poll") => Some(gatherer.as_str()),
            _ => subject.rsplit('.').next(),
        };
        let marked = String::from_utf8_lossy(&message.payload).contains(MARK);
        if signer.is_none() || signer != expected || marked {
            return;
        }
        held.push_back(message);
        if held.len() > OVERHEARD {
            held.pop_front();
        }
    }
}
