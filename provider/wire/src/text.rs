//! Others' text, made fit for a line of a log or a terminal.

/// `text` on one line, without control characters, cut to `bytes`: a stranger's newline must not make a line of its own
/// in our log, nor an escape sequence move anybody's cursor.
pub fn one_line(text: &str, bytes: usize) -> String {
    let mut line = String::new();
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if line.len() + c.len_utf8() > bytes {
            break;
        }
        line.push(c);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_within_its_bound() {
        assert_eq!(one_line("a\nb\u{1b}[31m", 100), "a b [31m");
        assert_eq!(one_line("üüü", 5), "üü");
    }
}
