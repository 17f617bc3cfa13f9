//! The loop between the threads: what was verified goes into the rounds, and what the rounds want done is done.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use statsgrid_wire::daemon::{Bus, BusEvent, Hangups, Seldom};
use statsgrid_wire::envelope::{SealError, Sealed};
use statsgrid_wire::{Clock, Hash, Moment};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, sleep_until, timeout};

use crate::journal::{Entry, Journal};
use crate::limits::{EACH_SECOND, FAREWELL, LOOK_AT_TRUST, SAY_REJECTIONS_AGAIN, SAY_TROUBLES_AGAIN};
use crate::pipeline::{Backlog, Job, Keys, News, Pace, PaceSince, Store, Verified, Written};
use crate::print::Print;
use crate::round::{Act, Gathering};
use crate::trust::{Decision, Source, TrustError};
use crate::web::Show;

/// How long it runs and what it tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mode {
    /// One round, to its deadline.
    pub once: bool,
    /// Who comes, who goes and what they say, on standard output.
    pub print: bool,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to.
    Stopped,
    /// The one round is over.
    Once {
        /// Providers that answered.
        answered: usize,
        /// Providers that were waited for.
        present: usize,
    },
}

/// Why the rounds end before they are asked to.
#[derive(Debug, thiserror::Error)]
pub enum RoundsError {
    /// The server denies what a gatherer needs.
    #[error("the server denies a permission that a gatherer needs: {0}")]
    Denied(String),
    /// The one round could not begin.
    #[error("no NATS server was reached at {servers} within {waited:?}")]
    Unreached {
        /// Where.
        servers: String,
        /// How long.
        waited: Duration,
    },
    /// A poll cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The write of the one round.
    #[error("the snapshot is not written: {0}")]
    Write(String),
}

/// What comes into the loop.
pub(crate) struct Queues {
    pub(crate) verified: mpsc::Receiver<Vec<Verified>>,
    pub(crate) news: mpsc::Receiver<News>,
    pub(crate) written: mpsc::Receiver<Written>,
    pub(crate) hangups: Hangups,
}

/// Where people's decisions come from, and who else goes by them.
pub(crate) struct Trust {
    pub(crate) source: Source,
    pub(crate) keys: Arc<Keys>,
}

/// How long a single round waits for the bus, and what to say then.
pub(crate) struct Patience {
    pub(crate) waits: Duration,
    pub(crate) servers: String,
}

/// Where it goes.
pub(crate) struct Outlets {
    pub(crate) print: Print,
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) show: Show,
}

/// The rounds with all that they act upon.
pub(crate) struct Rounds {
    gathering: Gathering,
    clock: Arc<dyn Clock>,
    mode: Mode,
    print: Print,
    store: Store,
    trust: Trust,
    journal: Journal,
    show: Show,
    /// What replies have cost the threads that verify, and here.
    pace: (Arc<Pace>, PaceSince),
    backlog: Backlog,
    /// A round that came while the last one was still being written.
    waiting: Option<Job>,
    /// Rounds that were handed to the thread, and that it has not told of.
    writing: usize,
    client: Option<Client>,
    /// Where it connects to, for the log.
    servers: String,
    next_round: Option<Instant>,
    bus_troubles: Seldom,
    write_troubles: Seldom,
    rejections: Seldom,
    /// How the single round ended.
    once: Option<Ended>,
}

impl Rounds {
    pub(crate) fn new(
        gathering: Gathering,
        clock: Arc<dyn Clock>,
        mode: Mode,
        Outlets { print, store, journal, show }: Outlets,
        trust: Trust,
        pace: Arc<Pace>,
    ) -> Self {
        Self {
            gathering,
            clock,
            mode,
            print,
            store,
            trust,
            journal,
            show,
            pace: (pace, PaceSince::default()),
            backlog: Backlog::default(),
            waiting: None,
            writing: 0,
            client: None,
            servers: String::new(),
            next_round: None,
            bus_troubles: Seldom::every(SAY_TROUBLES_AGAIN),
            write_troubles: Seldom::every(SAY_TROUBLES_AGAIN),
            rejections: Seldom::every(SAY_REJECTIONS_AGAIN),
            once: None,
        }
    }

