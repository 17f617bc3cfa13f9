//! What stands in the journal, once `stats-gatherer verify` has found all of it good.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use statsgrid_tests::Gatherer;

use super::claims::number;

/// A sample in the journal.
#[derive(Debug)]
pub struct Recorded {
    pub provider: String,
    pub instance: String,
    pub sequence: u64,
    pub poll: String,
    pub late: bool,
    /// When the gatherer received it.
    pub at: u64,
    pub counters: BTreeMap<String, u64>,
}

/// All samples, in the order of the journal, or what is wrong with it.
pub fn read_journal(gatherer: &Gatherer, mark: &str) -> Result<Vec<Recorded>, String> {
    let files = files(gatherer);
    let key = gatherer.key().to_string();
    let verified = gatherer.verify(&["--gatherer", &key], &files);
    if verified.code != Some(0) {
        return Err(format!("the journal does not verify: {}{}", verified.stdout, verified.stderr));
    }
    println!("{}", verified.stdout.trim());
    let mut samples = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).expect("the journal can be read");
        if text.contains(mark) {
            return Err(format!("{} holds a forgery", file.display()));
        }
        samples.extend(text.lines().filter_map(sample));
    }
    Ok(samples)
}

fn sample(line: &str) -> Option<Recorded> {
    let entry: Value = serde_json::from_str(line).expect("it was verified");
    let body: Value = serde_json::from_str(entry["body"].as_str()?).expect("it was verified");
    let sample = body["answer"].get("sample")?;
    // PREFIX.reply.GATHERER.all.POLL.PROVIDER
    let mut subject = entry["subject"].as_str()?.rsplit('.');
    let (provider, poll) = (subject.next()?.to_owned(), subject.next()?.to_owned());
    let counters = serde_json::from_value(sample["counters"].clone()).expect("counters are numbers");
    Some(Recorded {
        provider,
        instance: body["instance"].as_str()?.to_owned(),
        sequence: number(sample, "sequence"),
        poll,
        late: entry["late"] == true,
        at: number(&entry, "at_ms"),
        counters,
    })
}

/// The oldest first.
fn files(gatherer: &Gatherer) -> Vec<PathBuf> {
    let path = gatherer.journal_path();
    let older = (1..).map(|number: u32| path.with_added_extension(number.to_string()));
    let mut files: Vec<PathBuf> = older.take_while(|path| path.exists()).collect();
    files.reverse();
    files.push(path);
    files
}
