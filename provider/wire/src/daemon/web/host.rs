//! Under which name a reader found us: a page of the web must not read ours through its reader's browser.
//!
//! Such a page can make its own name lead to this machine (DNS rebinding); the browser then takes it and us for one site,
//! and lets it read what only people on this machine may see. The header `Host` still holds that name. An address in its
//! place cannot be turned, nor can `localhost`.

use std::net::IpAddr;

use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;

/// The names that lead here.
#[derive(Clone, Debug)]
pub(super) struct Names {
    own: Vec<String>,
    any: bool,
}

impl Names {
    /// Those of a server at this address; `own` are those that people gave it. A server for other machines is found under
    /// names that it cannot know, so without such a list it takes them all.
    pub(super) fn of(address: IpAddr, own: Vec<String>) -> Self {
        Self { any: own.is_empty() && !address.is_loopback(), own }
    }

    /// Whether the one who asks may have meant us. Who names nobody is no browser.
    pub(super) fn lead_to(&self, parts: &Parts) -> bool {
        if let Some(authority) = parts.uri.authority() {
            return self.have(authority.host());
        }
        // Of several no one knows which a proxy went by, so each has to be ours.
        let authorities = parts.headers.get_all(HOST).iter().map(|host| host.as_bytes().try_into());
        authorities
            .into_iter()
            .all(|authority: Result<Authority, _>| authority.is_ok_and(|authority| self.have(authority.host())))
    }

    fn have(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        self.any
            || bare.parse::<IpAddr>().is_ok()
            || host.eq_ignore_ascii_case("localhost")
            || self.own.iter().any(|own| own.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn a_name_that_was_turned_to_us_is_refused() {
        let check = |address: &str, own: &[&str], host: &str, expected: bool| {
            let names = Names::of(address.parse().unwrap(), own.iter().map(ToString::to_string).collect());
            let (parts, ()) = Request::get("/").header(HOST, host).body(()).unwrap().into_parts();
            assert_eq!(names.lead_to(&parts), expected, "{address} {own:?} {host}");
        };
        check("127.0.0.1", &[], "127.0.0.1:9464", true);
        check("127.0.0.1", &[], "LocalHost:9464", true);
        check("::1", &[], "[::1]:9464", true);
        check("127.0.0.1", &[], "evil.example:9464", false);
        check("127.0.0.1", &[], "127.0.0.1.evil.example", false);
        check("127.0.0.1", &[], "", false);
        check("127.0.0.1", &["stats.example"], "stats.example", true);
        check("0.0.0.0", &[], "gw.example:9464", true);
        check("0.0.0.0", &["stats.example"], "gw.example:9464", false);
    }

    #[test]
    fn a_whole_address_in_the_request_goes_first() {
        let names = Names::of("127.0.0.1".parse().unwrap(), Vec::new());
        let of = |uri: &str| Request::get(uri).header(HOST, "localhost").body(()).unwrap().into_parts().0;
        assert!(!names.lead_to(&of("http://evil.example/metrics")));
        assert!(names.lead_to(&of("http://localhost/metrics")));
        let (nobody, ()) = Request::get("/").body(()).unwrap().into_parts();
        assert!(names.lead_to(&nobody));
        let two = Request::get("/").header(HOST, "localhost").header(HOST, "evil.example");
        assert!(!names.lead_to(&two.body(()).unwrap().into_parts().0));
    }
}
