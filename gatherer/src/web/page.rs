//! The status page's files, as they lie in `page/`: they need nothing from elsewhere, and are part of the program.

use statsgrid_wire::daemon::web::Answer;

const HTML: &str = "text/html; charset=utf-8";

/// Each with its path and kind.
const FILES: [(&str, &str, &str); 1] = [("/", HTML, include_str!("page/index.html"))];

/// The file of this path.
pub(super) fn file(path: &str) -> Option<Answer> {
    let (_, kind, content) = FILES.iter().find(|(held, ..)| *held == path)?;
    Some(Answer::of(kind, *content))
}
