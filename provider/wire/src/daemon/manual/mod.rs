//! What a program says of itself, from one definition of its command line: help, completions for shells, man pages.
//!
//! What flags do not tell (examples, files, exit codes) stands in chapters, which are below what `--help` prints and
//! sections of the man pages. Left out on purpose: asking for the date, so that each build makes the same pages.

mod chapter;
mod pages;

use std::io;
use std::path::Path;

pub use chapter::Chapter;
use clap::{Command, FromArgMatches};
pub use clap_complete::Shell;

use super::FileError;
use super::files::failed;

/// What errors call it.
const MAN_PAGE: &str = "man page";

/// A program's command line, and its chapters.
#[derive(Clone, Debug)]
pub struct Manual {
    command: Command,
    chapters: fn(&str) -> Vec<Chapter>,
    common: Vec<Chapter>,
}

impl Manual {
    /// `chapters` gives those of the program or of one of its subcommands, by its name.
    pub fn new(command: Command, chapters: fn(&str) -> Vec<Chapter>) -> Self {
        Self { command, chapters, common: Vec::new() }
    }

    /// With a chapter that is the program's in its help, and everybody's in man pages, which are read one by one.
    pub fn with_common(mut self, chapter: Chapter) -> Self {
        self.common.push(chapter);
        self
    }

    /// What the process was called with. Ends it, as clap does, where that asks for help or is wrong.
    pub fn parse<P: FromArgMatches>(&self) -> P {
        let mut command = self.help();
        let matches = command.get_matches_mut();
        P::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
    }

    /// The completions for a shell.
    pub fn completions(&self, shell: Shell) -> String {
        let mut text = Vec::new();
        let name = self.command.get_name();
        clap_complete::generate(shell, &mut self.command.clone(), name, &mut text);
        let text = String::from_utf8_lossy(&text);
        // For bash clap_complete writes a program's hyphen in two ways, and then finds no command of it:
        // https://github.com/clap-rs/clap/issues/6421
        text.replace(&name.replace('-', "__subcmd__"), &name.replace('-', "__"))
    }

    /// Writes a page for the program and one for each subcommand into `folder`, which is made if need be.
    pub fn write_man_pages(&self, folder: &Path, date: Option<&str>) -> Result<(), FileError> {
        std::fs::create_dir_all(folder).map_err(failed("folder", folder, "made"))?;
        for (name, page) in self.man_pages(date).map_err(failed(MAN_PAGE, folder, "made"))? {
            let path = folder.join(name);
            std::fs::write(&path, page).map_err(failed(MAN_PAGE, &path, "written"))?;
        }
        Ok(())
    }

    /// The command line with its chapters below what `--help` prints.
    fn help(&self) -> Command {
        let with = |command: Command, common: &[Chapter]| {
            let chapters = (self.chapters)(command.get_name());
            let text: Vec<String> = chapters.iter().chain(common).map(ToString::to_string).collect();
            if text.is_empty() { command } else { command.after_long_help(text.join("\n")) }
        };
        with(self.command.clone(), &self.common).mut_subcommands(|subcommand| with(subcommand, &[]))
    }

    /// The pages by their files' names.
    fn man_pages(&self, date: Option<&str>) -> io::Result<Vec<(String, String)>> {
        let mut program = self.command.clone().disable_help_subcommand(true);
        program.build();
        let page = |command: &Command, see_also: &[String]| {
            let mut chapters = (self.chapters)(command.get_name());
            chapters.extend(pages::environment(command));
            chapters.extend(self.common.iter().cloned());
            pages::page(&program, command, (&chapters, see_also), date)
        };
        let subcommands: Vec<&Command> = program.get_subcommands().collect();
        let all = subcommands.iter().map(|subcommand| pages::name(subcommand)).collect::<Vec<_>>();
        let mut pages = vec![page(&program, &all)?];
        for subcommand in subcommands {
            pages.push(page(subcommand, &[pages::name(&program)])?);
        }
        Ok(pages)
    }
}
