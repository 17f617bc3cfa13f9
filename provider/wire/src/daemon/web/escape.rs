//! Others' text in a page of HTML.

use std::fmt;

/// `text` as a page shows it, in an element or in a quoted attribute.
pub fn escape(text: &str) -> impl fmt::Display {
    Escaped(text)
}

struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // No page may hold the others, whichever way they are written.
                c if c.is_control() => f.write_str("\u{fffd}")?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_an_element_or_an_attribute() {
        let hostile = "</td><script>'\"&amp;\n\u{1b}";
        assert_eq!(escape(hostile).to_string(), "&lt;/td&gt;&lt;script&gt;&#39;&quot;&amp;amp;\u{fffd}\u{fffd}");
    }
}
