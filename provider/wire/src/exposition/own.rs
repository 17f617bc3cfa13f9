//! The families of the daemons' own stats, `statsgrid.*`: what each is called and means.
//!
//! What differs in one level of its name alone, as `statsgrid.rejected.REASON`, is one family with a label.

use super::family::{Family, Kind};

/// Which of the two lists of a sample a value is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// What came by `count`.
    Counters,
    /// What producers reported.
    Stats,
}

/// A family of ours.
#[derive(Debug, PartialEq, Eq)]
pub struct Own {
    /// Of the stats that it shows, after `statsgrid.`; `*` is the level that becomes the label.
    stat: &'static str,
    list: List,
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    label: &'static str,
    help: &'static str,
}

/// A stat that is of a family of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owned<'a> {
    /// Which one.
    pub own: &'static Own,
    /// Its own label in it: name and value.
    pub label: Option<(&'static str, &'a str)>,
}

impl List {
    /// Its name in a sample.
    pub fn label(self) -> &'static str {
        match self {
            Self::Counters => "counters",
            Self::Stats => "stats",
        }
    }
}

impl Own {
    /// The family.
    pub fn family(&self) -> Family {
        Family::own(self.name, self.kind, self.unit, self.help)
    }

    fn of<'a>(&'static self, stat: &'a str, list: List) -> Option<Owned<'a>> {
        let label = match self.stat.split_once('*') {
            None => (stat == self.stat).then_some(None)?,
            Some((before, after)) => {
                let value = stat.strip_prefix(before)?.strip_suffix(after)?;
                Some((self.label, value)).filter(|_| !value.is_empty())?.into()
            }
        };
        (self.list == list).then_some(Owned { own: self, label })
    }
}

/// What a stat of a gatherer's record is, by its full name.
pub fn of_gatherer(name: &str, list: List) -> Option<Owned<'_>> {
    find(&GATHERER, name, list)
}

/// What a provider's own stat is, by its full name.
pub fn of_provider(name: &str, list: List) -> Option<Owned<'_>> {
    find(&PROVIDER, name, list)
}

/// All families of ours.
pub(super) fn all() -> impl Iterator<Item = &'static Own> {
    LIVE.iter().chain(&PLANNED).chain(&GATHERER).chain(&PROVIDER)
}

fn find<'a>(table: &'static [Own], name: &'a str, list: List) -> Option<Owned<'a>> {
    let stat = name.strip_prefix("statsgrid.")?;
    table.iter().find_map(|own| own.of(stat, list))
}

const fn counter(stat: &'static str, name: &'static str, help: &'static str) -> Own {
    Own { stat, list: List::Counters, name, kind: Kind::Counter, unit: "", label: "", help }
}

const fn gauge(stat: &'static str, name: &'static str, unit: &'static str, help: &'static str) -> Own {
    Own { stat, list: List::Stats, name, kind: Kind::Gauge, unit, label: "", help }
}

const fn labelled(label: &'static str, own: Own) -> Own {
    Own { label, ..own }
}

/// A stat that only goes up.
const fn growing(own: Own) -> Own {
    Own { kind: Kind::Counter, ..own }
}

/// What is told of nodes beside their stats: of now, not of the last round.
pub static LIVE: [Own; 4] = [
    gauge("", "statsgrid_provider_up", "", "Whether the provider answered its last round with stats that are fresh."),
    gauge("", "statsgrid_provider_age_seconds", "seconds", "Time since the provider's last reply with stats."),
    gauge("", "statsgrid_producer_ok", "", "Whether the producer's last call was fine."),
    gauge("", "statsgrid_gatherer_round_age_seconds", "seconds", "Time since the end of the last round."),
];

/// What is told of a fleet's exposition itself: what is not in it.
pub static PLANNED: [Own; 2] = [
    gauge(
        "",
        "statsgrid_gatherer_undescribed_stats",
        "",
        "Stats that are not shown yet, for their producers' descriptions have not come.",
    ),
    gauge(
        "",
        "statsgrid_gatherer_negative_counters",
        "",
        "Values that are not shown, for they are below 0 and described as counters.",
    ),
];

