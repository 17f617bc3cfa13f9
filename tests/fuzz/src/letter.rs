//! Messages as the bus brings them: any subject, any headers, any body.
//!
//! An input is a list of messages with a NUL between two: the subject on the first line, a header on each further one
//! (`Name: value`), an empty line, the body. A fuzzer cannot sign, so what it changes in a good one tests the checks
//! before the signature; the target `body` reaches those behind it.

use statsgrid_wire::Rejection;
use statsgrid_wire::envelope::{Message, Opened, Raw, open, open_batch};
use statsgrid_wire::message::{Announcement, Bye, Poll, Reply};

use crate::cast::Cast;

/// Whatever kind it is taken for, nothing panics, and messages that are opened together are opened as one by one.
pub fn letter(data: &[u8]) {
    let raws: Vec<Raw<'_>> = data.split(|byte| *byte == 0).filter_map(raw).collect();
    agree::<Poll>(&raws);
    agree::<Reply>(&raws);
    agree::<Announcement>(&raws);
    agree::<Bye>(&raws);
}

fn raw(letter: &[u8]) -> Option<Raw<'_>> {
    let end = letter.windows(2).position(|window| window == b"\n\n")?;
    let (head, body) = letter.split_at_checked(end)?;
    let mut lines = std::str::from_utf8(head).ok()?.lines();
    Some(Raw::new(lines.next()?, lines.filter_map(|line| line.split_once(": ")), body.get(2..)?))
}

/// What `open` makes of each, to which `open_batch` is held: messages as text, in which 5 and 5.0 differ, and 0.0 and
/// -0.0.
pub(crate) fn agree<M: Message>(raws: &[Raw<'_>]) -> Vec<Result<String, Rejection>> {
    let cast = Cast::get();
    let told = |opened: Result<Opened<M>, Rejection>| opened.map(|opened| told(&opened.message));
    let alone: Vec<_> = raws.iter().map(|raw| told(open(raw, &cast.subjects, cast))).collect();
    let together: Vec<_> = open_batch(raws, &cast.subjects, cast).into_iter().map(told).collect();
    assert_eq!(together, alone);
    alone
}

pub(crate) fn told<M: Message>(message: &M) -> String {
    serde_json::to_string(message).expect("what was read can be written")
}
