//! A node that runs and is asked as often as a test likes.

use statsgrid_wire::message::{Answer, Sample};
use statsgrid_wire::subject::To;

use crate::{Bus, Node, PlayedGatherer, Process, Site};

/// Runs `node` while `test` asks it; the test may change its files and signal its provider meanwhile.
pub fn while_asked(site: &Site, node: Node, test: impl FnOnce(&Node, &Process, &mut dyn FnMut() -> Sample)) {
    let gatherer = PlayedGatherer::new();
    let node = node.answers(&gatherer.address(&site.server));
    let bus = Bus::connect(&site.server);
    let mut announcements = bus.subscribe(gatherer.announcements());
    let mut replies = bus.subscribe(gatherer.replies());
    let provider = node.start();
    announcements.message();
    test(&node, &provider, &mut || {
        bus.publish(gatherer.seal(&gatherer.poll(To::All)));
        match gatherer.read_reply(&replies.message()).answer {
            Answer::Sample(sample) => *sample,
            Answer::Refusal(refusal) => panic!("{refusal:?}"),
        }
    });
}
