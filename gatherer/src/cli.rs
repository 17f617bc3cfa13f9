//! The command line: flags and environment variables over the file.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use statsgrid_gatherer::settings::Enrol;
use statsgrid_wire::PublicKey;
use statsgrid_wire::daemon::web::Listen;
use statsgrid_wire::daemon::{BusSettings, ByteSize, LogOptions, Shell};
use statsgrid_wire::subject::Shard;

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
    /// List the providers that are trusted, pending or revoked
    Providers {
        #[command(flatten)]
        gatherer: GathererOptions,

        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Trust providers: their stats are taken from the next round on
    Approve {
        #[command(flatten)]
        gatherer: GathererOptions,

        /// Their public keys, as `providers` and `stats-provider identity` print them
        #[arg(value_name = "KEY", required_unless_present = "all_pending")]
        keys: Vec<PublicKey>,

        /// All that wait now: look at `providers` first, for anybody who reaches the bus can ask
        #[arg(long)]
        all_pending: bool,
    },
    /// Trust providers no more: their records leave the snapshot, and what they send is refused
    Revoke {
        #[command(flatten)]
        gatherer: GathererOptions,

        /// Their public keys
        #[arg(value_name = "KEY", required = true)]
        keys: Vec<PublicKey>,
    },
    /// Print the users and permissions that the NATS server needs, made from the trust file
    BusConfig {
        #[command(flatten)]
        gatherer: GathererOptions,

        /// Another gatherer on the same server, by its public key
        #[arg(long = "gatherer", value_name = "KEY")]
        also: Vec<PublicKey>,

        /// Put the users into this account of the server
        #[arg(long, value_name = "NAME", value_parser = account)]
        account: Option<String>,
    },
    /// Print what is wrong, one line a problem; ends with code 9 if stats are missing that should be there
    Status {
        #[command(flatten)]
        gatherer: GathererOptions,
    },
    /// Print a snapshot as a table, as JSON or as CSV
    ///
    /// Up to 20 nodes stand side by side with all their values. Of more the table has figures over all of them, or, with
    /// --stat, a line each; --json and --csv give every value, one by one. `*` behind a value marks it as stale.
    Show(ShowOptions),
    /// Join the snapshots of shards into one, for munin, `show` and others
    ///
    /// At any time, also while gatherers write theirs. A snapshot that is missing or no good is named and left out, and one
    /// that is old is named; the exit code is 9 then. Where two hold a node, the newer record counts.
    Merge(MergeOptions),
    /// Check a journal again, with nothing but the keys
    ///
    /// Names each bad entry with its file and line (of gatherers that --gatherer does not name the first ten), then says
    /// in numbers what the journal holds, which gatherers asked, and whose samples are missing between others. The exit
    /// code is 0 if no entry is bad, else 10.
    Verify(VerifyOptions),
    /// Print the completions of a shell
    Completions {
        /// Which one
        shell: Shell,
    },
    /// Write the man pages of stats-gatherer, each of its commands, and the munin plugin
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
    pub gatherer: GathererOptions,

    /// Ask only the Ith of N parts of all providers, as `2/8`: N gatherers of one identity ask a fleet together
    ///
    /// A provider's key says which part it is in. Each gatherer needs a snapshot of its own, and `merge` joins them.
    #[arg(long, value_name = "I/N", env = "STATSGRID_SHARD")]
    pub shard: Option<Shard>,

    /// Between two rounds, as `60s`
    #[arg(long, value_name = "TIME", env = "STATSGRID_INTERVAL", value_parser = humantime::parse_duration)]
    pub interval: Option<Duration>,

    /// How long a round waits for who is missing
    #[arg(long, value_name = "TIME", env = "STATSGRID_DEADLINE", value_parser = humantime::parse_duration)]
    pub deadline: Option<Duration>,

    /// Append each accepted reply with its poll, as they came and signed, to this file
    #[arg(long, value_name = "FILE", env = "STATSGRID_JOURNAL")]
    pub journal: Option<PathBuf>,

    /// Rotate the journal at this size, as `64MiB`
    #[arg(long, value_name = "SIZE", env = "STATSGRID_JOURNAL_SIZE")]
    pub journal_size: Option<ByteSize>,

    /// Keep so many older files of the journal, FILE.1 to FILE.N
    #[arg(long, value_name = "N", env = "STATSGRID_JOURNAL_KEEP")]
    pub journal_keep: Option<u32>,

    /// Serve a status page, /metrics for Prometheus and JSON over HTTP here, as `127.0.0.1:9464` or `9464`
    ///
    /// A port alone is of this machine; 0.0.0.0:9464 is for others too. Whoever reaches it may read all values: there is
    /// no login, which a proxy in front of it can give.
    #[arg(long, value_name = "ADDRESS", env = "STATSGRID_LISTEN")]
    pub listen: Option<Listen>,

    /// A name under which readers reach these pages, beside addresses and localhost
    #[arg(long = "listen-name", value_name = "NAME", env = "STATSGRID_LISTEN_NAMES", value_delimiter = ',')]
    pub listen_names: Option<Vec<String>>,

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
    /// The configuration; by default gatherer.toml of the working folder, if it is there
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

    /// Whom people trust and have revoked; by default gatherer.trust beside the snapshot
    #[arg(long, value_name = "FILE", env = "STATSGRID_TRUST")]
    pub trust: Option<PathBuf>,

    /// Who is taken in beside those that are trusted by name
    #[arg(long, value_name = "WHO", env = "STATSGRID_ENROL")]
    pub enrol: Option<Enrol>,

    /// The server's login under which a new node may announce itself
    #[arg(long, value_name = "USER:PASSWORD", env = "STATSGRID_ENROLMENT", hide_env_values = true)]
    pub enrolment: Option<String>,

    /// What people call the gatherer
    #[arg(long, value_name = "NAME", env = "STATSGRID_NICKNAME")]
    pub nickname: Option<String>,
}

