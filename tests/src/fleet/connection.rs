//! A connection that some members share: it hears polls for all of them, and each says what is its turn.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use async_nats::{Client, ConnectOptions, Subscriber};
use futures_util::stream::{SelectAll, select_all};
use futures_util::{StreamExt, TryStreamExt, stream};
use statsgrid_wire::daemon::Bus;
use statsgrid_wire::envelope::Sealed;
use statsgrid_wire::subject::To;
use tokio::time::{Instant, sleep_until};

use super::conduct::Conduct;
use super::crew::{Crew, Heard};
use super::letters;

/// How long after the deadline a late answer is given.
const LATENESS: Duration = Duration::from_millis(300);
/// Connections that are made at the same time.
const CONNECTING: usize = 64;
/// Messages after which a connection lets others of its thread go on.
const BREATH: usize = 8;

/// All connections of a fleet: member `i` speaks over the one at `i / each`.
#[derive(Clone, Debug)]
pub struct Connections {
    clients: Arc<[Client]>,
    each: u32,
}

/// What a member does at its moment.
#[derive(Clone, Copy, Debug)]
enum Step {
    Say,
    SayTwice,
    Forge,
    Replay,
    Swell,
    TakeLeave,
    ComeBack,
}

impl Connections {
    /// Makes so many, and has them serve until the runtime ends. When this returns, the server knows what they hear.
    pub async fn serve(crew: &Arc<Crew>, server: &str, count: u32) -> Result<Self> {
        let members = u32::try_from(crew.members.len())?;
        let each = members.div_ceil(count.clamp(1, members.max(1))).max(1);
        let connecting = stream::iter((0..members).step_by(each as usize)).map(|_| connect(server));
        let clients: Vec<Client> = connecting.buffered(CONNECTING).try_collect().await?;
        let all = Self { clients: clients.into(), each };
        for (place, client) in (0..).zip(all.clients.iter()) {
            let first: u32 = place * each;
            let shared = first..(first + each).min(members);
            let incoming = hears(crew, client, &shared, place == 0).await?;
            tokio::spawn(follow(crew.clone(), all.clone(), client.clone(), shared, incoming));
        }
        for client in all.clients.iter() {
            // The answer comes behind all that was said before on this connection.
            let inbox = client.new_inbox();
            let mut echo = client.subscribe(inbox.clone()).await?;
            client.publish(inbox, Vec::new().into()).await?;
            echo.next().await.context("the server ended a connection of the fleet")?;
        }
        Ok(all)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.clients.len()
    }

    fn of(&self, index: u32) -> &Client {
        &self.clients[(index / self.each) as usize]
    }
}

async fn connect(server: &str) -> Result<Client> {
    let options = ConnectOptions::new().name("statsgrid-fleet").connection_timeout(Duration::from_secs(30));
    options.connect(server).await.with_context(|| format!("the fleet does not reach {server}"))
}

/// A member with a connection of its own hears as a provider does. Where many share one, the first connection hears what is
/// asked of any one, so that nothing is sent to connections that drop it.
async fn hears(crew: &Crew, client: &Client, shared: &Range<u32>, first: bool) -> Result<SelectAll<Subscriber>> {
    let [all, shard, mut one] = crew.subjects.polls_for(&crew.gatherer, &crew.key(shared.start));
    let alone = shared.len() == 1;
    let mut subjects = vec![all, shard];
    if first && !alone {
        one.truncate(one.rfind('.').unwrap_or_default());
        one.push_str(".*");
    }
    if first || alone {
        subjects.push(one);
    }
    let mut heard = Vec::new();
    for subject in subjects {
        heard.push(client.subscribe(subject).await?);
    }
    Ok(select_all(heard))
}

