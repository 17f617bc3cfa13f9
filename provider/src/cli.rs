//! The command line: flags and environment variables over the file.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use statsgrid_provider::HttpHost;
use statsgrid_wire::daemon::web::Listen;
use statsgrid_wire::daemon::{LogOptions, Shell};

use crate::commands::PackageName;

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
    Run(RunOptions),
    /// Take one reading and print the reply that a poll would get
    Once {
        #[command(flatten)]
        node: NodeOptions,
    },
    /// Say what a file is, what it asks for and gets, and take one reading of it
    Check(CheckOptions),
    /// Write the package of a producer that builds, is tested, and passes `check`
    New(NewOptions),
    /// Print the node's public key, and make the identity if there is none
    Identity {
        #[command(flatten)]
        node: NodeOptions,
    },
    /// Print the completions of a shell
    Completions {
        /// Which one
        shell: Shell,
    },
    /// Write the man pages of stats-provider and each of its commands
    ManPages {
        /// The folder that they are written into, which is made if need be
        folder: PathBuf,

        /// The date that they bear, as `2026-11-23`; by default none, so that each build makes the same pages
        #[arg(long, value_name = "DATE")]
        date: Option<String>,
    },
}

#[derive(Args, Debug)]
pub struct RunOptions {
    #[command(flatten)]
    pub node: NodeOptions,

    /// Serve the node's own /statistics and /metrics over HTTP here, as `127.0.0.1:9464` or `9464`
    ///
    /// A port alone is of this machine; 0.0.0.0:9464 is for others too. Whoever reaches it may read all values: there is
    /// no login, which a proxy in front of it can give.
    #[arg(long, value_name = "ADDRESS", env = "STATSGRID_PROVIDER_LISTEN")]
    pub listen: Option<Listen>,

    /// A name under which readers reach these pages, beside addresses and localhost
    #[arg(long = "listen-name", value_name = "NAME", env = "STATSGRID_PROVIDER_LISTEN_NAMES", value_delimiter = ',')]
    pub listen_names: Vec<String>,

    /// Check the configuration, say what is wrong, and end
    #[arg(long)]
    pub check_config: bool,
}

#[derive(Args, Debug)]
pub struct CheckOptions {
    /// The component
    pub file: PathBuf,

    /// Take grants and config from the section of this file that runs the component
    #[arg(long, value_name = "FILE", env = "STATSGRID_PROVIDER_CONFIG")]
    pub config: Option<PathBuf>,

    /// Take the section of this name, whatever it runs: for a file that is to replace another
    #[arg(long, value_name = "NAME", requires = "config")]
    pub section: Option<String>,

    /// Grant this file too; may be given more than once, as all that follow
    #[arg(long, value_name = "PATH")]
    pub grant_file: Vec<PathBuf>,

    /// Grant this folder too
    #[arg(long, value_name = "PATH")]
    pub grant_folder: Vec<PathBuf>,

    /// Grant this environment variable too
    #[arg(long, value_name = "VARIABLE")]
    pub grant_env: Vec<String>,

    /// Grant HTTP requests to this host and port too
    #[arg(long, value_name = "HOST:PORT")]
    pub grant_http: Vec<HttpHost>,

    /// Tell its `init` this, over what the section tells
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub config_value: Vec<(String, String)>,

    /// Check again each time the file or the configuration changes, until Ctrl-C
    #[arg(long)]
    pub watch: bool,

    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct NewOptions {
    /// Its name, and that of the folder that is made here: letters, digits, `-` and `_`
    pub name: PackageName,

    /// Take the SDK from this folder instead of the registry
    #[arg(long, value_name = "FOLDER")]
    pub sdk_path: Option<PathBuf>,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let parted = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = parted.ok_or("write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
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
