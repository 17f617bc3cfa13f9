//! `/statistics`: the original's page, of the gatherer itself; of any other node under `/statistics/KEY`.

use statsgrid_wire::PublicKey;
use statsgrid_wire::daemon::web::{Answer, Request, Statistics};
use statsgrid_wire::message::Outcome;

use super::View;
use super::view::state;
use crate::show::words::answered;
use crate::snapshot::Stats;

/// The page of this node. None: there is no such node.
pub(super) fn statistics(view: &View, key: PublicKey, request: &Request, now_ms: u64) -> Option<Answer> {
    let Some(record) = view.record(key) else {
        return (key == view.gatherer).then(|| nothing_yet(request));
    };
    let label = view.label(key).unwrap_or_default();
    let mut notes = vec![key.to_string()];
    if key != view.gatherer {
        notes.push(format!("{}, answered {}", state(record), answered(record, now_ms)));
    }
    let ill = record.producers.iter().filter(|(_, producer)| producer.outcome != Outcome::Ok);
    notes.extend(ill.map(|(name, producer)| {
        format!("{name}: {} {}", producer.outcome.label(), producer.message.as_deref().unwrap_or_default())
    }));
    let Stats { counters, stats } = &record.stats;
    let title = format!("Statistics of {label}");
    Some(Statistics { title: &title, notes: &notes, counters, stats }.answer(request))
}

/// Before the first round has ended.
fn nothing_yet(request: &Request) -> Answer {
    let notes = ["No round has ended yet.".to_owned()];
    let Stats { counters, stats } = &Stats::default();
    Statistics { title: "Statistics of the gatherer", notes: &notes, counters, stats }.answer(request)
}
