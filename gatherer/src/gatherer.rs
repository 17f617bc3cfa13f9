//! A gatherer from its settings to its stop: the files it needs, the threads it starts, the order in which they end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use statsgrid_wire::daemon::atomic::{self, WriteError};
use statsgrid_wire::daemon::web::{BindError, Server};
use statsgrid_wire::daemon::{Hangups, Lock, LockError, SeedFileError, load_identity, load_or_make_identity};
use statsgrid_wire::subject::Scope;
use statsgrid_wire::{Address, Clock, Id, Identity, PublicKey, SystemClock};
use tokio::sync::{mpsc, watch};

use crate::journal::{Journal, JournalError};
use crate::limits::{ADDRESS_TRIES, MISSES, NEWS, RECEIVED, VERIFIED, WRITTEN};
use crate::paths::MissingFolder;
use crate::pipeline::{Hears, Keys, Link, Pace, Store, receive, verify};
use crate::print::Print;
use crate::round::{Gathering, Plan, Restored, Roster, Tally};
use crate::serve::{Ended, Mode, Outlets, Patience, Queues, Rounds, RoundsError, Trust};
use crate::settings::{InvalidSettings, Settings};
use crate::snapshot::{Catalogue, CatalogueError, LoadError, Role, beside, load_or_set_aside};
use crate::trust::{Admission, Pending, PendingError, Source, TrustError, Watched};
use crate::web::{self, Show, View};

/// Who else may hold the snapshot's lock, and what to do then.
const HOLDER: &str = "gatherer";
const REMEDY: &str = "stop that one, or give this one a snapshot of its own";

