//! A report for people: a word at the start of each line says what it is about, so that `grep` finds it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use statsgrid_provider::{Call, Described, Kind, Number, StatDescription};
use statsgrid_wire::limits::BODY_BYTES;

use super::report::{End, Loaded, Report, Tried, granted};

/// The text, with its last line end.
pub fn of(report: &Report) -> String {
    let mut text = Text(String::new());
    text.line("file", report.file.display());
    if let Some(looked) = &report.looked {
        match report.end {
            End::NotLoaded(_) => text.line("kind", looked.kind),
            _ => text.line("kind", format_args!("{}: a producer", looked.kind)),
        }
        text.line("size", format_args!("{} bytes", looked.bytes));
        if let Some(digest) = looked.digest {
            text.line("sha256", digest);
        }
    }
    match &report.end {
        End::NotLoaded(_) => {}
        End::NotGranted(loaded, _) => text.loaded(report, loaded),
        End::Tried(loaded, tried) => {
            text.loaded(report, loaded);
            text.tried(report, tried);
        }
    }
    text.line("result", report.failure().as_deref().unwrap_or("it runs"));
    text.0
}

struct Text(String);

impl Text {
    fn line(&mut self, word: &str, rest: impl std::fmt::Display) {
        // Into a string nothing fails to be written.
        let _ = writeln!(self.0, "{word:<12} {rest}");
    }

    /// Lines of `word` whose cells stand below each other; the last cell of a row is as long as it likes.
    fn table(&mut self, word: &str, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in rows {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            self.line(word, cells.collect::<Vec<_>>().join("  ").trim_end());
        }
    }

    fn loaded(&mut self, report: &Report, loaded: &Loaded) {
        self.line("compiled in", format_args!("{:.1?}", loaded.compiled_in));
        if report.section.settings.file.as_os_str().is_empty() {
            self.line("section", format_args!("none; it is called {} here", report.section.name));
        } else {
            let (name, config) = (&report.section.name, report.section.settings.file.display());
            self.line("section", format_args!("[producers.{name}] of {config}"));
        }
        let wants: Vec<String> = loaded.wants.iter().map(ToString::to_string).collect();
        self.line("may ask for", if wants.is_empty() { "nothing".to_owned() } else { wants.join(", ") });
        let granted = granted(&report.section.producer);
        for (kind, what) in &granted {
            self.line("granted", format_args!("{kind} {what}"));
        }
        if granted.is_empty() {
            self.line("granted", "nothing");
        }
    }

    fn tried(&mut self, report: &Report, tried: &Tried) {
        if !tried.denied.is_empty() {
            let denied: Vec<String> = tried.denied.iter().map(ToString::to_string).collect();
            self.line("not granted", denied.join(", "));
        }
        if let Some(described) = &tried.trial.described {
            self.described(described);
        }
        self.stats(&report.section.name, tried);
        for (name, value) in tried.counters.iter() {
            self.line("counter", format_args!("{name} {value}"));
        }
        self.calls(&tried.trial.calls);
        if let Some(memory) = tried.trial.memory_bytes {
            let most = report.section.producer.bounds().memory_bytes;
            self.line("memory", format_args!("{} of {}", mebibytes(memory), mebibytes(most)));
        }
        let (bytes, share) = (tried.reply_bytes(), tried.reply_bytes() as f64 / BODY_BYTES as f64);
        self.line("reply", format_args!("{bytes} bytes, {:.1} % of what one may have", share * 100.0));
        if let Some(digest) = report.looked.as_ref().and_then(|looked| looked.digest) {
            self.pin(report, &digest.to_string());
        }
        let undescribed = tried.undescribed(&report.section.name);
        if !undescribed.is_empty() {
            let names = undescribed.join(", ");
            self.line(
                "hint",
                format_args!("its description does not name {names}: readers know neither kind nor unit"),
            );
        }
        if let Some(hint) = &tried.hint {
            self.line("hint", hint);
        }
    }

    /// What its section takes to run this file and no other.
    fn pin(&mut self, report: &Report, digest: &str) {
        match report.section.producer.sha256 {
            Some(held) if held.to_string() == digest => self.line("pin", "the section pins this file"),
            Some(_) => self.line("pin", format_args!("sha256 = \"{digest}\"; the section pins another file")),
            None => self.line("pin", format_args!("sha256 = \"{digest}\"")),
        }
    }

    fn described(&mut self, described: &Described) {
        let description = &described.description;
        self.line("version", &description.version);
        if let Some(interval) = description.sample_interval_ms {
            let interval = humantime::format_duration(Duration::from_millis(interval.into()));
            self.line("samples", format_args!("every {interval}"));
        }
        let kind = |stat: &StatDescription| match stat.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        let row = |kind: &str, name: &str, unit: &str, help: &str| {
            [name, kind, if unit.is_empty() { "-" } else { unit }, help].map(str::to_owned).to_vec()
        };
        let stats = description.stats.iter().map(|stat| row(kind(stat), &stat.name, &stat.unit, &stat.help));
        self.table("reports", &stats.collect::<Vec<_>>());
        let counters = description.counters.iter();
        let counters = counters.map(|counter| row("counter", &counter.name, &counter.unit, &counter.help));
        self.table("counts", &counters.collect::<Vec<_>>());
    }

    /// With what went wrong, once.
    fn calls(&mut self, calls: &[Call]) {
        let mut said = None;
        let row = |call: &Call| {
            let message = match &call.message {
                Some(message) if said.replace(message.clone()).as_ref() == Some(message) => "as before".to_owned(),
                message => message.clone().unwrap_or_default(),
            };
            vec![call.name.to_owned(), call.outcome.label().to_owned(), format!("{:.1?}", call.took), message]
        };
        let rows: Vec<_> = calls.iter().map(row).collect();
        self.table("call", &rows);
    }

    /// The first reading, and what the second one has in its place.
    fn stats(&mut self, section: &str, tried: &Tried) {
        let mut readings = tried.readings();
        let (first, second) = (readings.next().unwrap_or_default(), readings.next().unwrap_or_default());
        let second: BTreeMap<&str, Number> = second.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let described = tried.trial.described.iter().flat_map(|described| &described.description.stats);
        let units: BTreeMap<String, &str> =
            described.map(|stat| (format!("{section}.{}", stat.name), stat.unit.as_str())).collect();
        let row = |(name, value): &(String, Number)| {
            let unit = units.get(name).copied().unwrap_or_default();
            let then = second.get(name.as_str()).filter(|then| *then != value);
            let then = then.map_or_else(String::new, |then| format!("then {then}"));
            vec![name.clone(), format!("{value} {unit}").trim_end().to_owned(), then]
        };
        self.table("stat", &first.iter().map(row).collect::<Vec<_>>());
    }
}

fn mebibytes(bytes: usize) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