#[derive(Args, Debug)]
pub struct ShowOptions {
    /// The snapshot; by default that of the configuration
    #[arg(env = "STATSGRID_SNAPSHOT")]
    pub snapshot: Option<PathBuf>,

    /// The configuration, where no snapshot is named; by default gatherer.toml of the working folder
    #[arg(long, value_name = "FILE", env = "STATSGRID_GATHERER_CONFIG")]
    pub config: Option<PathBuf>,

    /// Only nodes of this nickname, in which `*` stands for anything, or whose key begins so; may be given more than once
    ///
    /// 8 characters of a key are enough, as `show` prints them. A name that means no node is an error.
    #[arg(long = "node", value_name = "NODE")]
    pub nodes: Vec<String>,

    /// Only values of this full name, in which `*` stands for anything; may be given more than once
    #[arg(long = "stat", value_name = "NAME")]
    pub stats: Vec<String>,

    /// As JSON, for programs: an array of objects, one a value
    ///
    /// Numbers have all their digits, and nicknames are as their nodes gave them, with harmful characters escaped. `unit`
    /// and `help` are null where no producer said them, `taken_at` where nothing says when it was.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,

    /// As CSV, for spreadsheets and scripts: one line a value, with the columns of --json
    ///
    /// As RFC 4180 has it, with a line of headings, and lines that end in LF. Text is made harmless: control characters
    /// are replaced, and a cell that a spreadsheet would take for a formula (it begins with =, +, - or @) begins with '.
    #[arg(long)]
    pub csv: bool,

    /// Print it again after each round
    #[arg(long)]
    pub watch: bool,

    /// With --watch: end after so many rounds
    #[arg(long, value_name = "N", requires = "watch")]
    pub rounds: Option<u64>,

    /// Only what producers use of their limits, which the table leaves out otherwise
    #[arg(long)]
    pub sandbox: bool,
}

#[derive(Args, Debug)]
pub struct MergeOptions {
    /// The snapshot that is written, with its catalogue and the keys that wait beside it
    #[arg(value_name = "OUT")]
    pub out: PathBuf,

    /// The snapshots of the shards
    #[arg(value_name = "SNAPSHOT", required = true)]
    pub snapshots: Vec<PathBuf>,
}

fn account(name: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let plain = !name.is_empty() && name.chars().all(is_plain);
    plain.then(|| name.to_owned()).ok_or_else(|| "give letters, digits, `_`, `-` and `.`".to_owned())
}

#[derive(Args, Debug)]
pub struct VerifyOptions {
    /// The files of one journal, the oldest first
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Take the polls of this gatherer, and of others named so; by default of all, who are then named
    #[arg(long, value_name = "KEY")]
    pub gatherer: Vec<PublicKey>,

    /// Take the replies of those providers alone whom this trust file trusts; by default of all
    #[arg(long, value_name = "FILE")]
    pub trust: Option<PathBuf>,

    /// Print each good reply: round, provider, instance, sequence, and `late` or `in_time`
    ///
    /// One line a reply, its fields parted by tabs. A reply without a sample has `refusal` in place of the sequence. All
    /// else goes to standard error then.
    #[arg(long)]
    pub replies: bool,
}