static GATHERER: [Own; 27] = [
    counter("rounds", "statsgrid_gatherer_rounds", "Rounds that ended."),
    counter("replies", "statsgrid_gatherer_replies", "Replies that gave a record."),
    counter("replies_late", "statsgrid_gatherer_replies_late", "Replies that came after their poll's deadline."),
    counter("replies_partial", "statsgrid_gatherer_replies_partial", "Replies of which some producer was not fine."),
    counter("providers_missing", "statsgrid_gatherer_providers_missing", "Providers that rounds ended without."),
    counter("asked_again", "statsgrid_gatherer_asked_again", "Polls to single providers that had not answered."),
    counter(
        "announced_too_often",
        "statsgrid_gatherer_announced_too_often",
        "Announcements of providers that had been asked often enough in the round.",
    ),
    counter("polls_unsent", "statsgrid_gatherer_polls_unsent", "Polls that were not sent, for the bus was away."),
    counter("refusals", "statsgrid_gatherer_refusals", "Replies that said why there are no stats."),
    counter("messages_lost", "statsgrid_gatherer_messages_lost", "Times that messages were lost on the way in."),
    counter(
        "pending_refused",
        "statsgrid_gatherer_pending_refused",
        "Messages of unknown keys that found no place to wait.",
    ),
    counter("trust_errors", "statsgrid_gatherer_trust_errors", "Times that the trust file was not all understood."),
    counter("write_errors", "statsgrid_gatherer_write_errors", "Snapshots that could not be written."),
    counter("journal_lost", "statsgrid_gatherer_journal_lost", "Accepted replies that are not in the journal."),
    counter("journal_errors", "statsgrid_gatherer_journal_errors", "Times that the journal could not be written."),
    labelled(
        "reason",
        counter("rejected.*", "statsgrid_gatherer_rejected", "Messages that were not taken, by reason."),
    ),
    gauge("providers", "statsgrid_gatherer_providers", "", "Providers that the last round waited for."),
    gauge("providers_answered", "statsgrid_gatherer_providers_answered", "", "Of these, those that answered."),
    gauge("providers_pending", "statsgrid_gatherer_providers_pending", "", "Keys that nobody has decided on."),
    gauge("shard", "statsgrid_gatherer_shard", "", "Which shard it asks, from 1; absent where it asks all."),
    gauge("shards", "statsgrid_gatherer_shards", "", "How many shards there are; absent where it asks all."),
    gauge("providers_trusted", "statsgrid_gatherer_providers_trusted", "", "Keys that people trust by name."),
    gauge("interval_seconds", "statsgrid_gatherer_interval_seconds", "seconds", "Time between two rounds."),
    gauge("round_seconds", "statsgrid_gatherer_round_duration_seconds", "seconds", "How long the last round took."),
    gauge("write_seconds", "statsgrid_gatherer_write_duration_seconds", "seconds", "How long the last write took."),
    gauge("uptime", "statsgrid_gatherer_uptime_seconds", "seconds", "Time since the gatherer was started."),
    labelled(
        "trouble",
        gauge(
            "troubled_at.*",
            "statsgrid_gatherer_troubled_timestamp_seconds",
            "seconds",
            "When the count of this trouble last grew.",
        ),
    ),
];

