//! What the providers say they gave, and when they came onto the bus: read from their logs.

use std::path::Path;
use std::time::UNIX_EPOCH;

use serde_json::Value;

use super::plan::Target;

/// A sample: whose, of which run, its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SampleId {
    pub provider: usize,
    pub instance: String,
    pub sequence: u64,
}

/// What a provider says of one sample in answer to one poll.
#[derive(Clone, Debug)]
pub struct Claim {
    pub sample: SampleId,
    /// In which of the provider's lives.
    pub life: usize,
    pub round: u64,
    pub poll: String,
    /// When the poll was.
    pub issued: u64,
    /// When the reply was about to be published.
    pub from: u64,
    /// When it was; none: it says that it could not, or it was killed first.
    pub published: Option<u64>,
    /// When it had come onto the bus last.
    pub connected: u64,
}

impl Claim {
    pub fn target(&self) -> Target {
        Target::Provider(self.sample.provider)
    }
}

/// Reads the log of one life of a provider.
pub fn read_claims(path: &Path, provider: usize, life: usize) -> Vec<Claim> {
    let (mut claims, mut connected): (Vec<Claim>, u64) = (Vec::new(), 0);
    for line in lines(path) {
        let (at, message) = (time(&line), text(&line, "message"));
        if message.starts_with("connected") {
            connected = at;
        } else if message == "a sample goes out" {
            let sample = SampleId {
                provider,
                instance: text(&line, "instance").to_owned(),
                sequence: number(&line, "sequence"),
            };
            let (round, poll) = (number(&line, "round"), text(&line, "poll").to_owned());
            let issued = number(&line, "issued_ms");
            claims.push(Claim { sample, life, round, poll, issued, from: at, published: None, connected });
        } else if message == "a sample is published" {
            let claim = claims.iter_mut().rfind(|claim| claim.poll == text(&line, "poll"));
            claim.expect("it was about to be published").published = Some(at);
        }
    }
    claims
}

/// The lines of a log in JSON. The last one may be torn by a kill.
pub fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a process has a log");
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

/// When a line was logged, in Unix milliseconds.
pub fn time(line: &Value) -> u64 {
    let time = humantime::parse_rfc3339(text(line, "timestamp")).expect("a line has its time");
    time.duration_since(UNIX_EPOCH).expect("it is after 1970").as_millis() as u64
}

/// A text of a line; nothing if it has none of this name.
pub fn text<'a>(line: &'a Value, name: &str) -> &'a str {
    line[name].as_str().unwrap_or_default()
}

/// A number of a line.
pub fn number(line: &Value, name: &str) -> u64 {
    line[name].as_u64().unwrap_or_else(|| panic!("{name} in {line}"))
}
