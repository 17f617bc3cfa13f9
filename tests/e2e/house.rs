//! The house rules that no lint holds, over every file that git knows or would take.

use std::fs;
use std::process::Command;

use statsgrid_tests::{skip, workspace};

/// Lines of a file: nine of ten have 450 at most.
const FILE_LINES: usize = 600;
/// Lines of a function: nine of ten have 40 at most.
const FUNCTION_LINES: usize = 100;

#[test]
fn every_source_file_opens_with_what_it_holds() {
    let breach = |text: &str| (!text.starts_with("//! ")).then(|| "opens with something else than `//! `".to_owned());
    hold("rs", breach);
}

#[test]
fn files_and_functions_fit() {
    let breach = |text: &str| match (text.lines().count(), longest_function(text)) {
        (lines, _) if lines > FILE_LINES => Some(format!("has {lines} lines")),
        (_, lines) if lines > FUNCTION_LINES => Some(format!("has a function of {lines} lines")),
        _ => None,
    };
    hold("rs", breach);
}

#[test]
fn nothing_is_put_off() {
    // In two parts, so that this file does not hold them.
    let words = [("to", "do!("), ("unimple", "mented!("), ("db", "g!("), ("#[ig", "nore"), ("TO", "DO"), ("FIX", "ME")];
    let words = words.map(|(start, end)| format!("{start}{end}"));
    hold("rs", |text| words.iter().find(|word| text.contains(*word)).map(|word| format!("holds {word}")));
}

#[test]
fn no_file_names_a_path_of_a_machine() {
    let paths = [("/ho", "me/"), ("/ro", "ot/"), ("/Us", "ers/"), ("/wo", "rk/")];
    let paths = paths.map(|(start, end)| format!("{start}{end}"));
    // A path begins after a separator: `nobody's_home/` is none.
    let names = |text: &str, path: &str| {
        let before = |place: usize| text[..place].chars().next_back();
        text.match_indices(path)
            .any(|(place, _)| before(place).is_none_or(|c| !c.is_alphanumeric() && !"./-_}>*".contains(c)))
    };
    hold("", |text| paths.iter().find(|path| names(text, path)).map(|path| format!("names a path in {path}")));
}

/// A test that SECURITY.md names as evidence exists, in the module that it names: a file, or a folder of tests.
#[test]
fn the_tests_that_security_md_names_exist() {
    let Some(files) = tracked() else { return };
    let security = fs::read_to_string(workspace().join("SECURITY.md")).unwrap();
    let rows: Vec<&str> = security.lines().filter(|line| line.starts_with("| ") && line.contains("::")).collect();
    assert!(rows.len() > 25, "{rows:?}");
    let exists = |module: &str, test: &str| {
        let is_there =
            |file: &&String| file.strip_suffix(".rs").is_some_and(|path| path.split('/').any(|part| part == module));
        let is_it = |line: &str| {
            let line = line.trim_start();
            let line = line.strip_prefix("async ").unwrap_or(line);
            line.strip_prefix("fn ").is_some_and(|rest| rest.starts_with(&format!("{test}(")))
        };
        let holds =
            |file: &String| fs::read_to_string(workspace().join(file)).is_ok_and(|text| text.lines().any(is_it));
        files.iter().filter(is_there).any(holds)
    };
    let named = rows.iter().flat_map(|row| row.split('`')).filter_map(|word| word.split_once("::"));
    let missing: Vec<_> = named.filter(|(module, test)| !exists(module, test)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Fails with all files whose name ends in `.extension` and whose text is in breach.
fn hold(extension: &str, breach: impl Fn(&str) -> Option<String>) {
    let Some(files) = tracked() else { return };
    assert!(files.len() > 100, "{files:?}");
    let mut breaches = Vec::new();
    for file in files {
        let path = workspace().join(&file);
        let wanted = extension.is_empty() || path.extension().is_some_and(|held| held == extension);
        // What is not UTF-8 is no source, and what is a link is read where it leads.
        let Some(text) = fs::read_to_string(&path).ok().filter(|_| wanted) else { continue };
        breaches.extend(breach(&text).map(|breach| format!("{file} {breach}")));
    }
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

/// Every file that is in the repository or would be, for it is not ignored. None in an unpacked archive.
fn tracked() -> Option<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(workspace());
    let output = git.output().ok().filter(|output| output.status.success());
    let Some(output) = output else {
        skip("house rules: this is no git repository, or there is no git");
        return None;
    };
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

/// Lines from a function's first to the brace that stands below it: rustfmt has put it there.
fn longest_function(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let length = |(place, line): (usize, &&str)| {
        let start = line.trim_start();
        let qualifies = |word: &&str| !matches!(word.split('(').next(), Some("pub" | "const" | "async" | "unsafe"));
        if start.split(' ').find(qualifies) != Some("fn") {
            return 0;
        }
        let end = format!("{}}}", &line[..line.len() - start.len()]);
        // A function of one line, or one without a body, ends where it begins.
        let whole = line.ends_with('}') || line.ends_with(';');
        let below = lines[place..].iter().position(|line| *line == end);
        if whole { 1 } else { below.map_or(0, |below| below + 1) }
    };
    lines.iter().enumerate().map(length).max().unwrap_or_default()
}

#[test]
fn the_measure_of_functions_is_right() {
    let long = format!("impl A {{\n    pub fn a(&self) -> u8 {{\n{}    }}\n}}\n", "        b();\n".repeat(7));
    assert_eq!(longest_function(&long), 9);
    assert_eq!(longest_function("fn a() {}\ntrait B {\n    fn c();\n}\n"), 1);
    assert_eq!(longest_function("// fn a() {\n"), 0);
    assert_eq!(longest_function("pub(super) async fn a() {\n    let b = |c: fn(u8)| {\n    };\n}\n"), 4);
}
