//! A strict reader of both formats, for tests: it panics at what a scraper would refuse, or take for something else.

use std::collections::{BTreeMap, HashSet};

use super::Format;

/// Values by sample name and labels, as they are written, without the times at which counters were created.
pub(super) fn parsed(text: &str, format: Format) -> BTreeMap<String, String> {
    let mut reader =
        Reader { format, family: None, families: HashSet::new(), samples: BTreeMap::new(), created: HashSet::new() };
    let text = match format {
        Format::Text => text,
        Format::OpenMetrics => text.strip_suffix("# EOF\n").expect("OpenMetrics ends with # EOF"),
    };
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines().for_each(|line| reader.line(line));
    reader.samples
}

struct Reader {
    format: Format,
    /// Name and type of the family whose samples come.
    family: Option<(String, String)>,
    families: HashSet<String>,
    samples: BTreeMap<String, String>,
    created: HashSet<String>,
}

impl Reader {
    fn line(&mut self, line: &str) {
        match line.strip_prefix("# ").map(|comment| comment.splitn(3, ' ').collect::<Vec<_>>()).as_deref() {
            Some(["HELP", name, help]) => {
                assert!(self.families.insert((*name).to_owned()), "the family {name} comes twice");
                self.family = Some(((*name).to_owned(), String::new()));
                unescaped(help, self.format == Format::OpenMetrics);
            }
            Some(["TYPE", name, kind]) => {
                let (family, held) = self.family.as_mut().expect("HELP comes first");
                assert_eq!(family, name);
                *held = (*kind).to_owned();
            }
            Some(["UNIT", name, unit]) => {
                assert_eq!((self.format, &self.family.as_ref().unwrap().0[..]), (Format::OpenMetrics, *name));
                assert!(name.ends_with(&format!("_{unit}")), "{line}");
            }
            Some(_) => panic!("an unknown comment: {line}"),
            None => self.sample(line),
        }
    }

    fn sample(&mut self, line: &str) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let name = series.split('{').next().unwrap();
        let (family, kind) = self.family.as_ref().expect("a family comes first");
        let suffixes: &[&str] = match (self.format, kind.as_str()) {
            (Format::OpenMetrics, "counter") => &["_total", "_created"],
            (_, "gauge") | (Format::Text, "counter") => &[""],
            _ => panic!("a type of another kind: {kind}"),
        };
        assert!(suffixes.iter().any(|suffix| *name == format!("{family}{suffix}")), "{name} is no sample of {family}");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{name}");
        assert!(!name.starts_with(|c: char| c.is_ascii_digit()), "{name}");
        labels(&series[name.len()..]);
        value.parse::<f64>().unwrap();
        if *name == format!("{family}_created") {
            assert!(self.created.insert(series.to_owned()), "the series {series} comes twice");
            return;
        }
        assert!(self.samples.insert(series.to_owned(), value.to_owned()).is_none(), "the series {series} comes twice");
    }
}

/// Reads `{name="value",…}` to its end.
fn labels(text: &str) {
    let Some(mut rest) = text.strip_prefix('{') else { return assert_eq!(text, "") };
    let mut names = HashSet::new();
    loop {
        let (name, after) = rest.split_once("=\"").expect("a label");
        assert!(names.insert(name) && name.chars().all(|c| c.is_ascii_lowercase()), "{text}");
        let mut escaped = false;
        let ends = |c: char| {
            let was_escaped = escaped;
            escaped = c == '\\' && !was_escaped;
            c == '"' && !was_escaped
        };
        let end = after.find(ends).expect("a quote");
        unescaped(&after[..end], true);
        match &after[end + 1..] {
            "}" => return,
            more => rest = more.strip_prefix(',').expect("another label"),
        }
    }
}

fn unescaped(text: &str, quotes: bool) {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => assert!(matches!(chars.next(), Some('\\' | 'n' | '"')), "{text}"),
            '"' => assert!(!quotes, "{text}"),
            _ => {}
        }
    }
}
