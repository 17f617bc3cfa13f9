//! A cluster of three servers that loses one in the middle of a round: the round closes with all replies in, none is
//! there twice, and the next one is whole. Each server is the one in its turn, so also that of the gatherer.

use std::collections::{BTreeMap, BTreeSet};

use async_nats::Message;
use statsgrid_gatherer::snapshot::Record;
use statsgrid_tests::{Bus, Gatherer, NatsServer, Node, PATIENCE, PlayedProvider, Site, Subscription, await_until};
use statsgrid_wire::Number;
use statsgrid_wire::message::Poll;

/// Providers, of which two are played.
const PROVIDERS: i64 = 5;

/// A provider whose answers the test holds back.
struct Player<'a> {
    provider: PlayedProvider,
    bus: &'a Bus,
    polls: Subscription<'a>,
    /// The number of its sample of each round.
    samples: BTreeMap<u64, u64>,
    held: Vec<Message>,
}

impl<'a> Player<'a> {
    fn on(bus: &'a Bus, name: &str, gatherer: &Gatherer) -> Self {
        let polls = bus.subscribe(format!("stats.v1.poll.{}.>", gatherer.key()));
        Self { provider: PlayedProvider::new(name), bus, polls, samples: BTreeMap::new(), held: Vec::new() }
    }

    /// Takes the polls that have come and ask it.
    fn hear(&mut self) {
        let key = self.provider.key();
        self.held.extend(self.polls.so_far().into_iter().filter(|message| poll(message).to.asks(&key)));
    }

    /// Answers what it has heard: the polls of one round from one sample.
    fn answer(&mut self) {
        self.hear();
        for asked in std::mem::take(&mut self.held) {
            let next = self.samples.len() as u64 + 1;
            let sequence = *self.samples.entry(poll(&asked).round).or_insert(next);
            let reply = self.provider.sample(&asked, sequence, ("a.stat", 7));
            self.bus.publish(self.provider.answer(&asked, &reply));
        }
    }

    /// The newest round that it was asked in.
    fn round(&mut self) -> Option<u64> {
        self.hear();
        self.held.iter().map(|message| poll(message).round).max()
    }
}

#[test]
fn the_first_server_dies_in_the_middle_of_a_round() {
    loses(0);
}

#[test]
fn the_second_server_dies_in_the_middle_of_a_round() {
    loses(1);
}

#[test]
fn the_third_server_dies_in_the_middle_of_a_round() {
    loses(2);
}

fn loses(victim: usize) {
    let site = Site::new();
    let cluster = |routes: &str| format!("cluster {{ name: c, listen: \"127.0.0.1:-1\", routes: [{routes}] }}");
    let first = site.another_server("first", &cluster(""));
    let route = format!("\"nats-route://{}\"", first.cluster_url().rsplit("//").next().unwrap());
    let others = ["second", "third"].map(|name| site.another_server(name, &cluster(&route)));
    let [second, third] = others;
    let mut servers = [first, second, third];
    let urls = servers.each_ref().map(NatsServer::url).join(",");
    let gatherer = site.gatherer_at("gatherer", &urls);
    let nodes = ["alpha", "beta", "gamma"].map(|name| site.node(name).answers(gatherer.address()));
    let providers = nodes.each_ref().map(Node::start);
    let survivors = [(victim + 1) % 3, (victim + 2) % 3].map(|survivor| Bus::connect(&servers[survivor]));
    let [prompt, holding] = &survivors;
    let mut prompt = Player::on(prompt, "prompt", &gatherer);
    let mut holding = Player::on(holding, "holding", &gatherer);
    let [journal, file] = gatherer.journal_flags();
    let gathering = gatherer.start(&["--interval", "8s", "--deadline", "7s", &journal, &file]);
    let before = await_until("all of them", PATIENCE, || {
        Some(await_round(&gatherer, 0, [&mut prompt, &mut holding])).filter(is_whole)
    });

    // Some have answered, one has not, and a server dies: then the last answer comes.
    let round = await_until("the next poll", PATIENCE, || holding.round().filter(|round| *round > before.round));
    prompt.answer();
    servers[victim].kill();
    let struck = await_round(&gatherer, before.round, [&mut prompt, &mut holding]);
    assert!(struck.round == round && is_whole(&struck), "{round}: {struck:?}");
    let next = await_round(&gatherer, round, [&mut prompt, &mut holding]);
    assert!(is_whole(&next), "{next:?}");
    let duplicates = next.stats.counters.get("statsgrid.rejected.duplicate");
    assert_eq!(duplicates, Some(&0));

    gathering.terminate().succeeded();
    let replies = gatherer.verify(&["--replies"], &[gatherer.journal_path()]).succeeded().stdout;
    let samples: Vec<Vec<&str>> = replies.lines().map(|line| line.split('\t').take(2).collect()).collect();
    let once: BTreeSet<_> = samples.iter().collect();
    assert_eq!(once.len(), samples.len(), "one sample of each provider in a round:\n{replies}");
    drop(providers);
}

/// Waits for the end of a round after `last`, in which both answer; gives the gatherer's record of it.
fn await_round(gatherer: &Gatherer, last: u64, mut players: [&mut Player<'_>; 2]) -> Record {
    await_until("the end of a round", PATIENCE, || {
        players.iter_mut().for_each(|player| player.answer());
        let own = gatherer.snapshot()?.records.remove(&gatherer.key())?;
        (own.round > last).then_some(own)
    })
}

/// Whether all were waited for, and all have answered.
fn is_whole(own: &Record) -> bool {
    let all = Some(&Number::Integer(PROVIDERS));
    ["statsgrid.providers", "statsgrid.providers_answered"].iter().all(|name| own.stats.stats.get(name) == all)
}

fn poll(message: &Message) -> Poll {
    serde_json::from_slice(&message.payload).expect("the gatherer sends polls")
}
