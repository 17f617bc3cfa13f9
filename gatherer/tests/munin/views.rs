//! A fleet in fewer lines than it has nodes: five figures, the top ten; and one node by itself.

use std::fs;

use snapbox::str;
use statsgrid_gatherer::snapshot::{Millis, Record, Role, Snapshot, Stats};
use statsgrid_wire::{Number, PublicKey};

use super::{GATHERER, Munin, check, now_ms, snapshot};

/// As many nodes as there are values, whose keys are in no order of theirs, each with a stat and a counter.
fn fleet(keys: &[PublicKey], taken_ms: u64, values: impl Fn(usize) -> (Number, u64)) -> Snapshot {
    let node = |(place, key): (usize, &PublicKey)| {
        let (consumed, added) = values(place);
        let record = Record {
            timestamp: Millis::new(taken_ms),
            stats: Stats {
                counters: [("storage_server.bytes_added", added)].into_iter().collect(),
                stats: [("storage_server.consumed", consumed)].into_iter().collect(),
            },
            ..Record::unanswered(format!("node {place}"))
        };
        (*key, record)
    };
    Snapshot { records: keys.iter().enumerate().map(node).collect() }
}

fn keys(count: usize) -> Vec<PublicKey> {
    (0..count).map(|_| statsgrid_wire::Identity::generate().unwrap().public_key()).collect()
}

/// The fields that have a value, with it.
fn values(text: &str) -> Vec<(String, String)> {
    let value = |line: &str| line.split_once(".value ").map(|(field, value)| (field.to_owned(), value.to_owned()));
    text.lines().filter_map(value).collect()
}

