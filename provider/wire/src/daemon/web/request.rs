//! What is asked: a path, a query, and which formats the asker prefers.

use http::header::ACCEPT;
use http::request::Parts;

/// A request that was found to be one that only reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    path: String,
    query: String,
    accept: Option<String>,
}

impl Request {
    /// Of what came over a connection.
    pub(super) fn of(parts: &Parts) -> Self {
        let accept = parts.headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        Self {
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            accept: accept.map(str::to_owned),
        }
    }

    /// The path as it came: no path of ours has a character that is written otherwise.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the query holds exactly this, as `t=json`.
    pub fn asks(&self, pair: &str) -> bool {
        self.query.split('&').any(|held| held == pair)
    }

    /// The header `Accept`.
    pub fn accept(&self) -> Option<&str> {
        self.accept.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_of_whole_pairs() {
        let (parts, ()) = http::Request::get("/statistics?x=1&t=json").body(()).unwrap().into_parts();
        let request = Request::of(&parts);
        assert_eq!(request.path(), "/statistics");
        assert!(request.asks("t=json") && !request.asks("t=jso") && !request.asks(""));
        assert_eq!(request.accept(), None);
    }
}
