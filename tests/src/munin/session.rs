//! A master's side of munin's protocol: lines over TCP, spelled out after munin's documentation.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::patience::PATIENCE;

/// A connection to a node. Every read has a bound.
#[derive(Debug)]
pub struct Session {
    stream: BufReader<TcpStream>,
    banner: String,
}

impl Session {
    pub(super) fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the node listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a bound for reading");
        stream.set_nodelay(true).expect("a socket's option");
        let mut session = Self { stream: BufReader::new(stream), banner: String::new() };
        session.banner = session.line();
        session
    }

    /// What the node said at first.
    pub fn banner(&self) -> &str {
        &self.banner
    }

    /// The answer to a command that is answered in one line: `cap`, `list`, `version`.
    pub fn ask(&mut self, line: &str) -> String {
        self.say(line);
        self.line()
    }

    /// The answer to one that is answered in lines up to a dot: `nodes`, `config`, `fetch`.
    pub fn lines(&mut self, line: &str) -> Vec<String> {
        self.say(line);
        let lines = std::iter::from_fn(|| Some(self.line()).filter(|line| line != "."));
        // Said before what a plugin says, where the node is not root and cannot be nobody for it.
        lines.filter(|line| !line.starts_with("# Warning: Root privileges are required")).collect()
    }

    /// The values that the plugin of this name gives, by field.
    pub fn fetch(&mut self, plugin: &str) -> BTreeMap<String, String> {
        let lines = self.lines(&format!("fetch {plugin}"));
        let value = |line: &String| {
            let (field, value) = line.split_once(".value ").unwrap_or_else(|| panic!("{line:?} is no value"));
            (field.to_owned(), value.to_owned())
        };
        lines.iter().map(value).collect()
    }

    /// Ends it, and sees that the node has nothing more to say.
    pub fn quit(mut self) {
        self.say("quit");
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).expect("the node ends the connection");
        assert_eq!(rest, "", "it was asked for nothing more");
    }

    fn say(&mut self, line: &str) {
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes()).expect("the node reads");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("the node answers");
        assert!(line.ends_with('\n'), "the node broke off: {line:?}");
        line.trim_end_matches('\n').to_owned()
    }
}
