//! The run in Markdown: the ratios first, then the figures that they are made of.

use std::fmt::Write;
use std::fs::read_to_string;
use std::process::Command;
use std::time::Duration;

use crate::claim::Claim;
use crate::limit::FORGED;
use crate::machine;
use crate::measured::Measured;
use crate::rivals::{Outcome, RIVALS};
use crate::scale::Scale;
use crate::simulated::{Programs, Simulated};

/// What the figures are of: the machine, and the versions of all that took part.
pub fn surroundings(programs: &Programs) -> String {
    let first_line =
        |file: &str| read_to_string(file).unwrap_or_default().lines().next().unwrap_or_default().to_owned();
    let memory: u64 = first_line("/proc/meminfo").split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0);
    let server = Command::new(&programs.server).arg("--version").output();
    let server = server.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let rivals: Vec<String> = RIVALS.iter().map(|rival| format!("{} {}", rival.name, rival.version())).collect();
    format!(
        "{}; {:.0} GB of memory, Linux {}; {server}, {}.",
        machine::describe(),
        memory as f64 * 1024.0 / 1e9,
        first_line("/proc/sys/kernel/osrelease"),
        rivals.join(", ")
    )
}

/// The whole text.
pub fn report(scale: &Scale, measured: &Measured, surroundings: &str) -> String {
    let Scale { interval, rounds, stats, .. } = scale;
    let (interval, each) = (interval.as_secs(), measured.fleets[0].reply_bytes.mean);
    let sections = [
        format!("{surroundings}\n"),
        Claim::table(&claims(scale, measured)),
        wrong(measured),
        format!(
            "A round each {interval} s, {stats} stats a provider on the average, replies of {each:.0} bytes, every signature \
             verified; CPU seconds are means of {rounds} rounds.\n"
        ),
        sizes(measured),
        beside_rivals(scale, measured),
        limit(measured),
        bursts(measured),
        writes(scale, measured),
        threads(measured),
    ];
    sections.join("\n")
}

/// What was not as it should be in any round of any fleet.
fn wrong(measured: &Measured) -> String {
    let fleets = measured.fleets.iter().chain(&measured.bursts);
    let lines = |fleet: &Simulated| {
        let size = thousands(u64::from(fleet.providers));
        fleet.wrong.iter().map(move |wrong| format!("Wrong in a fleet of {size}: {wrong}\n")).collect::<Vec<_>>()
    };
    let wrong: Vec<String> = fleets.flat_map(lines).collect();
    if wrong.is_empty() {
        "Each number of each snapshot was checked, and all were right.\n".to_owned()
    } else {
        wrong.concat()
    }
}

fn claims(scale: &Scale, measured: &Measured) -> Vec<Claim> {
    let [small, middle, large] = &measured.fleets;
    let [few, many] = &measured.bursts;
    let of = |part: Duration, whole: Duration| part.as_secs_f64() / whole.as_secs_f64();
    let size = |fleet: &Simulated| thousands(u64::from(fleet.providers));
    let grown = |less: &Simulated| {
        let over = thousands(u64::from(large.connections));
        let (whole, grown) = (less.is_whole() && large.is_whole(), of(large.each(), less.each()));
        let (large, less) = (size(large), size(less));
        let what =
            format!("CPU of a provider in a fleet of {large}, of that in one of {less}, over {over} connections");
        Claim::ratio(what, grown, 1.2).if_whole(whole)
    };
    let mut claims = vec![grown(small), grown(middle)];
    claims.extend(measured.rivals.iter().flat_map(|(rival, outcome)| against(rival.name, outcome, few)));
    let bare = of(large.each_reply(), measured.limit.each());
    claims.push(Claim::ratio("the gatherer's CPU for a reply, of the bare sum", bare, 1.5).if_whole(large.is_whole()));
    for (burst, aim) in [(few, 0.1), (many, 1.0)] {
        let what = format!("a verified round of {} over as many connections, no splay", size(burst));
        claims.push(Claim::seconds(what, burst.wall_s(), aim).if_whole(burst.is_whole()));
    }
    let lost = format!("{} lost, {} missing", large.lost, large.missing());
    let whole = format!("the longest round of {} with its snapshot written, {lost}", size(large));
    claims.push(Claim::seconds(whole, large.longest_s(), 60.0).if_whole(large.is_whole()));
    let written = format!("the snapshot of {} written, of serde_json and a sync", thousands(scale.records as u64));
    claims.push(Claim::ratio(written, of(measured.writes.ours, measured.writes.plain), 2.0));
    claims
}

/// Gatherer and server together, beside one rival: with as many connections. Aims are at vmagent, the thriftiest of them.
fn against(name: &str, outcome: &Outcome, ours: &Simulated) -> [Claim; 3] {
    let both = |what: &str| format!("{what} of gatherer and nats-server, of {name}'s");
    let whats = [both("CPU"), both("memory"), format!("memory of the gatherer alone, of {name}'s")];
    let cost = match outcome {
        Outcome::Ran(cost) => cost,
        Outcome::Missing(why) => return whats.map(|what| Claim::not(what, why)),
    };
    let [cpu, memory, alone] = whats;
    let of = |bytes: u64| bytes as f64 / cost.memory as f64;
    let (cpu_ratio, memory_ratio) = (ours.both_cpu_s() / cost.cpu_s, of(both_memory(ours)));
    let [cpu, memory] = match name {
        "vmagent" => [
            Claim::ratio(cpu, cpu_ratio, 0.3).if_whole(ours.is_whole()),
            Claim::ratio(memory, memory_ratio, 1.0).if_whole(ours.is_whole()),
        ],
        _ => [Claim::plain(cpu, cpu_ratio), Claim::plain(memory, memory_ratio)],
    };
    [cpu, memory, Claim::plain(alone, of(ours.memory("gatherer")))]
}

