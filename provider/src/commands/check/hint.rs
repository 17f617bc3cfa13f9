//! What would likely help a call that failed: a grant, a limit, a key of its configuration.
//!
//! A producer says what went wrong in words of its own, so this guesses: by the cause, and by a path or a key that stands
//! in the message. It says nothing rather than something vague.

use std::path::Path;

use statsgrid_provider::limits::{RESULT_BYTES, STATS};
use statsgrid_provider::{Call, LimitSettings, ProducerSettings, Want};
use statsgrid_wire::daemon::ByteSize;
use statsgrid_wire::message::Outcome;

/// A remedy for `failed`, if one is likely.
pub fn of(failed: &Call, section: &ProducerSettings, denied: &[Want]) -> Option<String> {
    let message = failed.message.as_deref().unwrap_or_default();
    let timeout = || humantime::format_duration(section.bounds().timeout).to_string();
    match failed.outcome {
        Outcome::Memory if message.contains("table elements") => {
            Some("more of them: `limits = { table_elements = 1000000 }` in its section".to_owned())
        }
        Outcome::Memory => Some("more memory: `limits = { memory_bytes = \"256MiB\" }` in its section".to_owned()),
        Outcome::Cpu | Outcome::Wall => Some(format!(
            "more than {} a call: `timeout` in its section, and `every` so that no poll waits for it",
            timeout()
        )),
        Outcome::Output => {
            let LimitSettings { stats, result_bytes, .. } = &section.limits;
            let raised = if message.contains("handed over") {
                format!("result_bytes = \"{}\"", ByteSize(2 * result_bytes.map_or(RESULT_BYTES as u64, |size| size.0)))
            } else {
                format!("stats = {}", 2 * stats.map_or(STATS, |stats| stats as usize))
            };
            Some(format!("report less, or `limits = {{ {raised} }}` in its section"))
        }
        Outcome::Trap => Some("it panicked or ran into a fault: the lines above are what it printed".to_owned()),
        Outcome::Error | Outcome::Exit | Outcome::Refused => {
            for_key(message).or_else(|| for_paths(message, section)).or_else(|| for_http(message, section, denied))
        }
        _ => None,
    }
}

/// As the SDK says it of a key that is missing.
fn for_key(message: &str) -> Option<String> {
    let key = message.split_once("config key `")?.1.split_once("` is missing")?.0;
    Some(format!("tell it: `--config-value {key}=VALUE` here, `config = {{ {key} = \"VALUE\" }}` in its section"))
}

/// The absolute paths in the message that nothing that is granted covers.
fn for_paths(message: &str, section: &ProducerSettings) -> Option<String> {
    let paths = paths(message);
    let is_granted = |path: &&str| {
        let path = Path::new(path);
        section.files.iter().any(|file| file == path) || section.folders.iter().any(|folder| path.starts_with(folder))
    };
    let (granted, denied): (Vec<&str>, Vec<&str>) = paths.into_iter().partition(is_granted);
    if denied.is_empty() {
        let missing = granted.into_iter().find(|path| !Path::new(path).exists());
        return missing.map(|path| format!("{path} is granted, and is not there on this machine"));
    }
    let (folders, files): (Vec<&str>, Vec<&str>) = denied.into_iter().partition(|path| Path::new(path).is_dir());
    let flags = |flag: &str, paths: &[&str]| paths.iter().map(|path| format!("{flag} {path}")).collect::<Vec<_>>();
    let key = |key: &str, paths: &[&str]| (!paths.is_empty()).then(|| format!("{key} = {paths:?}"));
    let flags = [flags("--grant-file", &files), flags("--grant-folder", &folders)].concat().join(" ");
    let keys: Vec<String> = [key("files", &files), key("folders", &folders)].into_iter().flatten().collect();
    Some(format!("grant it: `{flags}` here, `{}` in its section", keys.join("`, `")))
}

/// Each once, in their order.
fn paths(message: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    let words = message.split(|c: char| !is_part(c)).map(|word| word.trim_end_matches('.'));
    let mut paths = Vec::new();
    for path in words.filter(|word| word.starts_with('/') && word.len() > 1) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

fn for_http(message: &str, section: &ProducerSettings, denied: &[Want]) -> Option<String> {
    let about = message.to_ascii_lowercase().contains("http");
    if about && !section.http.is_empty() {
        let granted: Vec<String> = section.http.iter().map(ToString::to_string).collect();
        return Some(format!(
            "it may send requests to {}, as they are written there, and to no other host, port or name",
            granted.join(", ")
        ));
    }
    (about && denied.contains(&Want::Http)).then(|| {
        "grant where it may send requests: `--grant-http HOST:PORT` here, `http = [\"HOST:PORT\"]` in its section; \
         the log above names the host that it asked for"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[track_caller]
    fn check(outcome: Outcome, message: &str, expected: Option<&str>) {
        let failed = Call {
            name: "get-stats",
            took: Duration::ZERO,
            outcome,
            message: Some(message.to_owned()),
            stats: Vec::new(),
        };
        let mut section = ProducerSettings::of("a.wasm".into());
        section.folders.push("/srv/nowhere".into());
        let hint = of(&failed, &section, &[Want::Http]);
        match expected {
            Some(expected) => assert!(hint.as_ref().is_some_and(|hint| hint.contains(expected)), "{hint:?}"),
            None => assert_eq!(hint, None, "{message}"),
        }
    }

    #[test]
    fn likely_remedies_are_named() {
        let std = "failed to find a pre-opened file descriptor through which \"/proc/loadavg\" could be opened";
        check(Outcome::Error, std, Some("`--grant-file /proc/loadavg` here, `files = [\"/proc/loadavg\"]`"));
        check(Outcome::Error, "cannot read /proc: no", Some("`--grant-folder /proc` here"));
        let several = "cannot read /a; cannot read /b; cannot read /a";
        check(Outcome::Error, several, Some("`--grant-file /a --grant-file /b` here, `files = [\"/a\", \"/b\"]`"));
        check(Outcome::Error, "No such file or directory: '/srv/nowhere/a'", Some("is not there on this machine"));
        check(Outcome::Error, "config key `root` is missing: add it", Some("`--config-value root=VALUE`"));
        check(Outcome::Error, "HTTP request denied", Some("--grant-http HOST:PORT"));
        check(Outcome::Memory, "it wanted more memory than the 64MiB that it may have", Some("memory_bytes = "));
        check(Outcome::Wall, "get-stats did not return within 3s", Some("more than 3s a call"));
        check(Outcome::Output, "1001 stats; the first 1000 are kept", Some("limits = { stats = 2000 }"));
        let bytes = "get-stats: it handed over more than the 2MiB that one call may";
        check(Outcome::Output, bytes, Some("limits = { result_bytes = \"4MiB\" }"));
        check(Outcome::Error, "the queue is empty", None);
        check(Outcome::Invalid, "stat \"a b\": a name has only ASCII letters", None);
    }
}
