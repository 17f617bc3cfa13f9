//! The manual of stats-gatherer: examples and files, which its flags do not tell.

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
        "stats-gatherer" => vec![Chapter::new("Examples", PROGRAM), files()],
        "run" => vec![Chapter::new("Examples", RUN), files()],
        "address" => vec![Chapter::new("Examples", ADDRESS)],
        "providers" => vec![Chapter::new("Examples", PROVIDERS)],
        "approve" => vec![Chapter::new("Examples", APPROVE)],
        "revoke" => vec![Chapter::new("Examples", REVOKE)],
        "bus-config" => vec![Chapter::new("Examples", BUS_CONFIG)],
        "status" => vec![Chapter::new("Examples", STATUS)],
        "show" => vec![Chapter::new("Examples", SHOW)],
        "merge" => vec![Chapter::new("Examples", MERGE)],
        "verify" => vec![Chapter::new("Examples", VERIFY)],
        "completions" => vec![Chapter::new("Examples", COMPLETIONS)],
        "man-pages" => vec![Chapter::new("Examples", MAN_PAGES)],
        _ => Vec::new(),
    }
}

fn files() -> Chapter {
    let files = [
        ("gatherer.toml", "The configuration. share/statsgrid has an example with every key."),
        ("stats.json", "The snapshot: the last record of each node, by its key."),
        ("stats.json.catalogue", "What the producers say of their stats: kinds, units, help."),
        ("stats.json.pending", "The keys that wait for a decision."),
        ("stats.json.lock", "Keeps a second gatherer off."),
        ("gatherer.seed", "The gatherer's identity. Whoever holds it is the gatherer."),
        ("gatherer.address", "The line that goes to every node."),
        ("gatherer.trust", "Lines `KEY trusted|revoked # remark`: whose stats are taken."),
    ];
    Chapter::new("Files", files)
}

/// A command, and what it does.
type Example = (&'static str, &'static str);

const PROGRAM: [Example; 3] = [
    ("stats-gatherer run --config /etc/statsgrid/gatherer.toml", "Gathers until it is told to stop."),
    ("stats-gatherer status", "Says what is wrong, one line a problem."),
    ("stats-gatherer show", "Prints what was gathered last."),
];

const RUN: [Example; 3] = [
    ("stats-gatherer run --check-config", "Says what is wrong with gatherer.toml of this folder."),
    (
        "stats-gatherer run --snapshot stats.json --enrol open --print",
        "Takes in every node, and prints what it gathers.",
    ),
    ("stats-gatherer run --snapshot stats.json --once", "Polls once; ends with code 9 if not all have answered."),
];

const ADDRESS: [Example; 1] =
    [("stats-gatherer address >node/gatherer.address", "Puts the address beside a node's provider.toml.")];

const PROVIDERS: [Example; 2] = [
    ("stats-gatherer providers", "Lists all keys that are known, with their standing."),
    ("stats-gatherer providers --json | jq -r '.[] | select(.standing == \"pending\") | .key'", "The keys that wait."),
];

const APPROVE: [Example; 1] =
    [("stats-gatherer approve UAJ6T4B4...", "Trusts the node that `stats-provider identity` printed this key on.")];

const REVOKE: [Example; 1] = [("stats-gatherer revoke UAJ6T4B4...", "Takes the node out with the next round.")];

const BUS_CONFIG: [Example; 1] = [(
    "stats-gatherer bus-config >users && install -m 640 -g nats users /etc/statsgrid-users.conf",
    "Gives the NATS server its users.",
)];

const STATUS: [Example; 1] =
    [("stats-gatherer status || mail -s statsgrid root", "For cron: mails if stats are missing.")];

const SHOW: [Example; 5] = [
    ("stats-gatherer show /var/lib/stats-gatherer/stats.json", "Every value of a few nodes, or figures over many."),
    ("stats-gatherer show --stat host.load1", "The load of each node."),
    ("stats-gatherer show --node 'web*' --node UAJ6T4B4", "Some nodes, by nickname and by key."),
    (
        "stats-gatherer show --json --stat 'storage_server.*' | jq 'map(select(.stale | not))'",
        "Fresh values, for programs.",
    ),
    ("stats-gatherer show --csv >stats.csv", "Everything, for a spreadsheet."),
];

const MERGE: [Example; 1] = [(
    "* * * * * stats-gatherer merge /srv/stats/stats.json /srv/stats/shard-*.json",
    "A line for cron: joins the shards each minute, and mails what is wrong.",
)];

const VERIFY: [Example; 1] = [(
    "stats-gatherer verify --gatherer UD3I46UV... journal.2 journal.1 journal",
    "Checks a journal with nothing but the keys.",
)];

const COMPLETIONS: [Example; 3] = [
    ("stats-gatherer completions bash >~/.local/share/bash-completion/completions/stats-gatherer", "For bash."),
    ("stats-gatherer completions zsh >~/.zfunc/_stats-gatherer", "For zsh, with ~/.zfunc in $fpath."),
    ("stats-gatherer completions fish >~/.config/fish/completions/stats-gatherer.fish", "For fish."),
];

const MAN_PAGES: [Example; 1] =
    [("stats-gatherer man-pages ~/.local/share/man/man1", "Then `man stats-gatherer-show` finds them.")];