/// Why a gatherer does not run.
#[derive(Debug, thiserror::Error)]
pub enum GathererError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
    /// The identity.
    #[error(transparent)]
    Identity(#[from] SeedFileError),
    /// A folder for what is written.
    #[error(transparent)]
    Folder(#[from] MissingFolder),
    /// Another gatherer.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The last snapshot.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The last catalogue.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The trust file.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The keys that waited at the end of the last run.
    #[error(transparent)]
    Pending(#[from] PendingError),
    /// The address cannot be written.
    #[error("the address cannot be written to a file")]
    Address(#[source] WriteError),
    /// The address of the pages.
    #[error(transparent)]
    Listen(#[from] BindError),
    /// The rounds.
    #[error(transparent)]
    Rounds(#[from] RoundsError),
    /// A thread cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] io::Error),
    /// The system gives no randomness.
    #[error("no randomness for this run's id")]
    Random(#[source] getrandom::Error),
}

/// Writes the address of the gatherer of `settings` to its file, making the identity if there is none.
pub fn write_address(settings: &Settings) -> Result<Address, GathererError> {
    settings.check_files()?;
    settings.check_folders()?;
    let identity = load_or_make_identity(&settings.identity_path()?)?;
    let address = settings.address(identity.public_key())?;
    let line = format!("{address}\n");
    let path = settings.address_path()?;
    // With a login in it, it is for the nodes and not for everybody on this machine.
    let mode = if address.enrolment.is_some() { 0o640 } else { 0o644 };
    let stands = || std::fs::read(&path).is_ok_and(|held| held == line.as_bytes());
    // Others that write the same line at the same moment get in each other's way: one of them succeeds, and the others
    // find it done.
    for tries_left in (0..ADDRESS_TRIES).rev() {
        match atomic::write(&path, mode, |out| io::Write::write_all(out, line.as_bytes())) {
            Err(error) if tries_left == 0 && !stands() => return Err(GathererError::Address(error)),
            Err(_) if !stands() => {}
            _ => break,
        }
    }
    Ok(address)
}

/// What a gatherer is reached by.
#[derive(Clone, Debug)]
pub struct Up {
    /// What providers take.
    pub address: Address,
    /// Where its pages are, if they are served.
    pub pages: Option<SocketAddr>,
}

/// Gathers until `stop` is ready, or until the one round of `mode` is over; looks at the trust file at each of `hangups`
/// too. `up` is called once the files are there.
pub async fn run(
    settings: &Settings,
    mode: Mode,
    stop: impl Future<Output = ()>,
    hangups: Hangups,
    up: impl FnOnce(&Up),
) -> Result<Ended, GathererError> {
    let plan = settings.plan()?;
    settings.check_files()?;
    settings.check_folders()?;
    let (servers, bus) = (settings.servers()?, settings.bus()?);
    let snapshot = settings.snapshot()?.to_owned();
    // Before anything is made: two gatherers that start at once would both make an identity.
    let lock = Lock::take(&beside(&snapshot, "lock"), HOLDER, REMEDY)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let server = settings.listen.map(|listen| Server::bind(listen, settings.listen_names.clone().unwrap_or_default()));
    let server = server.transpose()?;
    let journal = match settings.journal()? {
        Some(plan) => Journal::on(&plan, clock.clone())?,
        None => Journal::off(),
    };
    let address = write_address(settings)?;
    let identity = Arc::new(load_identity(&settings.identity_path()?)?);
    let mut trust = Source::new(Watched::new(settings.trust_path()?), settings.enrol(), plan.scope);
    let decision = trust.read()?;
    let keys = Arc::new(Keys::of(address.gatherer, decision.admission.clone()));
    let mut gathering = restore(settings, identity.clone(), decision.admission, clock.as_ref())?;
    gathering.tally.trust_errors += u64::from(!decision.whole);
    let pages = server.as_ref().map(Server::address);
    let show = show(server, &gathering, address.gatherer, &plan, &clock).map_err(GathererError::Thread)?;
    up(&Up { address: address.clone(), pages });

    let (stopper, stopped) = watch::channel(false);
    let (messages, received) = mpsc::channel(RECEIVED);
    let (opened, verified) = mpsc::channel(VERIFIED);
    let (told, news) = mpsc::channel(NEWS);
    let (done, written) = mpsc::channel(WRITTEN);
    let store = Store::start(snapshot, done).map_err(GathererError::Thread)?;
    let pace = Arc::new(Pace::default());
    let hears = Hears { subjects: address.subjects.clone(), scope: plan.scope, journal: journal.is_on() };
    let verifiers = verify(&keys, &hears, &pace, received, &opened);
    let verifiers = verifiers.map_err(GathererError::Thread)?;
    drop(opened);
    let (name, subjects) = (plan.nickname.clone(), address.subjects.clone());
    let link = Link { servers, identity, settings: bus, name, subjects, scope: plan.scope };
    let receiver = receive(link.clone(), clock.clone(), pace.clone(), messages, told, stopped);
    let receiver = receiver.map_err(GathererError::Thread)?;

    let print = if mode.print { Print::on().map_err(GathererError::Thread)? } else { Print::off() };
    let trust = Trust { source: trust, keys };
    let mut rounds = Rounds::new(gathering, clock, mode, Outlets { print, store, journal, show }, trust, pace);
    let patience = Patience { waits: plan.deadline, servers: link.servers.join(",") };
    let ended = rounds.serve(Queues { verified, news, written, hangups }, stop, patience).await;
    let _ = stopper.send(true);
    // Each thread ends with the one before it: without messages nothing is verified.
    let _ = receiver.join();
    for verifier in verifiers {
        let _ = verifier.join();
    }
    rounds.finish();
    drop(lock);
    Ok(ended?)
}

/// Where the rounds show what they have come to: on a thread that serves it, if anybody may look.
fn show(
    server: Option<Server>,
    gathering: &Gathering,
    gatherer: PublicKey,
    plan: &Plan,
    clock: &Arc<dyn Clock>,
) -> io::Result<Show> {
    let Some(server) = server else { return Ok(Show::nobody()) };
    let (records, catalogue) = gathering.restored();
    let (views, viewers) = watch::channel(Arc::new(View::of(gatherer, records, catalogue, None)));
    web::start(server, viewers, plan, clock.clone())?;
    Ok(Show::to(views))
}

/// The state of the last run: its records and its descriptions.
fn restore(
    settings: &Settings,
    identity: Arc<Identity>,
    admission: Admission,
    clock: &dyn Clock,
) -> Result<Gathering, GathererError> {
    let now = clock.now();
    let (snapshot, set_aside) = load_or_set_aside(settings.snapshot()?, now.wall_ms)?;
    if let Some(warning) = set_aside {
        tracing::warn!("{warning}");
    }
    let catalogue = restore_catalogue(settings.snapshot()?)?;
    let instance = Id::random().map_err(GathererError::Random)?;
    let own = identity.public_key();
    let plan = settings.plan()?;
    let mut records = snapshot.records;
    // A round that is still to come was named by a clock that was wrong.
    let own = records.remove(&own);
    // That of an identity that was given up is nobody's any more.
    records.retain(|_, record| record.role == Role::Provider);
    let before = records.len();
    records.retain(|key, _| plan.scope.holds(key));
    if let (Scope::Shard(shard), others @ 1..) = (plan.scope, before - records.len()) {
        tracing::warn!("{others} records of the snapshot are of other shards than {shard}, and leave it");
    }
    let last_round = own.as_ref().map(|own| own.round).filter(|round| *round <= now.wall_ms);
    let written = own.map(|own| own.timestamp).unwrap_or_default();
    let roster = Roster::of(records, written, plan.interval.saturating_mul(MISSES), now);
    let tally = Tally::start(instance, now);
    let last_round = last_round.unwrap_or_default();
    let pending = restore_pending(settings.snapshot()?)?.restored(now);
    let restored = Restored { roster, catalogue, pending, last_round };
    Ok(Gathering::new(identity, settings.subjects()?, plan, admission, restored, tally))
}

/// Who still asks is heard again.
fn restore_pending(snapshot: &Path) -> Result<Pending, GathererError> {
    match Pending::read(snapshot) {
        Err(error @ PendingError::Corrupt { .. }) => {
            tracing::warn!("{error}; it is replaced");
            Ok(Pending::default())
        }
        read => Ok(read?),
    }
}

/// What is lost of it is asked for again, so it never keeps a gatherer from starting.
fn restore_catalogue(snapshot: &Path) -> Result<Catalogue, GathererError> {
    match Catalogue::read(snapshot) {
        Ok((catalogue, 0)) => Ok(catalogue),
        Ok((catalogue, dropped)) => {
            tracing::warn!("{dropped} entries of the catalogue are not what their hash says, and are asked for again");
            Ok(catalogue)
        }
        Err(error @ CatalogueError::Corrupt { .. }) => {
            tracing::warn!("{error}; it is replaced");
            Ok(Catalogue::default())
        }
        Err(error) => Err(error.into()),
    }
}
