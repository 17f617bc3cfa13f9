//! What somebody may have meant who typed a name that is none.

/// The one of `known` that is the fewest slips of typing away from `text`, the first of several, and how many slips.
pub fn nearest<'k>(text: &str, known: impl IntoIterator<Item = &'k str>) -> Option<(&'k str, usize)> {
    let slips = |known: &'k str| (known, strsim::damerau_levenshtein(text, known));
    known.into_iter().map(slips).min_by_key(|(_, slips)| *slips)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_slips() {
        let check = |text: &str, expected| assert_eq!(nearest(text, ["alpha", "beta", "beat"]), expected, "{text}");
        check("alhpa", Some(("alpha", 1)));
        check("beta", Some(("beta", 0)));
        check("be", Some(("beta", 2)));
        assert_eq!(nearest("alpha", []), None);
    }
}
