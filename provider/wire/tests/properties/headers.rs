//! The seal's headers: each once and in exactly its case, in any order and among any others.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use statsgrid_wire::Reason;
use statsgrid_wire::envelope::{KEY_HEADER, SIGNATURE_HEADER, VERSION_HEADER};
use statsgrid_wire::message::Bye;

use crate::letter::Letter;
use crate::noise::good;

const OURS: [&str; 3] = [VERSION_HEADER, KEY_HEADER, SIGNATURE_HEADER];

fn others() -> impl Strategy<Value = Vec<(String, String)>> {
    let is_other = |name: &String| !OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name));
    let near = prop::sample::select(vec!["Statsgrid", "Statsgrid-", "Statsgrid-Keys", "Key", " Statsgrid-Key", ""]);
    let name = prop_oneof!["[!-9;-~]{1,24}".prop_filter("ours", is_other), near.prop_map(str::to_owned)];
    vec((name, any::<String>()), 0..4)
}

/// One of ours, with some letters in another case.
fn written_otherwise() -> impl Strategy<Value = (usize, String)> {
    (0..OURS.len(), any::<u32>()).prop_map(|(place, cases)| {
        let flip = |(bit, c): (usize, char)| match cases >> bit & 1 {
            1 if c.is_ascii_lowercase() => c.to_ascii_uppercase(),
            1 => c.to_ascii_lowercase(),
            _ => c,
        };
        (place, OURS[place].chars().enumerate().map(flip).collect())
    })
}

fn reason(letter: &Letter) -> Option<Reason> {
    letter.open::<Bye>().err().map(|rejection| rejection.reason)
}

proptest! {
    #[test]
    fn their_order_and_what_stands_between_them_is_nobodys_matter(
        (good, headers) in (good(), others()).prop_flat_map(|(good, others)| {
            let all = [good.headers.clone(), others].concat();
            (Just(good), Just(all).prop_shuffle())
        })
    ) {
        prop_assert_eq!(reason(&Letter { headers, ..good }), None);
    }

    #[test]
    fn a_second_one_in_any_case_and_place_makes_it_unsigned(
        good in good(),
        (ours, name) in written_otherwise(),
        value in prop_oneof![Just(None), any::<String>().prop_map(Some)],
        place in any::<Index>(),
    ) {
        let mut letter = good;
        let value = value.unwrap_or_else(|| letter.headers[ours].1.clone());
        letter.headers.insert(place.index(letter.headers.len() + 1), (name, value));
        prop_assert_eq!(reason(&letter), Some(Reason::Unsigned));
    }

    #[test]
    fn one_in_another_case_makes_it_unsigned(good in good(), (ours, name) in written_otherwise()) {
        let expected = (name != OURS[ours]).then_some(Reason::Unsigned);
        let mut letter = good;
        letter.headers[ours].0 = name;
        prop_assert_eq!(reason(&letter), expected);
    }
}
