//! What the plugin says of itself: tables that its help and its man page share.

use super::call::Argument;

/// In one sentence.
pub const ABOUT: &str = "Draws a snapshot of stats-gatherer in munin, as the name of its link says";

/// The names of links, and what they draw.
pub const LINKS: [(&str, &str); 6] = [
    ("statsgrid_all", "Everything that the snapshot holds, a graph each, in one call."),
    ("statsgrid_GRAPH", "One graph, a line a node: storage_consumed, host__load1, or one of your own."),
    ("..._fleet", "The fleet's minimum, median, 95th percentile and maximum, and its sum."),
    ("..._top10", "The ten nodes with the highest values, or rates."),
    ("statsgrid_node_KEY", "One node, by the first 8 characters of its key or more."),
    ("tahoe_GRAPH", "The graphs of Tahoe-LAFS's stats gatherer, under its own names."),
];

/// The variables that the plugin goes by: those of plugin-conf.d, as `env.statsfile`, and munin-node's own.
pub const VARIABLES: [(&str, &str); 8] = [
    ("statsfile", "The snapshot that stats-gatherer writes."),
    ("graphs", "The file of your own graphs, graphs.toml."),
    ("host_name", "With statsgrid_node_KEY: the host that the node is shown as."),
    ("warning", "What munin warns of, for all lines of a graph: MAX, MIN: or MIN:MAX."),
    ("critical", "The same, for what is critical."),
    ("FIELD_warning", "The same for one line. FIELD_critical too."),
    ("MUNIN_STATEFILE", "Where the plugin keeps what rates need. munin-node sets it."),
    ("MUNIN_CAP_DIRTYCONFIG", "1: values come with `config`. munin-node sets it."),
];

/// What `--help` prints.
pub fn usage() -> String {
    let mut text = format!("{ABOUT}\n\nUsage: LINK [ARGUMENT]\n");
    let arguments = Argument::WORDS.map(|argument| (argument.word(), argument.meaning()));
    let none = ("(none)", Argument::Values.meaning());
    chapter(&mut text, "Prints, by its argument", [none].into_iter().chain(arguments));
    chapter(&mut text, "Links", LINKS);
    chapter(&mut text, "Environment", VARIABLES);
    text
}

fn chapter<'t>(text: &mut String, title: &str, entries: impl IntoIterator<Item = (&'t str, &'t str)>) {
    text.push_str(&format!("\n{title}:\n"));
    for (name, meaning) in entries {
        text.push_str(&format!("  {name:<21}  {meaning}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::munin::Environment;

    /// Whoever adds a variable to the one and not to the other finds it here.
    #[test]
    fn the_variables_that_are_told_are_those_that_are_gone_by() {
        for (name, _) in VARIABLES {
            let environment = Environment::new([(name.into(), "1".into())].into_iter()).unwrap();
            assert_ne!(environment, Environment::default(), "{name}");
        }
    }

    #[test]
    fn each_word_is_read_as_what_it_is() {
        assert!(Argument::WORDS.iter().all(|word| Argument::read(word.word()) == Some(*word)));
        assert_eq!([Argument::read(""), Argument::read("-h")], [Some(Argument::Values), Some(Argument::Help)]);
        assert_eq!(Argument::read("configure"), None);
    }
}