    /// Serves until `stop` is ready, or until a single round is over and written.
    pub(crate) async fn serve(
        &mut self,
        mut queues: Queues,
        stop: impl Future<Output = ()>,
        patience: Patience,
    ) -> Result<Ended, RoundsError> {
        let mut stop = std::pin::pin!(stop);
        self.servers.clone_from(&patience.servers);
        let gives_up = Instant::now() + patience.waits;
        let [mut seconds, mut looks] = [EACH_SECOND, LOOK_AT_TRUST].map(tokio::time::interval);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let timer = self.timer();
            tokio::select! {
                () = &mut stop => break,
                Some(verified) = queues.verified.recv() => self.take_all(verified).await?,
                Some(news) = queues.news.recv() => self.hear(news).await?,
                Some(written) = queues.written.recv() => {
                    self.wrote(&written);
                    if let Some(ended) = self.once {
                        return written.error.map_or(Ok(ended), |error| Err(RoundsError::Write(error)));
                    }
                }
                () = sleep_until(timer.unwrap_or(gives_up)), if timer.is_some() => self.tick().await?,
                () = queues.hangups.next() => self.reload().await?,
                _ = seconds.tick() => self.trust.keys.another_second(),
                _ = looks.tick() => self.look_at_trust().await?,
                () = sleep_until(gives_up), if self.mode.once && self.client.is_none() => {
                    return Err(RoundsError::Unreached { servers: patience.servers, waited: patience.waits });
                }
            }
        }
        self.stop(queues).await
    }

    /// What has come in is written before the end, however little of a round it is.
    async fn stop(&mut self, mut queues: Queues) -> Result<Ended, RoundsError> {
        // And no more than that: who floods the bus is not to keep the gatherer from its end.
        for _ in 0..queues.verified.len() {
            let Ok(verified) = queues.verified.try_recv() else { break };
            self.take_all(verified).await?;
        }
        let acts = self.gathering.finish(self.clock.now());
        self.act(acts).await;
        let mut failed = None;
        // A round may be in hand, and this one wait behind it.
        while self.writing > 0
            && let Ok(Some(written)) = timeout(FAREWELL, queues.written.recv()).await
        {
            self.wrote(&written);
            failed = written.error;
        }
        failed.map_or(Ok(Ended::Stopped), |error| Err(RoundsError::Write(error)))
    }

    /// Lets the threads end that print and write.
    pub(crate) fn finish(self) {
        self.print.finish();
        self.store.finish();
        self.journal.finish();
    }

    /// When the loop has something to do by itself.
    fn timer(&self) -> Option<Instant> {
        let now = self.clock.now();
        let tick = self.gathering.next_tick().map(|due| Instant::now() + due.saturating_sub(now.monotonic));
        let tick = tick.map(|tick| self.backlog.looks(tick));
        [tick, self.next_round].into_iter().flatten().min()
    }

    async fn tick(&mut self) -> Result<(), SealError> {
        let now = self.clock.now();
        let acts = if self.next_round.is_some_and(|next| next <= Instant::now()) {
            // The wait for each round is measured anew by the aligned wall clock, so that rounds never drift.
            self.next_round = Some(Instant::now() + self.gathering.until_next_round(now));
            let (pace, since) = &mut self.pace;
            if let Some(each) = since.look(pace) {
                self.gathering.drained(each);
            }
            self.backlog.forget();
            self.gathering.begin_round(now)?
        } else if self.is_held_up(now) {
            return Ok(());
        } else {
            self.gathering.tick(now)?
        };
        self.act(acts).await;
        Ok(())
    }

    fn is_held_up(&mut self, now: Moment) -> bool {
        let is_due = self.gathering.next_tick().is_some_and(|due| due <= now.monotonic);
        is_due && self.backlog.holds_up(&self.pace.0, Instant::now())
    }

    /// What was verified together.
    async fn take_all(&mut self, verified: Vec<Verified>) -> Result<(), SealError> {
        let (started, count) = (Instant::now(), verified.len());
        for verified in verified {
            self.take(verified).await?;
        }
        self.pace.1.took(started.elapsed());
        self.pace.0.passed(count);
        Ok(())
    }

    async fn take(&mut self, verified: Verified) -> Result<(), SealError> {
        let acts = match verified {
            Verified::Reply(opened, at, entry) => {
                let poll = opened.message.poll;
                let acts = self.gathering.reply(&opened.topic, opened.message, at, self.clock.now())?;
                self.record(poll, entry, &acts);
                acts
            }
            Verified::Announcement(opened, at) => {
                self.gathering.announce(opened.topic.signer(), &opened.message, at)?
            }
            Verified::Bye(opened, at) => self.gathering.bye(opened.topic.signer(), &opened.message, at),
            Verified::Rejected(rejection, named) => vec![self.gathering.reject(rejection, named)],
        };
        self.act(acts).await;
        Ok(())
    }

    async fn reload(&mut self) -> Result<(), SealError> {
        tracing::info!("the trust file is read again; other settings hold from the next start on");
        let read = self.trust.source.read();
        self.decide(read).await
    }

    async fn look_at_trust(&mut self) -> Result<(), SealError> {
        match self.trust.source.read_if_settled() {
            Some(read) => self.decide(read).await,
            None => Ok(()),
        }
    }

    /// A file that cannot be read decides nothing: what held before goes on.
    async fn decide(&mut self, read: Result<Decision, TrustError>) -> Result<(), SealError> {
        let decision = match read {
            Ok(decision) => decision,
            Err(error) => {
                self.gathering.tally.trust_errors += 1;
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
                tracing::error!("{error}{cause}; who was trusted before still is");
                return Ok(());
            }
        };
        self.gathering.tally.trust_errors += u64::from(!decision.whole);
        tracing::info!("keys that are trusted by name: {}", decision.admission.trusted());
        self.trust.keys.decide(decision.admission.clone());
        let acts = self.gathering.decide(decision.admission, self.clock.now())?;
        self.act(acts).await;
        Ok(())
    }

    /// Puts a reply into the journal if it was accepted, before its round's end is among what was done.
    fn record(&mut self, poll: Hash, entry: Option<Entry>, acts: &[Act]) {
        let accepted = acts.iter().find_map(|act| if let Act::Accepted { late } = act { Some(*late) } else { None });
        if let Some(late) = accepted {
            self.journal.accepted(poll, entry, late, self.clock.now());
        }
    }

    async fn hear(&mut self, news: News) -> Result<(), RoundsError> {
        match news {
            News::Connected(client) => match self.client.replace(client) {
                None => self.first_round().await?,
                Some(_) => self.connected_again().await?,
            },
            News::Bus(BusEvent::Up) => self.connected_again().await?,
            News::Bus(BusEvent::Down) => {
                tracing::warn!("NATS at {} is away; it is tried until it is back", self.servers);
            }
            News::Bus(BusEvent::Refused) => {
                if self.bus_troubles.due(self.clock.now(), "refused").is_some() {
                    tracing::error!("NATS refuses the gatherer's login, which it took before: look at its users");
                }
            }
            News::Bus(BusEvent::Denied(what)) => return Err(RoundsError::Denied(what)),
            News::Bus(BusEvent::Lost) => {
                self.gathering.lost(self.clock.now());
                if self.bus_troubles.due(self.clock.now(), "lost").is_some() {
                    tracing::warn!("messages were lost: they came faster than they were verified");
                }
            }
            News::Bus(BusEvent::Said(what)) => {
                if self.bus_troubles.due(self.clock.now(), "said").is_some() {
                    tracing::warn!("NATS: {what}");
                }
            }
            // A new connection is being made: it is said when it is there, and why not until then.
            News::Bus(BusEvent::Closed) => {}
        }
        Ok(())
    }

    async fn first_round(&mut self) -> Result<(), SealError> {
        tracing::info!("connected to {}; the first round starts now", self.servers);
        let now = self.clock.now();
        let first = self.gathering.begin_round(now)?;
        if !self.mode.once {
            self.next_round = Some(Instant::now() + self.gathering.until_next_round(now));
        }
        self.act(first).await;
        Ok(())
    }

    async fn connected_again(&mut self) -> Result<(), SealError> {
        self.bus_troubles.reset();
        tracing::info!("connected again to {}", self.servers);
        let again = self.gathering.was_away(self.clock.now())?;
        self.act(again.into_iter().collect()).await;
        Ok(())
    }

    async fn act(&mut self, acts: Vec<Act>) {
        (self.gathering.tally.journal_lost, self.gathering.tally.journal_errors) = self.journal.lost_and_errors();
        for act in acts {
            match act {
                Act::Publish(sealed) => {
                    self.journal.asked(&sealed, self.clock.now());
                    self.publish(sealed).await;
                }
                Act::Write { records, catalogue, pending } => {
                    self.show.round(&records, catalogue.as_ref(), self.clock.now());
                    self.write(Job { records, catalogue, pending });
                }
                Act::Connected(key, record) => self.print.connected(key, &record),
                Act::Disconnected(key, record) => self.print.disconnected(key, &record),
                Act::Stats(key, record) => self.print.stats(key, &record),
                // It went into the journal before.
                Act::Accepted { .. } => {}
                Act::Closed { answered, present } => {
                    self.journal.round_over();
                    self.once = self.mode.once.then_some(Ended::Once { answered, present });
                    tracing::debug!("{answered} of {present} providers answered");
                }
                Act::Rejected(rejection) => {
                    if let Some(more) = self.rejections.due(self.clock.now(), rejection.reason.label()) {
                        tracing::warn!("a message was not taken: {rejection} ({more} more since the last such line)");
                    }
                }
            }
        }
    }

    async fn publish(&mut self, sealed: Sealed) {
        let Some(client) = &self.client else { return };
        match Bus::publish(client, sealed).await {
            Ok(()) => self.bus_troubles.reset(),
            Err(error) => {
                self.gathering.tally.unsent += 1;
                if self.bus_troubles.due(self.clock.now(), error.kind()).is_some() {
                    tracing::warn!("a poll is not sent: {error}; the snapshot keeps the last values");
                }
            }
        }
    }

    /// Hands a round to the thread that writes; while it is busy the newest one waits.
    fn write(&mut self, job: Job) {
        let Err(job) = self.store.write(job) else {
            self.writing += 1;
            return;
        };
        if let Some(older) = self.waiting.replace(job) {
            self.gathering.tally.write_errors += 1;
            self.unwritten(older.catalogue.is_some(), older.pending.is_some());
            if self.write_troubles.due(self.clock.now(), "slow").is_some() {
                tracing::error!("the disk does not keep up; a round's snapshot is left out for a newer one");
            }
        }
    }

    /// What was to be written beside a snapshot is written with the next one.
    fn unwritten(&mut self, catalogue: bool, pending: bool) {
        if catalogue {
            self.gathering.catalogue_unwritten();
        }
        if pending {
            self.gathering.pending_unwritten();
        }
    }

    fn wrote(&mut self, written: &Written) {
        self.writing = self.writing.saturating_sub(1);
        self.gathering.tally.write_time = written.took;
        match &written.error {
            None => self.write_troubles.reset(),
            Some(error) => {
                self.gathering.tally.write_errors += 1;
                self.unwritten(written.with_catalogue, written.with_pending);
                // Once a round, for what is not on disk is lost with this run.
                tracing::error!("{error}; gathering goes on in memory");
            }
        }
        if let Some(job) = self.waiting.take() {
            self.write(job);
        }
    }
}
