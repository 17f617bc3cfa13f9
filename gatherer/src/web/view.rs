//! A round as it is shown: the records of its end, and what describes them.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use statsgrid_wire::{Moment, PublicKey};
use tokio::sync::watch;

use crate::snapshot::label::{is_harmless, labels};
use crate::snapshot::{Catalogue, Record, Records, RoundOutcome};

/// Characters of a nickname that a page shows.
const LABEL_CHARS: usize = 60;

/// What the rounds have come to. It is whole and does not change: the next round is another one.
#[derive(Debug)]
pub(crate) struct View {
    /// Who gathered it.
    pub(crate) gatherer: PublicKey,
    /// By key, the gatherer's own among them.
    pub(crate) records: Records,
    /// What producers say of their stats.
    pub(crate) catalogue: Arc<Catalogue>,
    /// When its round ended, by the monotonic clock. None: it is an earlier run's, and no round has ended yet.
    pub(crate) ended: Option<Duration>,
    labels: OnceLock<Vec<String>>,
}

impl View {
    /// Of these records.
    pub(crate) fn of(
        gatherer: PublicKey,
        records: Records,
        catalogue: Arc<Catalogue>,
        ended: Option<Duration>,
    ) -> Self {
        Self { gatherer, records, catalogue, ended, labels: OnceLock::new() }
    }

    /// The record of this key.
    pub(crate) fn record(&self, key: PublicKey) -> Option<&Arc<Record>> {
        self.records.get(self.place(key)?).map(|(_, record)| record)
    }

    /// The gatherer's own, once a round has ended.
    pub(crate) fn own(&self) -> Option<&Arc<Record>> {
        self.record(self.gatherer)
    }

    /// All but the gatherer's own, each with its label.
    pub(crate) fn providers(&self) -> impl Iterator<Item = (PublicKey, &Record, &str)> {
        let all = self.records.iter().zip(self.labels());
        all.map(|((key, record), label)| (*key, record.as_ref(), label.as_str()))
            .filter(|(key, ..)| *key != self.gatherer)
    }

    /// What the node of this key is called.
    pub(crate) fn label(&self, key: PublicKey) -> Option<&str> {
        self.labels().get(self.place(key)?).map(String::as_str)
    }

    fn place(&self, key: PublicKey) -> Option<usize> {
        self.records.binary_search_by_key(&key, |(held, _)| *held).ok()
    }

    /// Of all records, made when the first is asked for.
    fn labels(&self) -> &[String] {
        self.labels.get_or_init(|| {
            let nodes: Vec<_> = self.records.iter().map(|(key, record)| (*key, record.nickname.as_str())).collect();
            labels(&nodes, LABEL_CHARS, is_harmless)
        })
    }
}

/// The word for how a provider is: what became of it in the last round.
pub(crate) fn state(record: &Record) -> &'static str {
    match record.outcome {
        Some(RoundOutcome::Refused) => RoundOutcome::Refused.label(),
        _ if record.timestamp.get() == 0 => "never",
        outcome => outcome.unwrap_or(RoundOutcome::Unknown).label(),
    }
}

/// Where the rounds show what they have come to, if anybody may look.
#[derive(Debug, Default)]
pub(crate) struct Show(Option<watch::Sender<Arc<View>>>);

impl Show {
    /// Nobody looks.
    pub(crate) fn nobody() -> Self {
        Self::default()
    }

    /// Who has the other end.
    pub(crate) fn to(viewers: watch::Sender<Arc<View>>) -> Self {
        Self(Some(viewers))
    }

    /// A round has ended with these records. A catalogue that is not new is the last one.
    pub(crate) fn round(&self, records: &Records, catalogue: Option<&Arc<Catalogue>>, now: Moment) {
        let Some(viewers) = &self.0 else { return };
        viewers.send_modify(|view| {
            let catalogue = catalogue.unwrap_or(&view.catalogue).clone();
            *view = Arc::new(View::of(view.gatherer, records.clone(), catalogue, Some(now.monotonic)));
        });
    }
}
