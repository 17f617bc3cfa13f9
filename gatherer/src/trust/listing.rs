//! All keys that a gatherer knows of, as `stats-gatherer providers` lists them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use statsgrid_wire::PublicKey;

use super::{Admission, Judgement, Pending, TrustFile};
use crate::show::table::Table;
use crate::show::words;
use crate::snapshot::label::harmless;
use crate::snapshot::{Millis, Role, Snapshot};

/// One key, with what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// What people have decided.
    pub standing: State,
    /// Who it is.
    pub key: PublicKey,
    /// What it calls itself, if it was heard.
    pub nickname: Option<String>,
    /// When this gatherer first heard of it, in seconds since 1970.
    pub first_seen: Option<Millis>,
    /// When its last sample was taken, or when it asked last.
    pub last_seen: Option<Millis>,
    /// What stands behind its key in the trust file.
    pub remark: Option<String>,
}

/// What holds for a key; those that need a decision come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody has decided on it.
    Pending,
    /// It is in the trust file.
    Trusted,
    /// It is not, and enrolment is open.
    Open,
    /// Somebody decided against it.
    Revoked,
}

/// Lists the keys of the trust file, of the snapshot as far as they are accepted, and those that wait.
pub fn listing(file: &TrustFile, admission: &Admission, pending: &Pending, snapshot: &Snapshot) -> Vec<Listed> {
    let mut listed = BTreeMap::new();
    for entry in file.entries() {
        let judged = admission.judge(&entry.key);
        let state = if judged == Judgement::Revoked { State::Revoked } else { State::Trusted };
        let remark = Some(entry.remark.clone()).filter(|remark| !remark.is_empty());
        listed.entry(entry.key).or_insert(Listed { remark, ..Listed::of(entry.key, state) });
    }
    let providers = snapshot.records.iter().filter(|(_, record)| record.role == Role::Provider);
    for (key, record) in providers.filter(|(key, _)| admission.accepts(key)) {
        let held = listed.entry(*key).or_insert_with(|| Listed::of(*key, State::Open));
        held.nickname = Some(record.nickname.clone());
        held.first_seen = record.first_seen;
        held.last_seen = Some(record.timestamp).filter(|at| at.get() > 0);
    }
    for (key, applicant) in pending.iter() {
        let held = listed.entry(*key).or_insert_with(|| Listed::of(*key, State::Pending));
        held.nickname.get_or_insert_with(|| applicant.nickname.clone());
        held.first_seen.get_or_insert(applicant.first_seen);
        held.last_seen.get_or_insert(applicant.last_seen);
    }
    let mut listed: Vec<Listed> = listed.into_values().collect();
    listed.sort_by(|a, b| (a.standing, &a.nickname, a.key).cmp(&(b.standing, &b.nickname, b.key)));
    listed
}

/// `listed` as a table at `now_ms`.
pub fn table(listed: &[Listed], now_ms: u64) -> String {
    if listed.is_empty() {
        return "no provider is known yet: none is in the trust file, and none was heard\n".to_owned();
    }
    let mut table = Table::left();
    table.row(["STANDING", "KEY", "NICKNAME", "FIRST SEEN", "LAST SEEN", "REMARK"]);
    let ago = |at: Option<Millis>| {
        at.map_or_else(
            || "-".to_owned(),
            |at| words::span(Duration::from_millis(now_ms.saturating_sub(at.get()))) + " ago",
        )
    };
    for one in listed {
        let nickname = one.nickname.as_deref().map_or_else(|| "-".to_owned(), harmless);
        let remark = one.remark.as_deref().map(harmless).unwrap_or_default();
        let (key, standing) = (one.key.to_string(), one.standing.label().to_owned());
        table.row([standing, key, nickname, ago(one.first_seen), ago(one.last_seen), remark]);
    }
    table.render(None)
}

impl Listed {
    fn of(key: PublicKey, standing: State) -> Self {
        Self { standing, key, nickname: None, first_seen: None, last_seen: None, remark: None }
    }
}

impl State {
    fn label(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Trusted => "trusted",
            Self::Open => "open",
            Self::Revoked => "revoked",
        }
    }
}
