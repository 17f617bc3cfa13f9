//! A provider from its settings to its stop, in the order of the design: identity ready, producers loaded, connected,
//! subscribed, announced.

use std::collections::BTreeSet;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use statsgrid_wire::daemon::web::{BindError, Server};
use statsgrid_wire::daemon::{BusSettings, Hangups, Lock, LockError, SeedFileError, load_or_make_identity};
use statsgrid_wire::{Address, Clock, Id, NameError, SystemClock, check_producer_name};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::bus::{LinkError, serve};
use crate::counters::{CountedSince, Counters, Keeper, Kept, Saved, SavedError, Sections};
use crate::host::HostError;
use crate::limits::COUNTERS;
use crate::loader::Loader;
use crate::node::Node;
use crate::producers::{Producer, Producers, Source};
use crate::reload::Reload;
use crate::settings::{InvalidSettings, Settings};
use crate::statsd::{Gauges, SocketError, Statsd};
use crate::web::Pages;

/// Who else may hold the lock of the counters file, and what to do then.
const HOLDER: &str = "provider";
const REMEDY: &str = "stop that one, or give this one an identity and counters of its own";

/// A provider that is being put together: by the binary from a file, by a node that embeds it with producers and
/// counts of its own.
pub struct Provider {
    settings: Settings,
    counters: Counters,
    natives: Vec<(String, Source)>,
    clock: Arc<dyn Clock>,
    hangups: Option<Hangups>,
    pages: Option<Server>,
}

