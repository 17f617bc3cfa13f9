//! Providers in name: who they are, and replies with the numbers of the simulated fleet's, sealed by the wire crate.

use std::ops::Range;

use statsgrid_tests::fleet::Report;
use statsgrid_wire::envelope::{Sealed, seal};
use statsgrid_wire::message::{Answer, Reply};
use statsgrid_wire::subject::{DEFAULT_PREFIX, Scope, Subjects, Topic};
use statsgrid_wire::{Hash, Id, Identity, PublicKey, Unknown, Verifier};

use crate::Failed;
use crate::scale::Scale;

/// All of them, with one poll that they answer.
pub struct Crowd {
    members: Vec<Identity>,
    verifiers: Vec<Verifier>,
    report: Report,
    subjects: Subjects,
    gatherer: PublicKey,
    poll: Id,
}

impl Crowd {
    /// As many as there are replies.
    pub fn new(scale: &Scale) -> Result<Self, Failed> {
        let members = (0..scale.replies).map(|_| Identity::generate()).collect::<Result<Vec<_>, _>>()?;
        let verifiers = members.iter().map(|member| member.public_key().verifier()).collect::<Result<_, _>>()?;
        Ok(Self {
            members,
            verifiers,
            report: Report::of(scale.stats, scale.spread),
            subjects: Subjects::under(DEFAULT_PREFIX)?,
            gatherer: Identity::generate()?.public_key(),
            poll: Id::random()?,
        })
    }

    /// What a gatherer subscribes to for their replies.
    pub fn hears(&self) -> String {
        self.subjects.replies_to(&self.gatherer, Scope::All)
    }

    /// The keys of these members.
    pub fn verifiers(&self, members: Range<u32>) -> &[Verifier] {
        self.verifiers.get(members.start as usize..members.end as usize).unwrap_or_default()
    }

    /// A reply of each of these.
    pub fn say(&self, members: Range<u32>) -> Result<Vec<Sealed>, Failed> {
        let identities = self.members.iter().skip(members.start as usize);
        members.zip(identities).map(|(index, identity)| self.reply(index, identity)).collect()
    }

    fn reply(&self, index: u32, identity: &Identity) -> Result<Sealed, Failed> {
        let (gatherer, poll, provider) = (self.gatherer, self.poll, identity.public_key());
        let reply = Reply {
            poll: Hash::of(b"the poll"),
            instance: poll,
            nickname: format!("member-{index}"),
            answer: Answer::Sample(Box::new(self.report.sample(index, 1, 2))),
            unknown: Unknown,
        };
        let topic = Topic::Reply { gatherer, scope: Scope::All, poll, provider };
        Ok(seal(identity, &self.subjects, &topic, &reply)?)
    }
}
