//! The command line: flags and environment variables over the file.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use statsgrid_gatherer::settings::Enrol;
use statsgrid_wire::daemon::{BusSettings, LogOptions};

/// Polls all providers over NATS, verifies their signed replies and writes one snapshot.
#[derive(Debug, Parser)]
#[command(name = "stats-gatherer", version)]
pub struct Cli {
    #[command(flatten)]
    pub log: LogOptions,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Gather until SIGTERM
    Run(Box<RunOptions>),
    /// Print the gatherer's address, one line that a provider takes, and write it to its file
    Address {
        #[command(flatten)]
        gatherer: GathererOptions,
    },
    /// Print a snapshot as a table
    Show {
        /// The snapshot
        snapshot: PathBuf,

        /// Print it again after each round
        #[arg(long)]
        watch: bool,

        /// With --watch: end after so many rounds
        #[arg(long, value_name = "N", requires = "watch")]
        rounds: Option<u64>,
    },
}

#[derive(Args, Debug)]
pub struct RunOptions {
    #[command(flatten)]
    pub gatherer: GathererOptions,

    /// Who is taken in
    #[arg(long, value_name = "WHO", env = "STATSGRID_ENROL")]
    pub enrol: Option<Enrol>,

    /// Between two rounds, as `60s`
    #[arg(long, value_name = "TIME", env = "STATSGRID_INTERVAL", value_parser = humantime::parse_duration)]
    pub interval: Option<Duration>,

    /// How long a round waits for who is missing
    #[arg(long, value_name = "TIME", env = "STATSGRID_DEADLINE", value_parser = humantime::parse_duration)]
    pub deadline: Option<Duration>,

    #[command(flatten)]
    pub bus: BusSettings,

    /// Poll once, wait to the deadline, write the snapshot, and end
    #[arg(long)]
    pub once: bool,

    /// Print who comes, who goes and what they say
    #[arg(long)]
    pub print: bool,

    /// Check the configuration, say what is wrong, and end
    #[arg(long)]
    pub check_config: bool,
}

#[derive(Args, Debug)]
pub struct GathererOptions {
    /// The configuration
    #[arg(long, value_name = "FILE", env = "STATSGRID_GATHERER_CONFIG")]
    pub config: Option<PathBuf>,

    /// The snapshot
    #[arg(long, value_name = "PATH", env = "STATSGRID_SNAPSHOT")]
    pub snapshot: Option<PathBuf>,

    /// The NATS servers, parted by commas
    #[arg(long, value_name = "URL", env = "STATSGRID_NATS", value_delimiter = ',')]
    pub nats: Option<Vec<String>>,

    /// The NATS servers as providers reach them
    #[arg(long, value_name = "URL", env = "STATSGRID_ADVERTISE", value_delimiter = ',')]
    pub advertise: Option<Vec<String>>,

    /// The first tokens of all subjects
    #[arg(long, value_name = "TOKENS", env = "STATSGRID_PREFIX")]
    pub prefix: Option<String>,

    /// The seed file; by default gatherer.seed beside the snapshot
    #[arg(long, value_name = "FILE", env = "STATSGRID_GATHERER_IDENTITY")]
    pub identity: Option<PathBuf>,

    /// Where the address is written; by default gatherer.address beside the snapshot
    #[arg(long, value_name = "FILE", env = "STATSGRID_ADDRESS_FILE")]
    pub address_file: Option<PathBuf>,

    /// What people call the gatherer
    #[arg(long, value_name = "NAME", env = "STATSGRID_NICKNAME")]
    pub nickname: Option<String>,
}
