//! A figure beside its aim: a row of the table of ratios.

use std::fmt;

/// What was aimed at, and what was reached.
pub struct Claim {
    what: String,
    reached: Reached,
    aim: Option<f64>,
    unit: &'static str,
    /// Whether all else was as it should be.
    whole: bool,
}

enum Reached {
    Figure(f64),
    /// It could not be measured; this says why.
    Not(String),
}

impl Claim {
    /// A ratio that is to be `aim` at most.
    pub fn ratio(what: impl Into<String>, reached: f64, aim: f64) -> Self {
        Self { what: what.into(), reached: Reached::Figure(reached), aim: Some(aim), unit: "", whole: true }
    }

    /// A time in seconds, likewise.
    pub fn seconds(what: impl Into<String>, reached: f64, aim: f64) -> Self {
        Self { unit: " s", ..Self::ratio(what, reached, aim) }
    }

    /// A ratio that nothing is aimed at.
    pub fn plain(what: impl Into<String>, reached: f64) -> Self {
        Self { aim: None, ..Self::ratio(what, reached, 0.0) }
    }

    /// The same, and missed whatever the figure is where something was lost.
    pub fn if_whole(self, whole: bool) -> Self {
        Self { whole, ..self }
    }

    /// What could not be measured, and why.
    pub fn not(what: impl Into<String>, why: &str) -> Self {
        Self { what: what.into(), reached: Reached::Not(why.to_owned()), aim: None, unit: "", whole: true }
    }

    /// The table of them.
    pub fn table(claims: &[Self]) -> String {
        let rows: String = claims.iter().map(|claim| format!("{claim}\n")).collect();
        format!("| | Reached | Aim |\n|---|---|---|\n{rows}")
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, unit, .. } = self;
        match (&self.reached, self.aim) {
            (Reached::Not(why), _) => write!(f, "| {what} | not measured: {why} | |"),
            (Reached::Figure(figure), None) => write!(f, "| {what} | {}{unit} | |", digits(*figure)),
            (Reached::Figure(figure), Some(aim)) => {
                let verdict = if self.whole && *figure <= aim { "reached" } else { "missed" };
                write!(f, "| {what} | {}{unit} | {aim}{unit}: {verdict} |", digits(*figure))
            }
        }
    }
}

/// Three digits that count.
fn digits(figure: f64) -> String {
    let places = (2.0 - figure.abs().max(1e-3).log10().floor()).clamp(0.0, 4.0) as usize;
    format!("{figure:.places$}")
}
