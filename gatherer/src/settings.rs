//! gatherer.toml: which bus, who the gatherer is, how it goes about its rounds, and where its files are.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use statsgrid_wire::daemon::web::Listen;
use statsgrid_wire::daemon::{
    BusSettings, BusSettingsError, ByteSize, SettingsError, load_settings, optional_duration,
};
use statsgrid_wire::limits::NICKNAME_BYTES;
use statsgrid_wire::subject::{DEFAULT_PREFIX, PrefixError, Scope, Shard, Subjects};
use statsgrid_wire::{Address, PublicKey, is_server};

use crate::journal::JournalPlan;
use crate::limits::{
    DEADLINE, DEADLINE_SHARE, FORGET_AFTER, FORGET_MOST, INTERVAL, INTERVAL_LEAST, INTERVAL_MOST, JOURNAL_KEEP,
    JOURNAL_KEEP_MOST, JOURNAL_SIZE, JOURNAL_SIZE_LEAST, JOURNAL_SIZE_MOST,
};
use crate::round::Plan;

/// All that a gatherer is told. Paths are taken from the folder of the file; a flag over a key has precedence.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What people call it; by default its host name.
    pub nickname: Option<String>,
    /// URLs of the NATS servers of one cluster.
    pub nats: Option<Vec<String>>,
    /// The same, as providers reach them; by default as `nats`.
    pub advertise: Option<Vec<String>>,
    /// The first tokens of all subjects.
    pub prefix: Option<String>,
    /// The seed file; by default `gatherer.seed` beside the snapshot.
    pub identity: Option<PathBuf>,
    /// The snapshot.
    pub snapshot: Option<PathBuf>,
    /// Where the address is written; by default `gatherer.address` beside the snapshot.
    pub address_file: Option<PathBuf>,
    /// The keys that people trust and have revoked; by default `gatherer.trust` beside the snapshot.
    pub trust: Option<PathBuf>,
    /// Who is taken in.
    pub enrol: Option<Enrol>,
    /// The login of the NATS server, `USER:PASSWORD`, under which a new node may announce itself and nothing else.
    pub enrolment: Option<String>,
    /// Which part of the providers it asks; by default all.
    pub shard: Option<Shard>,
    /// Between two rounds.
    #[serde(deserialize_with = "optional_duration")]
    pub interval: Option<Duration>,
    /// How long a round waits for who is missing.
    #[serde(deserialize_with = "optional_duration")]
    pub deadline: Option<Duration>,
    /// How long the last record of a provider that is gone is kept.
    #[serde(deserialize_with = "optional_duration")]
    pub forget_after: Option<Duration>,
    /// Where accepted replies are kept as they came; by default nowhere.
    pub journal: Option<PathBuf>,
    /// How large a file of the journal becomes.
    pub journal_size: Option<ByteSize>,
    /// How many older files of the journal are kept.
    pub journal_keep: Option<u32>,
    /// Where pages and metrics are served; by default nowhere.
    pub listen: Option<Listen>,
    /// Names under which readers find them, beside addresses and `localhost`.
    pub listen_names: Option<Vec<String>>,
    /// The login at the NATS servers, and TLS.
    pub bus: BusSettings,
}

/// Who is taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Enrol {
    /// Who is trusted by name: any other key waits until somebody approves it.
    #[default]
    Approve,
    /// Every provider whose messages are signed by the key that it names: for a bus that only trusted nodes reach.
    Open,
}

