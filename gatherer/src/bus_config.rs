//! Who may say and hear what on the NATS server: a part of its configuration, made from the trust file.
//!
//! With these permissions a provider can neither hear another's replies, nor poll, nor answer or announce in another's
//! name, and the login for enrolment can announce and do nothing else. Left out on purpose: ports, TLS, clusters and all
//! else of the server's configuration, which includes this part; `gatherer/pkg/nats-server.conf` is an example.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use statsgrid_wire::{PublicKey, one_line};

use crate::limits::SHOWN_LINE_BYTES;
use crate::trust::Entry;

/// The users of one server.
#[derive(Clone, Debug)]
pub struct BusConfig {
    /// The first tokens of all subjects.
    pub prefix: String,
    /// Who polls.
    pub gatherers: Vec<PublicKey>,
    /// Who answers.
    pub providers: Vec<Entry>,
    /// User and password of the login under which a new node may announce itself.
    pub enrolment: Option<(String, String)>,
    /// The account of all of them, on a server that has several.
    pub account: Option<String>,
}

impl Display for BusConfig {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# Written by `stats-gatherer bus-config` from the trust file. Include it in the configuration of"
        )?;
        writeln!(f, "# nats-server, and have the server read it again: nats-server --signal reload")?;
        match &self.account {
            Some(account) => writeln!(f, "accounts {{\n \"{account}\" {{")?,
            None => writeln!(f, "authorization {{\n  timeout: 5")?,
        }
        writeln!(f, "  users = [")?;
        self.gatherers.iter().try_for_each(|key| self.gatherer(f, key))?;
        let mut written = BTreeSet::new();
        let mut once = self.providers.iter().filter(|entry| written.insert(entry.key));
        once.try_for_each(|entry| self.provider(f, entry))?;
        if let Some(login) = &self.enrolment {
            self.enrolment(f, login)?;
        }
        writeln!(f, "  ]")?;
        f.write_str(if self.account.is_some() { " }\n}\n" } else { "}\n" })
    }
}

impl BusConfig {
    fn gatherer(&self, f: &mut Formatter<'_>, key: &PublicKey) -> fmt::Result {
        let at = &self.prefix;
        writeln!(f, "    # A gatherer.")?;
        writeln!(f, "    {{nkey: {key}, permissions: {{")?;
        writeln!(f, "      publish:   {{allow: [\"{at}.poll.{key}.>\"]}}")?;
        let heard = format!("\"{at}.announce.{key}.*\", \"{at}.bye.{key}.*\", \"{at}.reply.{key}.>\"");
        writeln!(f, "      subscribe: {{allow: [{heard}]}}}}}}")
    }

    fn provider(&self, f: &mut Formatter<'_>, entry: &Entry) -> fmt::Result {
        let (at, key) = (&self.prefix, entry.key);
        // A remark is another's nickname at times, and ends with its line.
        let remark = one_line(&entry.remark, SHOWN_LINE_BYTES);
        writeln!(f, "{}", format!("    # {remark}").trim_end_matches([' ', '#']))?;
        writeln!(f, "    {{nkey: {key}, permissions: {{")?;
        let said = format!("\"{at}.announce.*.{key}\", \"{at}.bye.*.{key}\", \"{at}.reply.*.*.*.{key}\"");
        writeln!(f, "      publish:   {{allow: [{said}]}}")?;
        let heard = format!("\"{at}.poll.*.all\", \"{at}.poll.*.shard.*.*\", \"{at}.poll.*.one.{key}\"");
        writeln!(f, "      subscribe: {{allow: [{heard}]}}}}}}")
    }

    fn enrolment(&self, f: &mut Formatter<'_>, (user, password): &(String, String)) -> fmt::Result {
        let at = &self.prefix;
        writeln!(
            f,
            "    # A node whose own key is not listed yet: it may announce itself, so that it waits for approval."
        )?;
        writeln!(f, "    {{user: \"{user}\", password: \"{password}\", permissions: {{")?;
        writeln!(f, "      publish:   {{allow: [\"{at}.announce.*.*\"]}}")?;
        writeln!(f, "      subscribe: {{deny: [\">\"]}}}}}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::TrustFile;
    use statsgrid_wire::Identity;

    fn config(remark: &str) -> (BusConfig, PublicKey, PublicKey) {
        let [g, p] = [(); 2].map(|()| Identity::generate().unwrap().public_key());
        let (file, bad) = TrustFile::parse(&format!("{p} trusted # {remark}\n{p} trusted\n"));
        assert!(bad.is_empty());
        let providers = file.entries().cloned().collect();
        let prefix = "site.stats.v1".to_owned();
        (BusConfig { prefix, gatherers: vec![g], providers, enrolment: None, account: None }, g, p)
    }

    #[test]
    fn each_role_has_its_own_subjects_and_no_more() {
        let (mut config, g, p) = config("alpha");
        config.enrolment = Some(("enrol".to_owned(), "s3cret".to_owned()));
        let text = config.to_string();
        let expected = format!(
            r##"authorization {{
  timeout: 5
  users = [
    # A gatherer.
    {{nkey: {g}, permissions: {{
      publish:   {{allow: ["site.stats.v1.poll.{g}.>"]}}
      subscribe: {{allow: ["site.stats.v1.announce.{g}.*", "site.stats.v1.bye.{g}.*", "site.stats.v1.reply.{g}.>"]}}}}}}
    # alpha
    {{nkey: {p}, permissions: {{
      publish:   {{allow: ["site.stats.v1.announce.*.{p}", "site.stats.v1.bye.*.{p}", "site.stats.v1.reply.*.*.*.{p}"]}}
      subscribe: {{allow: ["site.stats.v1.poll.*.all", "site.stats.v1.poll.*.shard.*.*", "site.stats.v1.poll.*.one.{p}"]}}}}}}
    # A node whose own key is not listed yet: it may announce itself, so that it waits for approval.
    {{user: "enrol", password: "s3cret", permissions: {{
      publish:   {{allow: ["site.stats.v1.announce.*.*"]}}
      subscribe: {{deny: [">"]}}}}}}
  ]
}}
"##
        );
        assert!(text.ends_with(&expected), "{text}");
    }

    #[test]
    fn an_account_holds_them_all() {
        let (mut config, ..) = config("");
        config.account = Some("STATS".to_owned());
        let text = config.to_string();
        assert!(text.contains("accounts {\n \"STATS\" {\n  users = [") && text.ends_with("  ]\n }\n}\n"), "{text}");
    }

    #[test]
    fn a_remark_stays_a_remark() {
        let (config, ..) = config("alpha\u{85}]}\u{1b}[2J, no_auth_user: x");
        let text = config.to_string();
        let outside = |line: &&str| !line.trim_start().starts_with('#');
        assert!(!text.lines().filter(outside).any(|line| line.contains("no_auth_user")), "{text}");
    }
}
