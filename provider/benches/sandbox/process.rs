//! A provider's process: its memory at rest and after many polls, and the time from its start to its announcement.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use statsgrid_provider::{Provider, Settings};
use statsgrid_wire::{Hex, Identity};

use crate::machine::resident;
use crate::table::{Table, median, shown};

type Failed = Box<dyn Error + Send + Sync>;

/// Longer than anything here takes: 110 components compile within a minute on two cores that are busy.
const PATIENCE: Duration = Duration::from_secs(600);

/// A program that ends with its guard.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // What has ended already cannot be killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The rows of memory and of the start.
pub async fn measure(table: &Table, component: &Path, folder: &Path, starts: usize) -> Result<(), Failed> {
    let server = Server::start(folder).await?;
    let mut at_rest = Vec::new();
    for producers in [1, 10, 110] {
        let config = configure(folder, component, producers, Some(&server.address))?;
        server.start_provider(&config).await?; // Compiles what is not in the cache yet.
        let (provider, _) = server.start_provider(&config).await?;
        tokio::time::sleep(Duration::from_secs(12)).await;
        at_rest.push(resident(&provider.0.id().to_string()));
    }
    let [[one, _], [ten, ten_own], [many, many_own]] = at_rest.try_into().map_err(|_| "not three measurements")?;
    table.figure("memory at rest, 1 producer", &format!("{one} KiB"), "");
    table.figure("memory at rest, 10 producers", &format!("{ten} KiB"), "<= 20 MiB");
    table.figure("  of which no file backs", &format!("{ten_own} KiB"), "");
    table.figure("memory at rest, 110 producers", &format!("{many} KiB"), "");
    table.figure("  each further producer", &format!("{} KiB", many.saturating_sub(ten) / 100), "<= 100 KiB");
    table.figure("  of which no file backs", &format!("{} KiB", many_own.saturating_sub(ten_own) / 100), "");
    let config = configure(folder, component, 100, Some(&server.address))?;
    let mut times = Vec::new();
    for _ in 0..=starts {
        times.push(server.start_provider(&config).await?.1);
    }
    times.remove(0);
    table.figure("start to announcement, 100 cached producers", &shown(median(times)), "<= 150 ms");
    Ok(())
}

/// The row of many polls: samples and their replies, taken in this process.
pub async fn grow(table: &Table, component: &Path, folder: &Path, polls: u64) -> Result<(), Failed> {
    let settings = Settings::load(&configure(folder, component, 1, None)?)?;
    let (node, _) = Provider::new(settings).start().await?;
    let mut before = 0;
    for poll in 0..polls + polls / 10 {
        if poll == polls / 10 {
            before = resident("self")[0];
        }
        let taken = node.take(PATIENCE).await;
        serde_json::to_vec(&node.reply(Hex([0; 32]), &taken, poll, &[]))?;
    }
    let grown = resident("self")[0].saturating_sub(before);
    table.figure(&format!("memory grown after {polls} polls"), &format!("{grown} KiB"), "0");
    Ok(())
}

/// A folder's provider.toml with so many sections, each of a file of its own, so that no code is shared.
fn configure(folder: &Path, component: &Path, producers: usize, gatherer: Option<&str>) -> Result<PathBuf, Failed> {
    let mut text = gatherer.map(|address| format!("gatherer = {address:?}\n")).unwrap_or_default();
    for index in 0..producers {
        let file = folder.join(format!("twenty{index}.wasm"));
        // A custom section of its own makes another component of it, which does the same.
        let name = format!("{index:03}");
        let section = [&[0, 1 + name.len() as u8, name.len() as u8][..], name.as_bytes()].concat();
        std::fs::write(&file, [std::fs::read(component)?, section].concat())?;
        write!(text, "[producers.twenty{index}]\ncomponent = {file:?}\n")?;
    }
    let config = folder.join("provider.toml");
    std::fs::write(&config, text)?;
    Ok(config)
}

/// A NATS server and the one who hears what is announced there.
struct Server {
    _server: Guard,
    client: async_nats::Client,
    address: String,
}

impl Server {
    async fn start(folder: &Path) -> Result<Self, Failed> {
        let program = std::env::var_os("STATSGRID_NATS_SERVER").unwrap_or_else(|| "nats-server".into());
        let mut server = Command::new(program);
        server.args(["--addr", "127.0.0.1", "--port", "-1", "--ports_file_dir"]).arg(folder);
        let server = Guard(server.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        let ports = folder.join(format!("nats-server_{}.ports", server.0.id()));
        let ends = Instant::now() + PATIENCE;
        let url = loop {
            let text = std::fs::read_to_string(&ports).unwrap_or_default();
            // The file appears once it listens, not always whole.
            if let Some(url) = text.split('"').find(|part| part.starts_with("nats://"))
                && text.trim_end().ends_with('}')
            {
                break url.to_owned();
            }
            if Instant::now() > ends {
                return Err("the NATS server does not listen".into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let client = async_nats::connect(&url).await?;
        let address = format!("{url}/stats.v1/{}", Identity::generate()?.public_key());
        Ok(Self { _server: server, client, address })
    }

    /// Starts a provider; gives it with the time that it took to announce itself.
    async fn start_provider(&self, config: &Path) -> Result<(Guard, Duration), Failed> {
        let mut announcements = self.client.subscribe("stats.v1.announce.>").await?;
        self.client.flush().await?;
        let mut provider = Command::new(env!("CARGO_BIN_EXE_stats-provider"));
        provider.args(["--log", "off", "run", "--config"]).arg(config);
        let started = Instant::now();
        let provider = Guard(provider.stdout(Stdio::null()).spawn()?);
        tokio::time::timeout(PATIENCE, announcements.next()).await?.ok_or("the bus ended")?;
        Ok((provider, started.elapsed()))
    }
}
