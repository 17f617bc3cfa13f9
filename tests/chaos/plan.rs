//! What will be done to whom and when: drawn from a seed, so that the same seed gives the same plan.
//!
//! What then happens is up to the machine: a plan says when a server is killed, and not what was on its way.

use std::time::Duration;

use statsgrid_tests::Random;

/// A process of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Server,
    Gatherer,
    Provider(usize),
}

/// What is done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// SIGKILL.
    Kill,
    /// SIGTERM.
    Stop,
    /// After either.
    Start,
    /// SIGSTOP.
    Pause,
    /// SIGCONT.
    Resume,
}

/// One deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// After the plan's start.
    pub at: Duration,
    pub target: Target,
    pub deed: Deed,
}

/// How often one kind of process is visited.
struct Habit {
    /// Between the end of a visit and the next one, at least and at most; of providers, between two of their beginnings.
    gap_ms: (u64, u64),
    /// The longest outage. Five seconds of a server are longer than any client's delay before it tries again.
    outage_ms: u64,
}

const SERVER: Habit = Habit { gap_ms: (4_000, 14_000), outage_ms: 5_000 };
const GATHERER: Habit = Habit { gap_ms: (3_000, 12_000), outage_ms: 4_000 };
/// Longer than a gatherer remembers, so that some samples come too late for the journal.
const PROVIDER: Habit = Habit { gap_ms: (100, 900), outage_ms: 6_000 };

/// How a visit begins and ends.
const WAYS: [(Deed, Deed); 3] = [(Deed::Kill, Deed::Start), (Deed::Pause, Deed::Resume), (Deed::Stop, Deed::Start)];

/// Long enough for the first complete round.
const QUIET_BEFORE: Duration = Duration::from_secs(4);

/// The steps of `length` in their order; each outage ends within it.
pub fn plan(seed: u64, length: Duration, providers: usize) -> Vec<Step> {
    let mut random = Random::seeded(seed);
    let mut steps = alone(Target::Server, &SERVER, length, &mut random);
    steps.extend(alone(Target::Gatherer, &GATHERER, length, &mut random));
    steps.extend(among(providers, length, &mut random));
    steps.sort_by_key(|step| (step.at, step.target));
    steps
}

/// Visits one process again and again, in each way in turn.
fn alone(target: Target, habit: &Habit, length: Duration, random: &mut Random) -> Vec<Step> {
    let (mut steps, mut free) = (Vec::new(), QUIET_BEFORE);
    loop {
        let at = free + between(habit.gap_ms, random);
        let visit = visit(target, at, WAYS[steps.len() / 2 % WAYS.len()], outage(habit, random));
        free = visit[1].at;
        if visit[1].at >= length {
            return steps;
        }
        steps.extend(visit);
    }
}

/// Visits one provider after the other, while others are still away.
fn among(providers: usize, length: Duration, random: &mut Random) -> Vec<Step> {
    let (mut steps, mut at) = (Vec::new(), QUIET_BEFORE);
    let mut free = vec![Duration::ZERO; providers];
    while at < length {
        at += between(PROVIDER.gap_ms, random);
        let provider = (random.next_number() % providers as u64) as usize;
        let way = WAYS[(random.next_number() % WAYS.len() as u64) as usize];
        let visit = visit(Target::Provider(provider), at, way, outage(&PROVIDER, random));
        if free[provider] < at && visit[1].at < length {
            // A moment for what a resumed provider still has to do.
            free[provider] = visit[1].at + Duration::from_millis(200);
            steps.extend(visit);
        }
    }
    steps
}

fn visit(target: Target, at: Duration, (deed, undone): (Deed, Deed), outage: Duration) -> [Step; 2] {
    [Step { at, target, deed }, Step { at: at + outage, target, deed: undone }]
}

/// Short outages are as likely as long ones: they hit other moments.
fn outage(habit: &Habit, random: &mut Random) -> Duration {
    let limit = [habit.outage_ms / 10, habit.outage_ms][(random.next_number() % 2) as usize];
    Duration::from_millis(20) + random.next_duration(Duration::from_millis(limit))
}

fn between((least, most): (u64, u64), random: &mut Random) -> Duration {
    Duration::from_millis(least + random.next_number() % (most - least))
}

#[test]
fn a_plan_comes_from_its_seed_and_undoes_what_it_does() {
    let length = Duration::from_secs(120);
    let steps = plan(1, length, 10);
    assert_eq!(steps, plan(1, length, 10));
    assert_ne!(steps, plan(2, length, 10));
    assert!(steps.iter().all(|step| step.at < length));
    for target in [Target::Server, Target::Gatherer].into_iter().chain((0..10).map(Target::Provider)) {
        let own: Vec<Deed> = steps.iter().filter(|step| step.target == target).map(|step| step.deed).collect();
        assert!(!own.is_empty() && own.len().is_multiple_of(2), "{target:?}: {own:?}");
        for pair in own.chunks(2) {
            let undone = if pair[0] == Deed::Pause { Deed::Resume } else { Deed::Start };
            assert!(matches!(pair[0], Deed::Kill | Deed::Stop | Deed::Pause) && pair[1] == undone, "{own:?}");
        }
    }
}
