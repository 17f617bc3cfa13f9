//! The manual of stats-provider: examples and files, which its flags do not tell.

use clap::CommandFactory;
use statsgrid_wire::daemon::{Chapter, Exit, Manual};

use crate::cli::Cli;

/// Help, completions and man pages of the program.
pub fn manual() -> Manual {
    Manual::new(Cli::command(), chapters).with_common(Exit::chapter())
}

/// Those of the program itself, and of its subcommands.
fn chapters(command: &str) -> Vec<Chapter> {
    match command {
        "stats-provider" => vec![Chapter::new("Examples", PROGRAM), files()],
        "run" => vec![Chapter::new("Examples", RUN), files()],
        "once" => vec![Chapter::new("Examples", ONCE)],
        "check" => vec![Chapter::new("Examples", CHECK)],
        "new" => vec![Chapter::new("Examples", NEW)],
        "identity" => vec![Chapter::new("Examples", IDENTITY)],
        "completions" => vec![Chapter::new("Examples", COMPLETIONS)],
        "man-pages" => vec![Chapter::new("Examples", MAN_PAGES)],
        _ => Vec::new(),
    }
}

fn files() -> Chapter {
    let files = [
        ("provider.toml", "The configuration. share/statsgrid has an example with every key."),
        ("gatherer.address", "Beside it: whom the node answers, a line each."),
        ("identity.seed", "The node's identity. Whoever holds it is the node."),
        ("counters.json", "With persist_counters: the node's counters."),
        ("native/", "Native code of producers, so that a restart need not compile them."),
    ];
    Chapter::new("Files", files)
}

/// A command, and what it does.
type Example = (&'static str, &'static str);

const PROGRAM: [Example; 3] = [
    ("stats-provider run --config /etc/statsgrid/provider.toml", "Answers polls until it is told to stop."),
    ("stats-provider once", "Prints what a poll would get now."),
    ("stats-provider check load_monitor.wasm", "Says what a producer is and what it asks for."),
];

const RUN: [Example; 3] = [
    ("stats-provider run --check-config", "Says what is wrong with provider.toml of this folder."),
    ("stats-provider run --gatherer \"$(cat gatherer.address)\"", "Answers the gatherer of this address."),
    ("stats-provider run --listen 9464", "Shows the node's own pages at http://127.0.0.1:9464/statistics."),
];

const ONCE: [Example; 1] = [("stats-provider once | jq .stats", "The node's stats, with or without a gatherer.")];

const CHECK: [Example; 3] = [
    ("stats-provider check spool.wasm --grant-folder /var/spool/mail", "Tries a producer under a grant."),
    ("stats-provider check --config provider.toml spool.wasm", "Tries it under the grants of its section."),
    ("stats-provider check --watch target/wasm32-wasip2/release/spool.wasm", "Tries each new build."),
];

const NEW: [Example; 1] = [("stats-provider new my-monitor", "Makes the folder my-monitor, with a producer in it.")];

const IDENTITY: [Example; 1] = [("stats-provider identity", "Prints the key that `stats-gatherer approve` takes.")];

const COMPLETIONS: [Example; 3] = [
    ("stats-provider completions bash >~/.local/share/bash-completion/completions/stats-provider", "For bash."),
    ("stats-provider completions zsh >~/.zfunc/_stats-provider", "For zsh, with ~/.zfunc in $fpath."),
    ("stats-provider completions fish >~/.config/fish/completions/stats-provider.fish", "For fish."),
];

const MAN_PAGES: [Example; 1] =
    [("stats-provider man-pages ~/.local/share/man/man1", "Then `man stats-provider-check` finds them.")];
