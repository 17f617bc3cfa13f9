//! The command line: flags and environment variables over the file.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use statsgrid_wire::daemon::LogOptions;

/// Runs producers of stats in a sandbox and answers polls over NATS with signed replies.
#[derive(Debug, Parser)]
#[command(name = "stats-provider", version)]
pub struct Cli {
    #[command(flatten)]
    pub log: LogOptions,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve until SIGTERM
    Run {
        #[command(flatten)]
        node: NodeOptions,

        /// Check the configuration, say what is wrong, and end
        #[arg(long)]
        check_config: bool,
    },
    /// Take one reading and print the reply that a poll would get
    Once {
        #[command(flatten)]
        node: NodeOptions,
    },
    /// Say what a file is, what it asks for and gets, and take one reading of it
    Check {
        /// The component
        file: PathBuf,

        /// Take grants and config from the section of this file whose component it is
        #[arg(long, value_name = "FILE", env = "STATSGRID_PROVIDER_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Print the node's public key, and make the identity if there is none
    Identity {
        #[command(flatten)]
        node: NodeOptions,
    },
}

#[derive(Args, Debug)]
pub struct NodeOptions {
    /// The configuration
    #[arg(long, value_name = "FILE", env = "STATSGRID_PROVIDER_CONFIG", default_value = "provider.toml")]
    pub config: PathBuf,

    /// What people call the node
    #[arg(long, value_name = "NAME", env = "STATSGRID_NICKNAME")]
    pub nickname: Option<String>,

    /// The seed file
    #[arg(long, value_name = "FILE", env = "STATSGRID_PROVIDER_IDENTITY")]
    pub identity: Option<PathBuf>,

    /// A gatherer's address; may be given more than once
    #[arg(long, value_name = "ADDRESS", env = "STATSGRID_GATHERER", value_delimiter = ' ')]
    pub gatherer: Vec<String>,
}