async fn follow(
    crew: Arc<Crew>,
    connections: Connections,
    client: Client,
    shared: Range<u32>,
    mut incoming: SelectAll<Subscriber>,
) {
    while let Some(message) = incoming.next().await {
        let Some(heard) = crew.hear(&message) else { continue };
        match heard.poll.to {
            To::One(key) => {
                let Some(index) = crew.number(&key) else { continue };
                if crew.turn(index, heard.round).conduct.is_in_time() {
                    take(Step::Say, index, &crew, connections.of(index), &heard).await;
                }
            }
            To::All | To::Shard(_) => {
                tokio::spawn(answer_all(crew.clone(), client.clone(), shared.clone(), heard));
            }
        }
    }
}

/// Each member at its moment of the splay.
async fn answer_all(crew: Arc<Crew>, client: Client, shared: Range<u32>, heard: Arc<Heard>) {
    let began = Instant::now();
    let asked = shared.filter(|index| heard.poll.to.asks(&crew.key(*index)));
    let mut steps: Vec<(Duration, u32, Step)> = asked.flat_map(|index| steps(&crew, index, &heard)).collect();
    steps.sort_by_key(|(after, ..)| *after);
    for (number, (after, index, step)) in steps.into_iter().enumerate() {
        let due = began + after;
        if due > Instant::now() {
            sleep_until(due).await;
        } else if number.is_multiple_of(BREATH) {
            tokio::task::yield_now().await;
        }
        take(step, index, &crew, &client, &heard).await;
    }
}

fn steps(crew: &Crew, index: u32, heard: &Heard) -> impl Iterator<Item = (Duration, u32, Step)> {
    let delay = heard.poll.delay_of(&crew.key(index));
    let deadline = Duration::from_millis(heard.poll.deadline_ms);
    let [first, second] = match crew.turn(index, heard.round).conduct {
        Conduct::Answers => [Some((delay, Step::Say)), None],
        Conduct::Silent => [None, None],
        Conduct::Late => [Some((deadline + LATENESS, Step::Say)), None],
        Conduct::Forged => [Some((delay, Step::Forge)), None],
        Conduct::Replayed => [Some((delay, Step::Replay)), None],
        Conduct::Oversized => [Some((delay, Step::Swell)), None],
        Conduct::Doubled => [Some((delay, Step::SayTwice)), None],
        Conduct::Leaves => [Some((delay, Step::Say)), Some((deadline.mul_f64(0.8), Step::TakeLeave))],
        Conduct::Returns => [Some((deadline.mul_f64(0.2), Step::ComeBack)), None],
    };
    [first, second].into_iter().flatten().map(move |(after, step)| (after, index, step))
}

async fn take(step: Step, index: u32, crew: &Crew, client: &Client, heard: &Heard) {
    let turn = crew.turn(index, heard.round);
    let letter = match step {
        Step::Say | Step::SayTwice => letters::answer(crew, index, heard).map(Some),
        Step::Forge => letters::forgery(crew, index, heard).map(Some),
        Step::Replay => Ok(letters::replay(crew, index, heard)),
        Step::Swell => letters::swollen(crew, index, heard).map(Some),
        Step::TakeLeave => letters::bye(crew, index, turn.life).map(Some),
        Step::ComeBack => letters::announcement(crew, index, turn.life).map(Some),
    };
    let Some(letter) = letter.expect("what a member says can be sealed") else { return };
    match step {
        Step::TakeLeave | Step::ComeBack => {}
        Step::Say => crew.keep(index, heard.round, &letter),
        Step::SayTwice => {
            crew.keep(index, heard.round, &letter);
            publish(client, letter.clone()).await;
        }
        Step::Forge | Step::Replay | Step::Swell => {}
    }
    if !matches!(step, Step::TakeLeave | Step::ComeBack) {
        crew.said.count(turn.conduct, letter.body.len());
    }
    publish(client, letter).await;
}

async fn publish(client: &Client, letter: Sealed) {
    // What does not go out is missed by whoever checks the rounds.
    let _ = Bus::publish(client, letter).await;
}