static PROVIDER: [Own; 23] = [
    gauge("uptime", "statsgrid_provider_uptime_seconds", "seconds", "Time since the provider was started."),
    counter("polls_answered", "statsgrid_provider_polls_answered", "Polls that were answered."),
    counter("polls_unanswered", "statsgrid_provider_polls_unanswered", "Polls that could not be answered."),
    counter("polls_lost", "statsgrid_provider_polls_lost", "Times that polls came faster than they were read."),
    labelled(
        "reason",
        counter(
            "polls_dropped.*",
            "statsgrid_provider_polls_dropped",
            "Messages that were no polls to answer, by reason.",
        ),
    ),
    counter("replies_cut", "statsgrid_provider_replies_cut", "Replies that were cut, for they were too large."),
    counter("announcements_unsent", "statsgrid_provider_announcements_unsent", "Announcements that could not be sent."),
    counter("statsd_malformed", "statsgrid_provider_statsd_malformed", "Lines of the statsd socket that were none."),
    counter(
        "counters_unwritten",
        "statsgrid_provider_counters_unwritten",
        "Times that the counters could not be written to their file.",
    ),
    sandbox(
        "sandbox.*.call_seconds",
        "statsgrid_sandbox_call_seconds",
        "seconds",
        "The producer's longest call since the last sample.",
    ),
    growing(sandbox(
        "sandbox.*.busy_seconds",
        "statsgrid_sandbox_busy_seconds",
        "seconds",
        "CPU time of the producer's calls.",
    )),
    growing(sandbox(
        "sandbox.*.instances_made",
        "statsgrid_sandbox_instances_made",
        "",
        "Instances of the producer that were made.",
    )),
    sandbox("sandbox.*.memory_bytes", "statsgrid_sandbox_memory_bytes", "bytes", "Memory of the producer's instance."),
    sandbox("sandbox.*.table_elements", "statsgrid_sandbox_table_elements", "", "Elements of its tables."),
    sandbox("sandbox.*.tables", "statsgrid_sandbox_tables", "", "Its memories or tables, whichever are more."),
    sandbox("sandbox.*.stats", "statsgrid_sandbox_stats", "", "Stats in its last report."),
    sandbox("sandbox.*.name_bytes", "statsgrid_sandbox_name_bytes", "bytes", "The longest name in it."),
    sandbox("sandbox.*.help_bytes", "statsgrid_sandbox_help_bytes", "bytes", "The longest text of its description."),
    sandbox(
        "sandbox.*.result_bytes",
        "statsgrid_sandbox_result_bytes",
        "bytes",
        "Its last report as it crossed to the host.",
    ),
    sandbox("sandbox.*.counters", "statsgrid_sandbox_counters", "", "Counters that it has made."),
    sandbox("sandbox.*.counts", "statsgrid_sandbox_counts", "", "What it has used of its quota of counts."),
    sandbox("sandbox.*.log_lines", "statsgrid_sandbox_log_lines", "", "What it has used of its quota of log lines."),
    sandbox(
        "sandbox.*.stuck_threads",
        "statsgrid_sandbox_stuck_threads",
        "",
        "Threads that hang in a read of a granted file.",
    ),
];

/// One of what a producer uses of its limits.
const fn sandbox(stat: &'static str, name: &'static str, unit: &'static str, help: &'static str) -> Own {
    labelled("producer", gauge(stat, name, unit, help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposition::Names;

    #[test]
    fn names_are_found_and_their_labels() {
        let check = |found: Option<Owned<'_>>, expected: &str| {
            let label =
                |owned: &Owned<'_>| owned.label.map(|(name, value)| format!(" {name}={value}")).unwrap_or_default();
            let found = found.map(|owned| format!("{}{}", owned.own.name, label(&owned)));
            assert_eq!(found.unwrap_or_default(), expected);
        };
        check(of_gatherer("statsgrid.rounds", List::Counters), "statsgrid_gatherer_rounds");
        check(of_gatherer("statsgrid.rejected.stale", List::Counters), "statsgrid_gatherer_rejected reason=stale");
        check(
            of_provider("statsgrid.sandbox.host.memory_bytes", List::Stats),
            "statsgrid_sandbox_memory_bytes producer=host",
        );
        // In the other list it is somebody's invention.
        check(of_provider("statsgrid.uptime", List::Counters), "");
        check(of_provider("statsgrid.rounds", List::Counters), "");
        check(of_gatherer("rounds", List::Counters), "");
    }

    #[test]
    fn no_two_are_called_alike() {
        let mut names = Names::none();
        for own in all() {
            let family = own.family();
            assert!(names.take(&family), "{family:?}");
            assert!(own.unit.is_empty() || family.name().ends_with(&format!("_{}", own.unit)), "{family:?}");
            assert!(own.help.ends_with('.'), "{family:?}");
        }
    }
}