/// Why a provider does not run.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
    /// The identity.
    #[error(transparent)]
    Identity(#[from] SeedFileError),
    /// The counters of the last run.
    #[error(transparent)]
    Counters(#[from] SavedError),
    /// Another provider keeps its counters in the same file.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The thread that keeps the counters cannot be started.
    #[error("a thread cannot be started")]
    Thread(#[source] io::Error),
    /// The sandbox.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The address of the node's pages.
    #[error(transparent)]
    Listen(#[from] BindError),
    /// The statsd socket.
    #[error(transparent)]
    Statsd(#[from] SocketError),
    /// The system gives no randomness.
    #[error("no randomness for this run's id")]
    Random(#[source] getrandom::Error),
    /// No gatherer is left.
    #[error("gatherer {gatherer}")]
    Link {
        /// Which one.
        gatherer: String,
        /// Why.
        source: LinkError,
    },
}

/// Why a producer is not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Its name is none.
    #[error("producer {0:?}: {1}")]
    Name(String, NameError),
    /// Its name is another's.
    #[error("producer {0:?}: the name is taken")]
    Taken(String),
}

impl Provider {
    /// A provider of these settings.
    pub fn new(settings: Settings) -> Self {
        let clock = Arc::new(SystemClock::start());
        Self { settings, counters: Counters::default(), natives: Vec::new(), clock, hangups: None, pages: None }
    }

    /// Its counters, to count under full names.
    pub fn counters(&self) -> Counters {
        self.counters.clone()
    }

    /// Registers an object of the node: its stats go out under the prefix `name`.
    pub fn register(&mut self, name: &str, producer: impl Producer) -> Result<(), RegisterError> {
        check_producer_name(name).map_err(|error| RegisterError::Name(name.to_owned(), error))?;
        let statsd = self.settings.statsd.as_ref().is_some_and(|statsd| statsd.prefix == name);
        if statsd || self.settings.producers.contains_key(name) || self.natives.iter().any(|(held, _)| held == name) {
            return Err(RegisterError::Taken(name.to_owned()));
        }
        self.natives.push((name.to_owned(), Source::Native(Box::new(producer))));
        Ok(())
    }

    /// At each of these [`Self::run`] reads the sections of the settings' file again.
    pub fn reload_at(&mut self, hangups: Hangups) {
        self.hangups = Some(hangups);
    }

    /// Holds the address of the node's pages, if the settings have one, which [`Self::run`] then serves; gives it with
    /// the port that it got.
    pub fn listen(&mut self) -> Result<Option<SocketAddr>, ProviderError> {
        let Some(listen) = self.settings.listen else { return Ok(None) };
        let server = Server::bind(listen, self.settings.listen_names.clone())?;
        Ok(Some(self.pages.insert(server).address()))
    }

    /// Makes the identity ready, then loads and starts the producers. Nothing has touched the bus when it returns. Counters
    /// that are kept are read, and not written: that is [`Self::run`]'s.
    pub async fn start(self) -> Result<(Node, Settings), ProviderError> {
        let saved = self.settings.counters_path().map_or(Ok(None), |path| Saved::read(&path))?;
        let sections = self.sections();
        let (node, loader) = self.start_from(saved, &sections).await?;
        let settings = loader.settings().clone();
        Ok((node, settings))
    }

    /// [`Self::start`], and from here on the counters are kept, where that is wanted.
    async fn start_keeping(self, sections: Sections) -> Result<(Node, Loader), ProviderError> {
        let Some(path) = self.settings.counters_path() else { return self.start_from(None, &sections).await };
        // First of all: two of one identity that start at once would write over each other's counts.
        let lock = Lock::take(&path.with_added_extension("lock"), HOLDER, REMEDY)?;
        let saved = Saved::read_or_set_aside(&path, self.clock.now().wall_ms)?;
        let (mut node, loader) = self.start_from(saved, &sections).await?;
        let (counters, since, clock) = (node.counters.clone(), node.counted, node.clock.clone());
        let kept = Kept { path, lock, counters, since, sections, clock };
        node.keeper = Some(Keeper::start(kept).map_err(ProviderError::Thread)?);
        Ok((node, loader))
    }

    /// The prefixes that are a section's or a registered producer's.
    fn sections(&self) -> Sections {
        self.settings.producers.keys().cloned().chain(self.taken()).collect()
    }

    /// The prefixes that no section may have.
    fn taken(&self) -> BTreeSet<String> {
        let statsd = self.settings.statsd.iter().map(|statsd| &statsd.prefix);
        self.natives.iter().map(|(name, _)| name).chain(statsd).cloned().collect()
    }

    async fn start_from(self, saved: Option<Saved>, sections: &Sections) -> Result<(Node, Loader), ProviderError> {
        let started = self.clock.now();
        let before = saved.as_ref().map_or(Duration::ZERO, |saved| saved.age(started.wall_ms));
        if let Some(saved) = &saved {
            let section = |prefix: &str| self.settings.producers.get(prefix);
            let most = |prefix: &str| section(prefix).map_or(COUNTERS, |section| section.bounds().counters);
            self.counters.restore(saved, &sections.read(), most);
        }
        let identity = load_or_make_identity(&self.settings.identity_path())?;
        let nickname = self.settings.nickname();
        let mut loader = Loader::of(self.settings, self.counters.clone());
        let mut sources = self.natives;
        sources.extend(loader.load_all().await?);
        let node = Node {
            identity,
            nickname,
            instance: Id::random().map_err(ProviderError::Random)?,
            clock: self.clock.clone(),
            counters: self.counters,
            gauges: Gauges::default(),
            tells_usage: loader.settings().usage.unwrap_or(true),
            started,
            counted: CountedSince::before(before, started),
            keeper: None,
            producers: Producers::start(sources, self.clock).await,
        };
        Ok((node, loader))
    }

    /// Runs until `stop` is ready. `up` is called once the node is ready to be asked.
    pub async fn run(mut self, stop: impl Future<Output = ()>, up: impl FnOnce()) -> Result<(), ProviderError> {
        let (addresses, bus) = (self.settings.addresses()?, Arc::new(self.settings.bus()?));
        let (sections, taken, hangups) = (self.sections(), self.taken(), self.hangups.take());
        if self.pages.is_none() {
            self.listen()?;
        }
        let pages = self.pages.take();
        let mut stop = std::pin::pin!(stop);
        let (node, loader) = tokio::select! {
            started = self.start_keeping(sections.clone()) => started?,
            () = &mut stop => return Ok(()),
        };
        let node = Arc::new(node);
        let mut tasks = JoinSet::new();
        if let Some(statsd) = &loader.settings().statsd {
            let path = loader.settings().path(&statsd.socket);
            let statsd = Statsd::bind(&path, &statsd.prefix, &node.counters, &node.gauges)?;
            tasks.spawn(statsd.run());
        }
        if let Some(server) = pages {
            let pages = Arc::new(Pages::of(node.clone()));
            tasks.spawn(async move {
                let Err(error) = server.serve(pages).await;
                tracing::error!("pages are not served: {error}");
            });
        }
        tasks.spawn(Reload::of(node.clone(), loader, taken, sections).run(hangups));
        up();
        tracing::info!("{} is {}", node.nickname, node.identity.public_key());
        let result = link(&node, addresses, &bus, stop).await;
        tasks.shutdown().await;
        if let Some(keeper) = &node.keeper {
            keeper.close().await;
        }
        result
    }
}

/// Serves the gatherers of these addresses until `stop` is ready or none of them is left.
async fn link(
    node: &Arc<Node>,
    addresses: Vec<Address>,
    bus: &Arc<BusSettings>,
    stop: impl Future<Output = ()>,
) -> Result<(), ProviderError> {
    if addresses.is_empty() {
        tracing::warn!("no gatherer's address, so no bus is used: set `gatherer`, or put the file gatherer.address");
    }
    let (stopper, stopped) = watch::channel(false);
    let mut links = JoinSet::new();
    for address in addresses {
        let (node, bus, stopped) = (node.clone(), bus.clone(), stopped.clone());
        let gatherer = address.gatherer.to_string();
        links.spawn(async move {
            let ended = serve(node, address, bus, stopped).await;
            ended.map_err(|source| ProviderError::Link { gatherer, source })
        });
    }
    let result = watch_links(&mut links, stop).await;
    let _ = stopper.send(true);
    while links.join_next().await.is_some() {}
    result
}

/// Waits for `stop`, or for the last link to fail: one gatherer's failure is no reason to leave another.
async fn watch_links(
    links: &mut JoinSet<Result<(), ProviderError>>,
    stop: impl Future<Output = ()>,
) -> Result<(), ProviderError> {
    let mut stop = std::pin::pin!(stop);
    loop {
        let ended = tokio::select! {
            () = &mut stop => return Ok(()),
            Some(ended) = links.join_next() => ended,
            else => {
                stop.await;
                return Ok(());
            }
        };
        match ended {
            Ok(Err(error)) if links.is_empty() => return Err(error),
            Ok(Err(error)) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                tracing::error!("{error}: {cause}; the other gatherers go on");
            }
            Ok(Ok(())) => {}
            Err(panic) => tracing::error!("a link ended: {panic}"),
        }
    }
}