/// What is wrong with settings that have the right shape.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSettings {
    /// The file itself.
    #[error(transparent)]
    File(#[from] SettingsError),
    /// There is no snapshot.
    #[error("no snapshot is named: give --config gatherer.toml with `snapshot` set in it, or --snapshot PATH")]
    Snapshot,
    /// The login for enrolment.
    #[error("enrolment: give USER:PASSWORD, both without `:`, `,`, `/`, `@`, `\\`, quotes and white space")]
    Enrolment,
    /// A URL is none.
    #[error("NATS server {0:?}: give nats://host:port or tls://host:port, without a login")]
    Server(String),
    /// The prefix is none.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// The section `[bus]`, or a file that it names.
    #[error(transparent)]
    Bus(#[from] BusSettingsError),
    /// Too short an interval, or too long.
    #[error("an interval of {0:?}: give 1s to 1day")]
    Interval(Duration),
    /// A round would not end before the next.
    #[error("a deadline of {0:?} with an interval of {1:?}: a round must end before the next begins")]
    Deadline(Duration, Duration),
    /// The nickname.
    #[error("nickname {0:?}: give 1 to {NICKNAME_BYTES} bytes without control characters")]
    Nickname(String),
    /// One part of the gatherer would write over what another keeps.
    #[error("the {one} and the {other} are both {path}: give each a file of its own")]
    SameFile {
        /// A file.
        one: &'static str,
        /// The other one.
        other: &'static str,
        /// Which they are.
        path: PathBuf,
    },
    /// Too small a file of the journal, or too large.
    #[error("a journal_size of {0}: give {least} to {most}", least = ByteSize(JOURNAL_SIZE_LEAST), most = ByteSize(JOURNAL_SIZE_MOST))]
    JournalSize(ByteSize),
    /// Too few files, or too many.
    #[error("a journal_keep of {0}: give 1 to {JOURNAL_KEEP_MOST}")]
    JournalKeep(u32),
}

impl Settings {
    /// Reads a file, whose paths are taken from its folder.
    pub fn load(path: &Path) -> Result<Self, InvalidSettings> {
        let mut settings: Self = load_settings(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let Self { identity, snapshot, address_file, trust, journal, .. } = &mut settings;
        for path in [identity, snapshot, address_file, trust, journal].into_iter().flatten() {
            *path = folder.join(&*path);
        }
        settings.bus = settings.bus.from_folder(folder);
        Ok(settings)
    }

    /// What these settings say over those of `file`.
    pub fn over(self, file: Self) -> Self {
        Self {
            nickname: self.nickname.or(file.nickname),
            nats: self.nats.or(file.nats),
            advertise: self.advertise.or(file.advertise),
            prefix: self.prefix.or(file.prefix),
            identity: self.identity.or(file.identity),
            snapshot: self.snapshot.or(file.snapshot),
            address_file: self.address_file.or(file.address_file),
            trust: self.trust.or(file.trust),
            enrol: self.enrol.or(file.enrol),
            enrolment: self.enrolment.or(file.enrolment),
            shard: self.shard.or(file.shard),
            interval: self.interval.or(file.interval),
            deadline: self.deadline.or(file.deadline),
            forget_after: self.forget_after.or(file.forget_after),
            journal: self.journal.or(file.journal),
            journal_size: self.journal_size.or(file.journal_size),
            journal_keep: self.journal_keep.or(file.journal_keep),
            listen: self.listen.or(file.listen),
            listen_names: self.listen_names.or(file.listen_names),
            bus: self.bus.over(file.bus),
        }
    }

    /// Where the snapshot is.
    pub fn snapshot(&self) -> Result<&Path, InvalidSettings> {
        self.snapshot.as_deref().ok_or(InvalidSettings::Snapshot)
    }

    /// Where the seed file is.
    pub fn identity_path(&self) -> Result<PathBuf, InvalidSettings> {
        self.beside_snapshot(self.identity.as_deref(), "gatherer.seed")
    }

    /// Where the address is written.
    pub fn address_path(&self) -> Result<PathBuf, InvalidSettings> {
        self.beside_snapshot(self.address_file.as_deref(), "gatherer.address")
    }

    /// Where the trust file is.
    pub fn trust_path(&self) -> Result<PathBuf, InvalidSettings> {
        self.beside_snapshot(self.trust.as_deref(), "gatherer.trust")
    }

    fn beside_snapshot(&self, path: Option<&Path>, name: &str) -> Result<PathBuf, InvalidSettings> {
        match path {
            Some(path) => Ok(path.to_owned()),
            None => Ok(self.snapshot()?.with_file_name(name)),
        }
    }

    /// Who is taken in.
    pub fn enrol(&self) -> Enrol {
        self.enrol.unwrap_or_default()
    }

    /// User and password of the login for enrolment, if the server has one.
    pub fn enrolment(&self) -> Result<Option<(String, String)>, InvalidSettings> {
        let Some(login) = &self.enrolment else { return Ok(None) };
        let is_plain = |text: &str| {
            let special = |c: char| c.is_whitespace() || c.is_control() || ":,/@\\\"'".contains(c);
            // NATS takes a password that begins so for the hash of one.
            !text.is_empty() && !text.contains(special) && !text.starts_with("$2")
        };
        match login.split_once(':') {
            Some((user, password)) if is_plain(user) && is_plain(password) => {
                Ok(Some((user.to_owned(), password.to_owned())))
            }
            _ => Err(InvalidSettings::Enrolment),
        }
    }

    /// The servers to connect to.
    pub fn servers(&self) -> Result<Vec<String>, InvalidSettings> {
        let servers = self.nats.clone().unwrap_or_else(|| vec!["nats://127.0.0.1:4222".to_owned()]);
        check_servers(servers)
    }

    /// The login at them, with files that are found good.
    pub fn bus(&self) -> Result<BusSettings, InvalidSettings> {
        self.bus.check()?;
        Ok(self.bus.clone())
    }

    /// The subjects to speak on.
    pub fn subjects(&self) -> Result<Subjects, InvalidSettings> {
        Ok(Subjects::under(self.prefix.as_deref().unwrap_or(DEFAULT_PREFIX))?)
    }

    /// The address that providers take.
    pub fn address(&self, gatherer: PublicKey) -> Result<Address, InvalidSettings> {
        let (servers, enrolment) = (self.advertised()?, self.enrolment()?);
        Ok(Address { servers, subjects: self.subjects()?, gatherer, enrolment })
    }

    /// The servers as providers reach them.
    pub fn advertised(&self) -> Result<Vec<String>, InvalidSettings> {
        self.advertise.clone().map_or_else(|| self.servers(), check_servers)
    }

    /// Whom it asks.
    pub fn scope(&self) -> Scope {
        self.shard.map_or(Scope::All, Scope::Shard)
    }

    /// Where the journal is, if there is one.
    pub fn journal(&self) -> Result<Option<JournalPlan>, InvalidSettings> {
        let size = self.journal_size.unwrap_or(ByteSize(JOURNAL_SIZE));
        let keep = self.journal_keep.unwrap_or(JOURNAL_KEEP);
        if !(JOURNAL_SIZE_LEAST..=JOURNAL_SIZE_MOST).contains(&size.0) {
            return Err(InvalidSettings::JournalSize(size));
        }
        if !(1..=JOURNAL_KEEP_MOST).contains(&keep) {
            return Err(InvalidSettings::JournalKeep(keep));
        }
        Ok(self.journal.clone().map(|path| JournalPlan { path, size: size.0, keep }))
    }

    /// How to go about rounds.
    pub fn plan(&self) -> Result<Plan, InvalidSettings> {
        let interval = self.interval.unwrap_or(INTERVAL);
        if !(INTERVAL_LEAST..=INTERVAL_MOST).contains(&interval) {
            return Err(InvalidSettings::Interval(interval));
        }
        let deadline = self.deadline.unwrap_or(DEADLINE.min(interval.mul_f64(DEADLINE_SHARE)));
        if deadline.is_zero() || deadline >= interval {
            return Err(InvalidSettings::Deadline(deadline, interval));
        }
        let nickname = self.nickname.clone().unwrap_or_else(host_name);
        if nickname.is_empty() || nickname.len() > NICKNAME_BYTES || nickname.chars().any(char::is_control) {
            return Err(InvalidSettings::Nickname(nickname));
        }
        Ok(Plan {
            nickname,
            scope: self.scope(),
            interval,
            deadline,
            forget_after: self.forget_after.unwrap_or(FORGET_AFTER).min(FORGET_MOST),
        })
    }
}

fn check_servers(servers: Vec<String>) -> Result<Vec<String>, InvalidSettings> {
    match servers.iter().find(|server| !is_server(server)) {
        Some(server) => Err(InvalidSettings::Server(server.clone())),
        None => Ok(servers),
    }
}

fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "gatherer".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_named() {
        let check = |text: &str, expected: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("gatherer.toml");
            std::fs::write(&path, text).unwrap();
            let checked = Settings::load(&path).and_then(|settings| {
                settings.snapshot()?;
                settings.enrolment()?;
                settings.servers()?;
                settings.subjects()?;
                settings.check_files()?;
                settings.journal()?;
                settings.plan()
            });
            let error = checked.unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        };
        check("snapshto = \"x\"", "did you mean `snapshot`?");
        check("enrol = \"open\"", "no snapshot is named");
        check("snapshot = \"x\"\nenrolment = \"enrol\"", "give USER:PASSWORD");
        check("snapshot = \"x\"\nenrolment = \"a:b@c\"", "give USER:PASSWORD");
        check("snapshot = \"x\"\nenrolment = \"a:$2a$11$b\"", "give USER:PASSWORD");
        check("snapshot = \"x\"\nenrol = \"closed\"", "unknown variant `closed`");
        let good = "snapshot = \"x\"\nenrol = \"open\"\n";
        check(&format!("{good}nats = [\"http://a\"]"), "NATS server \"http://a\"");
        check(&format!("{good}prefix = \"a.>\""), "subject prefix \"a.>\"");
        check(&format!("{good}interval = \"10ms\""), "give 1s to 1day");
        check(&format!("{good}interval = \"5s\"\ndeadline = \"5s\""), "must end before the next begins");
        check(&format!("{good}nickname = \"\""), "nickname \"\"");
        check(&format!("{good}shard = \"5/4\""), "shard \"5/4\": give I/N");
        check(&format!("{good}journal = \"x\""), "the snapshot and the journal are both ");
        check(&format!("{good}journal_size = \"64MB\""), "size \"64MB\": write it as `64MiB`");
        check(&format!("{good}journal_size = -1"), "size \"-1\": write it as `64MiB`");
        check(&format!("{good}journal_size = 1.5"), "expected a size as `64MiB` or in bytes");
        check(&format!("{good}journal_size = 65536"), "a journal_size of 64KiB: give 1MiB to 1TiB");
        check(&format!("{good}journal_keep = 0"), "a journal_keep of 0: give 1 to 1000");
    }

    #[test]
    fn files_lie_beside_the_snapshot_and_flags_go_over_the_file() {
        let file =
            Settings { snapshot: Some("/srv/stats.json".into()), prefix: Some("a".into()), ..Settings::default() };
        let flags = Settings { prefix: Some("b".into()), ..Settings::default() };
        let settings = flags.over(file);
        assert_eq!(settings.identity_path().unwrap(), Path::new("/srv/gatherer.seed"));
        assert_eq!(settings.address_path().unwrap(), Path::new("/srv/gatherer.address"));
        assert_eq!(settings.subjects().unwrap().prefix(), "b");
        assert_eq!(settings.journal().unwrap(), None);
    }
}
