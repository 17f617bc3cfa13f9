//! Man pages: what clap_mangen makes of a command line, and the chapters as sections below.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::Chapter;

/// Programs that people call.
const SECTION: &str = "1";

/// What a page's command is called in full: `stats-gatherer-show`.
pub(super) fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

/// The page of `command`, which is `program` or one of its subcommands, and the name of its file.
pub(super) fn page(
    program: &Command,
    command: &Command,
    (chapters, see_also): (&[Chapter], &[String]),
    date: Option<&str>,
) -> io::Result<(String, String)> {
    let name = name(command);
    // An empty date would be left out, and what follows would take its place.
    let man = Man::new(with_usage(command))
        .title(name.to_uppercase())
        .section(SECTION)
        .date(date.unwrap_or(" "))
        .source(format!("Statsgrid {}", program.get_version().unwrap_or_default()))
        .manual("Statsgrid");
    let mut title = Vec::new();
    man.render_title(&mut title)?;
    let mut text = String::from_utf8_lossy(&title).into_owned();
    // Names of flags and files are not to be parted.
    text.push_str(".nh\n");
    let mut renders = vec![Man::render_name_section, Man::render_synopsis_section, Man::render_description_section];
    renders.push(Man::render_options_section);
    if command.has_subcommands() {
        renders.push(Man::render_subcommands_section);
    }
    for render in renders {
        let mut section = Vec::new();
        render(&man, &mut section)?;
        text.push_str(without_head(&String::from_utf8_lossy(&section)));
    }
    text.push_str(without_head(&sections(chapters, see_also).render()));
    // Two breaks and an empty line, of which viewers of pages warn, are one empty line.
    Ok((format!("{name}.{SECTION}"), text.replace(".br\n\n.br\n", ".sp\n")))
}

/// With the line of usage that help has: one that names all flags is not read.
fn with_usage(command: &Command) -> Command {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    command.clone().override_usage(usage).subcommand_help_heading("COMMANDS")
}

/// Without what every text of roff's begins with, and a page needs once.
fn without_head(text: &str) -> &str {
    text.strip_prefix(&Roff::new().render()).unwrap_or(text)
}

/// The variables that stand for flags of `command`, which each flag names too, but not in one place.
pub(super) fn environment(command: &Command) -> Option<Chapter> {
    let variables = command.get_arguments().filter(|argument| !argument.is_hide_set()).filter_map(|argument| {
        let flag = match argument.get_long() {
            Some(long) => format!("--{long}"),
            None => argument.get_id().as_str().to_uppercase(),
        };
        Some((argument.get_env()?.to_string_lossy().into_owned(), format!("The same as {flag}, which goes over it.")))
    });
    let variables: Vec<_> = variables.collect();
    (!variables.is_empty()).then(|| Chapter::new("Environment", variables))
}

fn sections(chapters: &[Chapter], see_also: &[String]) -> Roff {
    let mut roff = Roff::new();
    for chapter in chapters {
        roff.control("SH", [chapter.title().to_uppercase().as_str()]);
        for (name, text) in chapter.entries() {
            roff.control("TP", []);
            roff.text([bold(name)]);
            roff.text([roman(text)]);
        }
    }
    if !see_also.is_empty() {
        roff.control("SH", ["SEE ALSO"]);
        let names: Vec<String> = see_also.iter().map(|name| format!("{name}({SECTION})")).collect();
        roff.text([roman(names.join(", "))]);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Arg;

    #[test]
    fn chapters_are_sections_of_their_pages() {
        let chapters = [Chapter::new("Exit status", [("0", "it's well"), (".so x", "no macro")])];
        let command = Command::new("prog").version("1.2").about("Tries it").arg(Arg::new("flag").long("flag"));
        let see_also = ["other".to_owned()];
        let made = |date| page(&command, &command, (&chapters, &see_also), date).unwrap();
        let (file, text) = made(Some("2026-11-23"));
        assert_eq!(file, "prog.1");
        assert!(text.contains("\n.TH PROG 1 2026-11-23 \"Statsgrid 1.2\" Statsgrid\n"), "{text}");
        assert!(made(None).1.contains("\n.TH PROG 1 \" \" \"Statsgrid 1.2\" Statsgrid\n"), "{text}");
        assert!(text.contains(".SH SYNOPSIS\n\\fBprog\\fR [OPTIONS]\n"), "{text}");
        let sections = ".SH \"EXIT STATUS\"\n.TP\n\\fB0\\fR\nit\\*(Aqs well\n.TP\n\\fB.so x\\fR\nno macro\n\
            .SH \"SEE ALSO\"\nother(1)\n";
        assert!(text.ends_with(sections), "{text}");
        assert_eq!(text.matches(".ds Aq").count(), 2, "{text}");
    }

    #[test]
    fn variables_are_listed_with_their_flags() {
        let flag = |name: &'static str, variable: &'static str| Arg::new(name).long(name).env(variable);
        let command = Command::new("prog").arg(flag("config", "CONFIG")).arg(Arg::new("file").env("FILE"));
        let command = command.arg(flag("secret", "SECRET").hide(true)).arg(Arg::new("plain").long("plain"));
        let expected = [
            ("CONFIG", "The same as --config, which goes over it."),
            ("FILE", "The same as FILE, which goes over it."),
        ];
        assert_eq!(environment(&command), Some(Chapter::new("Environment", expected)));
        assert_eq!(environment(&Command::new("prog")), None);
    }
}
