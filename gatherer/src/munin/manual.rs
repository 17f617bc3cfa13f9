//! The plugin's man page. The plugin itself reads its arguments without clap, so that it starts fast and is small; its
//! page is made from the same tables as its help.

use clap::builder::PossibleValue;
use clap::{Arg, Command};
use statsgrid_wire::daemon::{Chapter, Manual};

use super::call::Argument;
use super::link::PLUGIN;
use super::usage::{ABOUT, LINKS, VARIABLES};

/// What `man statsgrid_` shows. Completions it has none: munin calls it, by its links.
pub fn manual() -> Manual {
    let value = |argument: Argument| PossibleValue::new(argument.word()).help(argument.meaning());
    let argument = Arg::new("ARGUMENT")
        .help(format!("What to print. Without it: {}.", Argument::Values.meaning()))
        .value_parser(Argument::WORDS.map(value));
    let command = Command::new(PLUGIN).about(ABOUT).version(env!("CARGO_PKG_VERSION")).arg(argument);
    Manual::new(command.disable_help_flag(true).disable_version_flag(true), |_| chapters())
}

fn chapters() -> Vec<Chapter> {
    let examples = [
        ("ln -s /usr/local/bin/statsgrid_ /etc/munin/plugins/statsgrid_all", "All graphs in one link."),
        (
            "munin-node-configure --shell --families auto | grep /statsgrid_",
            "Commands that make a link for each graph.",
        ),
        ("munin-run statsgrid_runtime_load_avg config", "What munin is told of this graph."),
    ];
    let files = [
        ("/etc/munin/plugin-conf.d/statsgrid", "Sets the variables. An example lies in share/statsgrid/munin."),
        ("/var/lib/stats-gatherer/stats.json", "The snapshot, where the shipped unit has it written."),
    ];
    let codes = [
        ("0", "It printed what it was asked for."),
        ("1", "It could not: a line on standard error says why, and standard output has nothing."),
    ];
    vec![
        Chapter::new("Links", LINKS),
        Chapter::new("Examples", examples),
        Chapter::new("Files", files),
        Chapter::new("Environment", VARIABLES),
        Chapter::new("Exit status", codes),
    ]
}
