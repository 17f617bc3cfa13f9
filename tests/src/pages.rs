//! What a daemon serves over HTTP, as a reader gets it.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;
use ureq::Agent;
use ureq::http::header::{ACCEPT, CONTENT_TYPE};

use crate::patience::{PATIENCE, await_until};
use crate::process::Process;

/// The pages of one daemon.
#[derive(Clone, Debug)]
pub struct Pages {
    address: String,
    agent: Agent,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: String,
    /// The content.
    pub text: String,
}

impl Pages {
    /// Those of a program that was told to `--listen 127.0.0.1:0`, and says where it does.
    pub fn of(process: &Process) -> Self {
        let listening = || {
            let printed = process.stdout();
            let line = printed.lines().find_map(|line| line.strip_prefix("listening http://"))?;
            line.strip_suffix('/').map(str::to_owned)
        };
        Self::at(&await_until("the address of the pages", PATIENCE, listening))
    }

    /// Those at `HOST:PORT`.
    pub fn at(address: &str) -> Self {
        Self { address: address.to_owned(), agent: agent() }
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where a path of it is.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What is there.
    pub fn get(&self, path: &str) -> Page {
        self.get_accepting(path, "*/*")
    }

    /// What is there for whoever prefers these kinds of content.
    pub fn get_accepting(&self, path: &str, accept: &str) -> Page {
        let answer = self.agent.get(self.url(path)).header(ACCEPT, accept).call();
        let mut answer = answer.unwrap_or_else(|error| panic!("{path}: {error}"));
        let content_type =
            answer.headers().get(CONTENT_TYPE).map(|kind| kind.to_str().expect("it is ASCII").to_owned());
        Page {
            status: answer.status().as_u16(),
            content_type: content_type.unwrap_or_default(),
            text: answer.body_mut().with_config().limit(u64::MAX).read_to_string().expect("an answer is whole text"),
        }
    }

    /// The JSON that is there.
    #[track_caller]
    pub fn json(&self, path: &str) -> Value {
        let page = self.get(path);
        assert_eq!((page.status, page.content_type.as_str()), (200, "application/json"), "{}", page.text);
        serde_json::from_str(&page.text).expect("an answer is JSON")
    }

    /// What comes back for these bytes, until the connection is closed.
    pub fn say(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // Who has heard enough may close before all is said.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A connection on which nothing has been said.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("the pages are served");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        stream
    }
}

/// A client whose waits have a bound, for which no status is an error.
pub(crate) fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().new_agent()
}
