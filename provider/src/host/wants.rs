//! What a component may want of the machine, read out of its imports before it runs.
//!
//! An import says that a component is able to ask, not that it will: the standard library of most languages imports
//! files and environment whether the program uses them or not. So this is told, and decides nothing.

use std::fmt;

use super::Grants;

/// Something of the machine that a producer may ask for, and has only where it is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// Files and folders.
    Files,
    /// Environment variables.
    Environment,
    /// Outbound HTTP.
    Http,
    /// Sockets, which nobody is ever granted.
    Sockets,
}

impl Want {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Files, Self::Environment, Self::Http, Self::Sockets];

    /// The start of the interfaces by which it is asked for.
    fn interfaces(self) -> &'static str {
        match self {
            Self::Files => "wasi:filesystem/",
            Self::Environment => "wasi:cli/environment@",
            // The other interfaces of wasi:http are types alone, or are for a server.
            Self::Http => "wasi:http/outgoing-handler@",
            Self::Sockets => "wasi:sockets/",
        }
    }

    /// What a component with these imports may want.
    pub(super) fn of(imports: &[String]) -> Vec<Self> {
        let imported = |want: &Self| imports.iter().any(|import| import.starts_with(want.interfaces()));
        Self::ALL.into_iter().filter(imported).collect()
    }
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Files => "files",
            Self::Environment => "environment",
            Self::Http => "HTTP",
            Self::Sockets => "sockets",
        })
    }
}

/// One line on what may be asked for and what of it is granted; none: nothing may be asked for.
pub fn told(wants: &[Want], grants: &Grants) -> Option<String> {
    if wants.is_empty() {
        return None;
    }
    let listed = |granted: bool| {
        let some: Vec<String> =
            wants.iter().filter(|want| grants.covers(**want) == granted).map(ToString::to_string).collect();
        if some.is_empty() { "none".to_owned() } else { some.join(", ") }
    };
    let all: Vec<String> = wants.iter().map(ToString::to_string).collect();
    Some(match (listed(true).as_str(), listed(false).as_str()) {
        (_, "none") => format!("may ask for {}, and is granted some of each", all.join(", ")),
        ("none", _) => format!("may ask for {}, and is granted none", all.join(", ")),
        (granted, denied) => format!("may ask for {granted} (granted), and for {denied} (not granted)"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ProducerSettings;

    #[test]
    fn imports_say_what_is_wanted_and_grants_what_of_it_there_is() {
        let check = |imports: &[&str], files: &[&str], env: &[&str], expected: Option<&str>| {
            let imports: Vec<String> = imports.iter().map(|import| (*import).to_owned()).collect();
            let mut section = ProducerSettings::of("a.wasm".into());
            section.files = files.iter().map(Into::into).collect();
            section.env = env.iter().map(|name| (*name).to_owned()).collect();
            let grants = Grants::check("a", &section, &[]).unwrap();
            assert_eq!(told(&Want::of(&imports), &grants).as_deref(), expected, "{imports:?}");
        };
        let std = ["wasi:cli/environment@0.2.6", "wasi:cli/exit@0.2.6", "wasi:filesystem/types@0.2.6"];
        let http = ["wasi:http/types@0.2.4", "wasi:http/outgoing-handler@0.2.4", "wasi:sockets/tcp@0.2.0"];
        check(&["wasi:clocks/wall-clock@0.2.6", "wasi:cli/stderr@0.2.6"], &[], &[], None);
        check(&std, &[], &[], Some("may ask for files, environment, and is granted none"));
        check(&http, &[], &[], Some("may ask for HTTP, sockets, and is granted none"));
        let environment_alone = "may ask for environment (granted), and for files (not granted)";
        check(&std, &[], &["PATH"], Some(environment_alone));
        let both = "may ask for files, environment, and is granted some of each";
        check(&std, &["/proc/loadavg"], &["PATH"], Some(both));
    }
}
