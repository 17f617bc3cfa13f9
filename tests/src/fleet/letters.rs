//! What members say, and what others say in their names.

use anyhow::Result;
use statsgrid_wire::envelope::{Sealed, seal};
use statsgrid_wire::limits::BODY_BYTES;
use statsgrid_wire::message::{Announcement, Answer, Bye, Reply};
use statsgrid_wire::subject::Topic;
use statsgrid_wire::{Identity, Unknown};

use super::crew::{Crew, Heard};
use crate::now_ms;

/// Rounds from which a forger takes his numbers: no member ever has them.
const INVENTED: u32 = 1_000_000;

/// The honest answer of a member.
pub fn answer(crew: &Crew, index: u32, heard: &Heard) -> Result<Sealed> {
    answer_as(crew, &crew.members[index as usize], index, heard, heard.round)
}

/// An answer in a member's name that it did not give: by turns its seal on a body of the forger's, and the forger's own
/// seal on its subject.
pub fn forgery(crew: &Crew, index: u32, heard: &Heard) -> Result<Sealed> {
    let honest = answer(crew, index, heard)?;
    let forged = answer_as(crew, &crew.forger, index, heard, INVENTED)?;
    Ok(if index.is_multiple_of(2) {
        Sealed { body: forged.body, ..honest }
    } else {
        Sealed { subject: honest.subject, ..forged }
    })
}

/// What the member said in the round before: by turns as it was, and as an answer to this round's poll.
pub fn replay(crew: &Crew, index: u32, heard: &Heard) -> Option<Sealed> {
    let kept = crew.kept(index)?;
    let subject = crew.subjects.of(&topic(crew, &crew.members[index as usize], heard));
    Some(if index.is_multiple_of(2) { kept } else { Sealed { subject, ..kept } })
}

/// The honest answer with more behind it than is taken.
pub fn swollen(crew: &Crew, index: u32, heard: &Heard) -> Result<Sealed> {
    let mut sealed = answer(crew, index, heard)?;
    sealed.body.resize(BODY_BYTES + 1_024, b' ');
    Ok(sealed)
}

/// A member takes leave.
pub fn bye(crew: &Crew, index: u32, life: u32) -> Result<Sealed> {
    let (identity, instance) = (&crew.members[index as usize], crew.instance(index, life));
    let bye = Bye { gatherer: crew.gatherer, instance, issued_ms: now_ms(), unknown: Unknown };
    let topic = Topic::Bye { gatherer: crew.gatherer, provider: identity.public_key() };
    Ok(seal(identity, &crew.subjects, &topic, &bye)?)
}

/// A member is there.
pub fn announcement(crew: &Crew, index: u32, life: u32) -> Result<Sealed> {
    let identity = &crew.members[index as usize];
    let said = Announcement {
        gatherer: crew.gatherer,
        instance: crew.instance(index, life),
        nickname: crew.nickname(index),
        issued_ms: now_ms(),
        unknown: Unknown,
    };
    let topic = Topic::Announce { gatherer: crew.gatherer, provider: identity.public_key() };
    Ok(seal(identity, &crew.subjects, &topic, &said)?)
}

fn answer_as(crew: &Crew, identity: &Identity, index: u32, heard: &Heard, round: u32) -> Result<Sealed> {
    let turn = crew.turn(index, heard.round);
    let reply = Reply {
        poll: heard.hash,
        instance: crew.instance(index, turn.life),
        nickname: crew.nickname(index),
        answer: Answer::Sample(Box::new(crew.report.sample(index, round, turn.sequence))),
        unknown: Unknown,
    };
    Ok(seal(identity, &crew.subjects, &topic(crew, identity, heard), &reply)?)
}

fn topic(crew: &Crew, identity: &Identity, heard: &Heard) -> Topic {
    let (scope, poll) = (heard.poll.answered_to(), heard.poll.id);
    Topic::Reply { gatherer: crew.gatherer, scope, poll, provider: identity.public_key() }
}