fn sizes(measured: &Measured) -> String {
    let mut table =
        "| Providers | connections | gatherer, CPU s | nats-server, CPU s | us a provider | gatherer, MB | \
         nats-server, MB | round, s | snapshot, MB |\n|---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
    for fleet in &measured.fleets {
        let _ = writeln!(
            table,
            "| {} | {} | {:.3} | {:.3} | {:.1} | {} | {} | {:.2} | {} |",
            thousands(u64::from(fleet.providers)),
            thousands(u64::from(fleet.connections)),
            fleet.cpu_s("gatherer"),
            fleet.cpu_s("nats_server"),
            us(fleet.each()),
            megabytes(fleet.memory("gatherer")),
            megabytes(fleet.memory("nats_server")),
            fleet.wall_s(),
            megabytes(fleet.snapshot_bytes)
        );
    }
    table
}

fn beside_rivals(scale: &Scale, measured: &Measured) -> String {
    let [ours, _] = &measured.bursts;
    let nodes = thousands(u64::from(scale.rivals));
    let mut table = format!(
        "| {nodes} nodes of {} stats, a connection each | CPU s a round | most memory, MB |\n|---|---|---|\n",
        scale.stats
    );
    let mut row = |name: &str, cpu_s: f64, memory: u64| {
        let _ = writeln!(table, "| {name} | {cpu_s:.3} | {} |", megabytes(memory));
    };
    row("gatherer", ours.cpu_s("gatherer"), ours.memory("gatherer"));
    row("nats-server", ours.cpu_s("nats_server"), ours.memory("nats_server"));
    for (rival, outcome) in &measured.rivals {
        if let Outcome::Ran(cost) = outcome {
            row(rival.name, cost.cpu_s, cost.memory);
        }
    }
    table
}

fn limit(measured: &Measured) -> String {
    let limit = &measured.limit;
    let each = |part: Duration| us(part / limit.replies.max(1));
    let [receive, verify, parse, forged] = [limit.receive, limit.verify, limit.parse, limit.verify_forged].map(each);
    let (sum, ours) = (us(limit.each()), us(measured.fleets[2].each_reply()));
    format!(
        "| {} replies, CPU of one | us |\n|---|---|\n| receiving with async-nats | {receive:.1} |\n| verifying in batches of \
         2,048 | {verify:.1} |\n| parsing with serde_json | {parse:.1} |\n| the bare sum | {sum:.1} |\n| the gatherer, with all \
         that a round takes | {ours:.1} |\n| verifying where one in {FORGED} is forged, found by halving | {forged:.1} |\n",
        thousands(u64::from(limit.replies))
    )
}

/// Choria's figures are those of its authors, on machines that are not ours.
fn bursts(measured: &Measured) -> String {
    let mut table =
        "| Round without splay | s | the slowest, s | checked | the simulator's share of the cores |\n|---|---|---|---|---|\n".to_owned();
    for burst in &measured.bursts {
        let (size, share) = (thousands(u64::from(burst.providers)), burst.share_of_fleet() * 100.0);
        let _ = writeln!(
            table,
            "| {size} real connections | {:.3} | {:.3} | every reply | {share:.0} % |",
            burst.wall_s(),
            burst.longest_wall_s()
        );
    }
    table.push_str("| Choria, 51,152 nodes, ping (published) | 3.5 | | none | |\n");
    table.push_str("| Choria, 51,152 nodes, call (published) | 20 | | none | |\n");
    table
}

fn writes(scale: &Scale, measured: &Measured) -> String {
    let writes = &measured.writes;
    format!(
        "| A snapshot of {}, {} MB, median of {} | s |\n|---|---|\n| written by the gatherer | {:.3} |\n| written by serde_json \
         from plain maps, and synced | {:.3} |\n",
        thousands(scale.records as u64),
        megabytes(writes.bytes),
        scale.writes,
        writes.ours.as_secs_f64(),
        writes.plain.as_secs_f64()
    )
}

fn threads(measured: &Measured) -> String {
    let mut table = "| Of the gatherer's CPU time |".to_owned();
    measured.fleets.iter().for_each(|fleet| {
        let _ = write!(table, " {} providers |", thousands(u64::from(fleet.providers)));
    });
    table.push_str("\n|---|---|---|---|\n");
    for (name, _) in measured.fleets[2].threads() {
        let _ = write!(table, "| thread {name} |");
        for fleet in &measured.fleets {
            let share = fleet.threads().iter().find(|(thread, _)| *thread == name).map_or(0.0, |(_, share)| *share);
            let _ = write!(table, " {:.0} % |", share * 100.0);
        }
        table.push('\n');
    }
    table
}

fn both_memory(fleet: &Simulated) -> u64 {
    fleet.memory("gatherer") + fleet.memory("nats_server")
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// With commas.
fn thousands(number: u64) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", thousands(number / 1_000), number % 1_000) }
}
