//! One call of the plugin: all that it is given, and what it may be asked for.

use std::path::Path;

use super::environment::Environment;
use super::error::MuninError;

/// One call, as munin makes it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What the plugin was called as: the name of its link, with or without a path.
    pub program: &'a str,
    /// What follows. All but the first is tolerated and means nothing: newer nodes call `config cap`.
    pub arguments: &'a [String],
    /// What munin's administrator set, and munin-node itself.
    pub environment: &'a Environment,
    /// The wall clock, in Unix milliseconds.
    pub now_ms: u64,
}

impl<'a> Call<'a> {
    /// The snapshot.
    pub fn statsfile(&self) -> Result<&'a Path, MuninError> {
        self.environment.statsfile.as_deref().ok_or(MuninError::NoStatsfile)
    }
}

/// What the first argument asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// None, or an empty one.
    Values,
    Config,
    Autoconf,
    Suggest,
    Help,
}

impl Argument {
    /// Those that are words, in the order of the manual.
    pub const WORDS: [Self; 4] = [Self::Config, Self::Autoconf, Self::Suggest, Self::Help];

    /// The one that is written so.
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self::Values),
            "-h" => Some(Self::Help),
            _ => Self::WORDS.into_iter().find(|argument| argument.word() == text),
        }
    }

    /// How it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Values => "",
            Self::Config => "config",
            Self::Autoconf => "autoconf",
            Self::Suggest => "suggest",
            Self::Help => "--help",
        }
    }

    /// What is printed then.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Values => "the values of the graphs that the link's name asks for",
            Self::Config => "how these graphs are drawn",
            Self::Autoconf => "whether the plugin is of use here: `yes`, or `no` and why",
            Self::Suggest => "the links that the snapshot has something for, one a line",
            Self::Help => "this text",
        }
    }
}