#[test]
fn a_fleet_is_five_figures() {
    let munin = Munin::without_snapshot();
    munin.write(&fleet(&keys(200), now_ms(), |place| (Number::Integer(1 + place as i64), 0)));
    check(
        munin.prints("statsgrid_storage_consumed_fleet", &["config"]),
        str![[r#"
multigraph statsgrid_storage_consumed_fleet
graph_title Storage consumed: spread over the fleet
graph_vlabel bytes
graph_category fs
graph_args --base 1024 -l 0
graph_info The size of what a node stores for others.
min.label minimum
min.type GAUGE
min.info The least value of a node.
median.label median
median.type GAUGE
median.info Half of the nodes have no more.
p95.label 95th percentile
p95.type GAUGE
p95.info Of 100 nodes 95 have no more.
max.label maximum
max.type GAUGE
max.info The greatest value of a node.
multigraph statsgrid_storage_consumed_sum
graph_title Storage consumed: sum over the fleet
graph_vlabel bytes
graph_category fs
graph_args --base 1024 -l 0
graph_info The size of what a node stores for others.
sum.label sum
sum.type GAUGE
sum.info The values of all nodes added up.

"#]],
    );
    check(
        munin.prints("statsgrid_storage_consumed_fleet", &[]),
        str![[r#"
multigraph statsgrid_storage_consumed_fleet
min.value 1
median.value 101
p95.value 191
max.value 200
multigraph statsgrid_storage_consumed_sum
sum.value 20100

"#]],
    );
}

#[test]
fn values_that_are_not_there_are_in_no_figure() {
    let munin = Munin::with_snapshot();
    check(
        munin.prints("tahoe_storage_consumed_fleet", &[]),
        str![[r#"
multigraph tahoe_storage_consumed_fleet
min.value 7
median.value 17179869184
p95.value 17179869184
max.value 17179869184
multigraph tahoe_storage_consumed_sum
sum.value 17179869191

"#]],
    );
    munin.write(&Snapshot::default());
    check(
        munin.prints("tahoe_storage_consumed_fleet", &[]),
        str![[r#"
multigraph tahoe_storage_consumed_fleet
min.value U
median.value U
p95.value U
max.value U
multigraph tahoe_storage_consumed_sum
sum.value U

"#]],
    );
}

#[test]
fn the_figures_of_a_counter_are_those_of_the_nodes_rates() {
    let munin = Munin::without_snapshot();
    let state = munin.statsfile().with_file_name("state");
    let munin = munin.with("MUNIN_STATEFILE", state.to_str().unwrap());
    let (keys, now) = (keys(3), now_ms());
    let call = |at_ms, added: [u64; 3]| {
        munin.write(&fleet(&keys, at_ms, |place| (Number::Integer(0), added[place])));
        values(&munin.prints("statsgrid_storage_bytes_added_fleet", &[]))
            .into_iter()
            .map(|(_, value)| value)
            .collect::<Vec<_>>()
    };
    // In the order of the graphs: minimum, median, 95th percentile, maximum, sum.
    assert_eq!(call(now - 200_000, [1_000, 2_000, 3_000]), ["U", "U", "U", "U", "U"]);
    assert_eq!(call(now - 100_000, [1_100, 2_200, 4_000]), ["1", "2", "10", "10", "13"]);
    // One starts again at 0, and is left out once.
    assert_eq!(call(now, [1_150, 2_500, 50]), ["0.5", "3", "3", "3", "3.5"]);
    assert_eq!(call(now, [1_150, 2_500, 50]), ["0.5", "3", "3", "3", "3.5"], "by hand in between");
}

#[test]
fn without_a_state_file_there_are_no_rates() {
    let munin = Munin::with_snapshot();
    let text = munin.prints("statsgrid_storage_bytes_added_fleet", &[]);
    assert!(values(&text).iter().all(|(_, value)| value == "U"), "{text}");
    let munin = munin.with("MUNIN_STATEFILE", "/nowhere/state");
    check(
        munin.fails("statsgrid_storage_bytes_added_fleet", &[]),
        str![[r#"
cannot keep the counters of this call in /nowhere/state, which the rates of the next one need: No such file or directory (os error 2)

"#]],
    );
}

#[test]
fn the_top_ten_are_the_highest_and_each_has_its_own_line() {
    let munin = Munin::without_snapshot();
    let keys = keys(30);
    munin.write(&fleet(&keys, now_ms(), |place| (Number::Integer(place as i64), 0)));
    let mut highest: Vec<_> =
        keys.iter().enumerate().skip(20).map(|(place, key)| (key.as_str().to_owned(), place.to_string())).collect();
    highest.sort();
    assert_eq!(values(&munin.prints("statsgrid_storage_consumed_top10", &[])), highest);
    let config = munin.prints("statsgrid_storage_consumed_top10", &["config"]);
    assert!(config.starts_with("graph_title Storage consumed: top ten nodes\n"), "{config}");
    assert_eq!(config.matches(".label node ").count(), 10, "{config}");
}

#[test]
fn a_fetch_gives_values_of_the_top_ten_that_its_config_named() {
    let munin = Munin::without_snapshot();
    let state = munin.statsfile().with_file_name("state");
    let munin = munin.with("MUNIN_STATEFILE", state.to_str().unwrap());
    let keys = keys(12);
    let mut named: Vec<&str> = keys.iter().skip(2).map(PublicKey::as_str).collect();
    named.sort_unstable();
    munin.write(&fleet(&keys, now_ms(), |place| (Number::Integer(place as i64), 0)));
    munin.prints("statsgrid_storage_consumed_top10", &["config"]);
    // A new snapshot, in which the order is another.
    munin.write(&fleet(&keys, now_ms(), |place| (Number::Integer(100 - place as i64), 0)));
    let fetched = values(&munin.prints("statsgrid_storage_consumed_top10", &[]));
    assert_eq!(fetched.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), named);
}

#[test]
fn the_top_ten_of_a_counter_are_those_that_grow_fastest() {
    let munin = Munin::without_snapshot();
    let state = munin.statsfile().with_file_name("state");
    let munin = munin.with("MUNIN_STATEFILE", state.to_str().unwrap());
    let (keys, now) = (keys(12), now_ms());
    let link = "statsgrid_storage_bytes_added_top10";
    munin.write(&fleet(&keys, now - 60_000, |place| (Number::Integer(0), 1_000_000 * place as u64)));
    munin.prints(link, &[]);
    // The two with the highest counts do not grow.
    munin.write(&fleet(&keys, now, |place| {
        (Number::Integer(0), 1_000_000 * place as u64 + if place < 10 { 60 } else { 0 })
    }));
    fs::write(state.with_file_name("state-before"), fs::read(&state).unwrap()).unwrap();
    let config = munin.prints(link, &["config"]);
    for (place, key) in keys.iter().enumerate() {
        assert_eq!(config.contains(&format!("{key}.type GAUGE\n")), place < 10, "{place}: {config}");
    }
    let rates = values(&munin.prints(link, &[]));
    assert_eq!(rates.iter().map(|(_, rate)| rate.as_str()).collect::<Vec<_>>(), ["1"; 10]);
}

#[test]
fn one_node_is_a_host_of_its_own() {
    let munin = Munin::with_snapshot();
    check(
        munin.prints("statsgrid_node_UALPHAUJ", &[]),
        str![[r#"
multigraph statsgrid_node_UALPHAUJ_load_monitor__values
load_monitor__avg_load.value 0.000021386
load_monitor__max_load.value 0.25
multigraph statsgrid_node_UALPHAUJ_storage_server__values
storage_server__allocated.value 0
storage_server__consumed.value 17179869184
multigraph statsgrid_node_UALPHAUJ_storage_server__values__rate
storage_server__bytes_added.value 1000
storage_server__bytes_freed.value 0

"#]],
    );
    let munin = munin.with("host_name", "alpha.example.net");
    check(
        munin.prints("statsgrid_node_UALPHAUJ", &["config"]),
        str![[r#"
host_name alpha.example.net
multigraph statsgrid_node_UALPHAUJ_load_monitor__values
graph_title load_monitor: values
graph_vlabel value
graph_category load_monitor
graph_args --base 1000 -l 0
graph_scale no
graph_info What the producer load_monitor says of this node.
load_monitor__avg_load.label avg_load
load_monitor__avg_load.type GAUGE
load_monitor__max_load.label max_load
load_monitor__max_load.type GAUGE
multigraph statsgrid_node_UALPHAUJ_storage_server__values
graph_title storage_server: values
graph_vlabel value
graph_category storage_server
graph_args --base 1000 -l 0
graph_scale no
graph_info What the producer storage_server says of this node.
storage_server__allocated.label allocated
storage_server__allocated.type GAUGE
storage_server__consumed.label consumed
storage_server__consumed.type GAUGE
multigraph statsgrid_node_UALPHAUJ_storage_server__values__rate
graph_title storage_server: rates of values
graph_vlabel per ${graph_period}
graph_category storage_server
graph_args --base 1000 -l 0
graph_info What the producer storage_server says of this node.
storage_server__bytes_added.label bytes_added
storage_server__bytes_added.type DERIVE
storage_server__bytes_added.min 0
storage_server__bytes_freed.label bytes_freed
storage_server__bytes_freed.type DERIVE
storage_server__bytes_freed.min 0

"#]],
    );
    check(
        munin.fails("statsgrid_node_U", &["config"]),
        str![[r#"
5 nodes have a key that begins with "U": name one, by at least the first 8 characters

"#]],
    );
    check(
        munin.fails("statsgrid_node_UNOWHERE", &[]),
        str![[r#"
0 nodes have a key that begins with "UNOWHERE": name one, by at least the first 8 characters

"#]],
    );
    let munin = munin.with("host_name", "../alpha");
    check(
        munin.fails("statsgrid_node_UALPHAUJ", &[]),
        str![[r#"
host_name="../alpha" is no name of a host: letters, digits, `-` and `.`, at most 64

"#]],
    );
}

#[test]
fn everything_is_one_call() {
    let munin = Munin::without_snapshot();
    let mut snapshot = snapshot();
    snapshot.records.remove(&GATHERER.parse().unwrap());
    munin.write(&snapshot);
    check(
        munin.prints("statsgrid_all", &[]),
        str![[r#"
multigraph statsgrid_storage_consumed
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 17179869184
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value 7
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U
multigraph statsgrid_storage_allocated
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value U
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U
multigraph statsgrid_storage_bytes_added
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 1000
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value 18446744073709551615
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U
multigraph statsgrid_storage_bytes_freed
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value U
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U
multigraph statsgrid_runtime_load_avg
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0.000021386
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value U
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U
multigraph statsgrid_runtime_load_peak
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0.25
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value U
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U

"#]],
    );
    let munin = munin.with("MUNIN_CAP_DIRTYCONFIG", "1");
    let config = munin.prints("statsgrid_all", &["config"]);
    let values_of =
        |text: &str| text.lines().filter(|line| line.contains(".value ")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(values_of(&config), values_of(&munin.prints("statsgrid_all", &[])));
    for graph in ["storage_consumed", "storage_bytes_added", "runtime_load_avg"] {
        let alone = munin.prints(&format!("statsgrid_{graph}"), &["config"]);
        assert!(config.contains(&format!("multigraph statsgrid_{graph}\n{alone}")), "{graph}: {config}");
    }
    check(
        munin.prints("statsgrid_all_fleet", &[]),
        str![[r#"
multigraph statsgrid_storage_consumed_fleet
min.value 7
median.value 17179869184
p95.value 17179869184
max.value 17179869184
multigraph statsgrid_storage_consumed_sum
sum.value 17179869191
multigraph statsgrid_storage_allocated_fleet
min.value 0
median.value 0
p95.value 0
max.value 0
multigraph statsgrid_storage_allocated_sum
sum.value 0
multigraph statsgrid_storage_bytes_added_fleet
min.value U
median.value U
p95.value U
max.value U
multigraph statsgrid_storage_bytes_added_sum
sum.value U
multigraph statsgrid_storage_bytes_freed_fleet
min.value U
median.value U
p95.value U
max.value U
multigraph statsgrid_storage_bytes_freed_sum
sum.value U
multigraph statsgrid_runtime_load_avg_fleet
min.value 0.000021386
median.value 0.000021386
p95.value 0.000021386
max.value 0.000021386
multigraph statsgrid_runtime_load_avg_sum
sum.value 0.000021386
multigraph statsgrid_runtime_load_peak_fleet
min.value 0.25
median.value 0.25
p95.value 0.25
max.value 0.25
multigraph statsgrid_runtime_load_peak_sum
sum.value 0.25

"#]],
    );
}

#[test]
fn before_the_first_snapshot_everything_is_a_graph_without_lines() {
    let munin = Munin::without_snapshot();
    check(
        munin.prints("statsgrid_all", &["config"]),
        str![[r#"
multigraph statsgrid_gatherer_providers
graph_title Providers of the gatherer
graph_vlabel providers
graph_category statsgrid
graph_args --base 1000 -l 0
graph_scale no
graph_info How many providers the gatherer waited for in its last round, how many of these answered, how many keys wait for a decision, and how many are trusted by name.

"#]],
    );
    check(
        munin.prints("statsgrid_node_UALPHAUJ", &["config"]),
        str![[r#"
multigraph statsgrid_node_UALPHAUJ
graph_title No stats of this node yet
graph_vlabel value
graph_category other
graph_args --base 1000 -l 0
graph_scale no
graph_info The node has not answered, or the gatherer has not written its first snapshot.

"#]],
    );
    check(
        munin.prints("statsgrid_host__load1", &["config"]),
        str![[r#"
graph_title host.load1
graph_vlabel value
graph_category host
graph_args --base 1000 -l 0
graph_scale no
graph_info host.load1 of the producer host.

"#]],
    );
    // A hash does not tell the stat's name, and the graphs are called as they will be.
    let config = munin.prints("statsgrid_web__cache_size___ee6dea14b737221c_fleet", &["config"]);
    assert!(config.starts_with("multigraph statsgrid_web__cache_size___ee6dea14b737221c_fleet\n"), "{config}");
    check(
        munin.fails("statsgrid_all", &[]),
        str![[r#"
there is no snapshot at FOLDER/stats.json yet: the gatherer writes it at the end of its first round

"#]],
    );
}

/// Two graphs may draw one stat in two ways, or of the nodes and of the gatherer.
#[test]
fn graphs_of_the_same_stat_remember_each_its_own() {
    let munin = Munin::without_snapshot();
    let [state, graphs] = ["state", "graphs.toml"].map(|name| munin.statsfile().with_file_name(name));
    let munin = munin.with("MUNIN_STATEFILE", state.to_str().unwrap()).with("graphs", graphs.to_str().unwrap());
    let graph = |name: &str, more: &str| format!("[graphs.{name}]\nstats = [\"storage_server.bytes_added\"]\n{more}\n");
    let (keys, now) = (keys(12), now_ms());
    let write = |taken_ms, values: &dyn Fn(usize) -> u64| {
        let mut snapshot = fleet(&keys, taken_ms, |place| (Number::Integer(0), values(place)));
        if let Some(gatherer) = snapshot.records.get_mut(&keys[0]) {
            gatherer.role = Role::Gatherer;
        }
        munin.write(&snapshot);
    };

    let views = [("high", "type = \"gauge\""), ("fast", "type = \"counter\"")];
    fs::write(&graphs, views.map(|(name, more)| graph(name, more)).concat()).unwrap();
    write(now - 60_000, &|place| 1_000_000 * place as u64);
    munin.prints("statsgrid_all_top10", &[]);
    write(now, &|place| 1_000_000 * place as u64 + if place == 1 { 60 } else { 0 });
    let fields = |text: &str, graph: &str, attribute: &str| {
        let block = text.split("multigraph ").find(|block| block.starts_with(graph)).unwrap();
        let field = |line: &str| line.split_once(attribute).map(|(field, _)| field.to_owned());
        block.lines().filter_map(field).collect::<Vec<_>>()
    };
    let [config, fetched] =
        [["config"].as_slice(), &[]].map(|arguments| munin.prints("statsgrid_all_top10", arguments));
    // The one with the least is the only one that grows.
    for (graph, is_in) in [("statsgrid_high_top10", false), ("statsgrid_fast_top10", true)] {
        let named = fields(&config, graph, ".label ");
        assert_eq!((named.len(), named.contains(&keys[1].to_string())), (10, is_in), "{graph}: {config}");
        assert_eq!(fields(&fetched, graph, ".value "), named);
    }

    fs::write(&graphs, graph("nodes", "") + &graph("gatherer", "of = \"gatherer\"")).unwrap();
    for (taken_ms, count) in [(now - 50_000, 0), (now, 500)] {
        write(taken_ms, &|_| count);
        munin.prints("statsgrid_all_fleet", &[]);
    }
    let text = munin.prints("statsgrid_all_fleet", &[]);
    let sums: Vec<_> = values(&text).into_iter().filter(|(field, value)| field == "sum" && value != "0").collect();
    assert_eq!(sums.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["10", "110"], "{text}");
}
