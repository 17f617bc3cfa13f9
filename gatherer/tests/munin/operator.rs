//! The operator's own graphs, and ranges from the environment.

use std::fs;

use snapbox::str;
use statsgrid_wire::Number;

use statsgrid_gatherer::snapshot::{Catalogue, ProducerRecord};

use super::{Munin, check, now_ms, producer, snapshot};

const GRAPHS: &str = r#"
[graphs.disk]
stats = ["storage_server.bytes_added"]
negative = "storage_server.bytes_freed"
title = "Storage: added above, freed below"
type = "counter"
draw = "area"
base = 1024
warning = ":1000"

[graphs.load]
stats = ["load_monitor.*"]
view = "fleet"
"#;

fn munin(graphs: &str) -> Munin {
    let munin = Munin::with_snapshot();
    let path = munin.statsfile().with_file_name("graphs.toml");
    fs::write(&path, graphs).unwrap();
    munin.with("graphs", path.to_str().unwrap())
}

#[test]
fn an_operators_graph_is_drawn_as_it_says() {
    check(
        munin(GRAPHS).prints("statsgrid_disk", &["config"]),
        str![[r#"
graph_title Storage: added above, freed below
graph_vlabel per ${graph_period}
graph_category other
graph_args --base 1024 -l 0
graph_info storage_server.bytes_added of the nodes.
n_UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label alpha � 1
n_UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type DERIVE
n_UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.min 0
n_UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.graph no
n_UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.draw AREA
n_UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.info storage_server.bytes_freed of alpha � 1
n_UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.warning :1000
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label alpha � 1
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type DERIVE
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.min 0
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.draw AREA
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.negative n_UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.info storage_server.bytes_added of alpha � 1
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.warning :1000
n_UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.label beta (UBETAT7V)
n_UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.type DERIVE
n_UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.min 0
n_UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.graph no
n_UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.draw AREA
n_UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.info storage_server.bytes_freed of beta (UBETAT7V)
n_UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.warning :1000
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.label beta (UBETAT7V)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.type DERIVE
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.min 0
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.draw AREA
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.negative n_UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.info storage_server.bytes_added of beta (UBETAT7V)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.warning :1000
n_UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.label gamma
n_UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.type DERIVE
n_UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.min 0
n_UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.graph no
n_UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.draw AREA
n_UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.info storage_server.bytes_freed of gamma
n_UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.warning :1000
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.label gamma
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.type DERIVE
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.min 0
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.draw AREA
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.negative n_UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.info storage_server.bytes_added of gamma
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.warning :1000
n_UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.label beta (UDELTAYJ)
n_UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.type DERIVE
n_UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.min 0
n_UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.graph no
n_UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.draw AREA
n_UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.info storage_server.bytes_freed of beta (UDELTAYJ)
n_UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.warning :1000
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.label beta (UDELTAYJ)
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.type DERIVE
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.min 0
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.draw AREA
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.negative n_UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.info storage_server.bytes_added of beta (UDELTAYJ)
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.warning :1000

"#]],
    );
}

#[test]
fn an_operators_graph_has_its_values_in_each_view() {
    check(
        munin(GRAPHS).prints("statsgrid_disk", &[]),
        str![[r#"
n_UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 1000
n_UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value U
n_UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value U
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value 18446744073709551615
n_UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U
UDELTAYJQWX6HH7566TFJGVQ6KBNXJBTFQXKWOVOMPZOM7WBBR6QMOE4.value U

"#]],
    );
    check(
        munin(GRAPHS).prints("statsgrid_load", &[]),
        str![[r#"
multigraph statsgrid_load_fleet
load_monitor__avg_load__min.value 0.000021386
load_monitor__avg_load__median.value 0.000021386
load_monitor__avg_load__p95.value 0.000021386
load_monitor__avg_load__max.value 0.000021386
load_monitor__max_load__min.value 0.25
load_monitor__max_load__median.value 0.25
load_monitor__max_load__p95.value 0.25
load_monitor__max_load__max.value 0.25
multigraph statsgrid_load_sum
load_monitor__avg_load__sum.value 0.000021386
load_monitor__max_load__sum.value 0.25

"#]],
    );
    check(
        munin(GRAPHS).prints("statsgrid_load_top10", &[]),
        str![[r#"
load_monitor__avg_load__UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0.000021386
load_monitor__max_load__UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0.25

"#]],
    );
}

#[test]
fn an_operators_graph_goes_over_the_plugins_and_over_the_catalogues() {
    check(
        munin(GRAPHS).prints("statsgrid_", &["suggest"]),
        str![[r#"
disk
load
storage_consumed
storage_allocated

"#]],
    );
    let named_as_a_stats = "[graphs.web__load]\nstats = [\"load_monitor.max_load\"]\ntype = \"gauge\"";
    let munin_of_both = munin(named_as_a_stats);
    let mut snapshot = snapshot();
    for record in snapshot.records.values_mut() {
        record.stats.stats = [("web.load", 1), ("load_monitor.max_load", 2)]
            .map(|(name, value)| (name, Number::Integer(value)))
            .into_iter()
            .collect();
    }
    munin_of_both.write(&snapshot);
    let all = munin_of_both.prints("statsgrid_all", &[]);
    assert_eq!(all.matches("multigraph statsgrid_web__load\n").count(), 1, "{all}");
    assert!(all.contains(".value 2\n") && !all.contains(".value 1\n"), "{all}");
    let own = "[graphs.storage_consumed]\nstats = [\"storage_server.allocated\"]\ntitle = \"Mine\"";
    let config = munin(own).prints("tahoe_storage_consumed", &["config"]);
    assert!(config.starts_with("graph_title Mine\n"), "{config}");
}

#[test]
fn a_range_of_the_environment_goes_over_the_graphs() {
    let warnings = |munin: Munin| {
        let config = munin.prints("statsgrid_disk", &["config"]);
        config
            .lines()
            .filter_map(|line| line.split_once(".warning "))
            .map(|(_, range)| range.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(warnings(munin(GRAPHS)), [":1000"; 8]);
    assert_eq!(warnings(munin(GRAPHS).with("warning", "5")), ["5"; 8]);
    let alpha = "UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K_warning";
    assert_eq!(warnings(munin(GRAPHS).with(alpha, "1:2"))[..3], [":1000", "1:2", ":1000"]);
    let fleet = munin(GRAPHS).with("warning", "5").with("sum_warning", ":100");
    let config = fleet.prints("statsgrid_disk_fleet", &["config"]);
    assert!(config.contains("\nmax.warning 5\n") && config.contains("\nsum.warning :100\n"), "{config}");
    let config = munin(GRAPHS).with("warning", "5").prints("statsgrid_disk_fleet", &["config"]);
    assert!(!config.contains("sum.warning"), "a node's range says nothing of their sum: {config}");
    check(
        munin(GRAPHS).with("critical", "high").fails("statsgrid_disk", &["config"]),
        str![[r#"
critical="high" is no range: write it as `MAX`, `MIN:` or `MIN:MAX`

"#]],
    );
}

#[test]
fn a_type_of_its_own_leaves_the_unit_as_described() {
    let text = r#"{"version":"1","stats":[{"name":"avg_load","kind":"counter","unit":"seconds"}]}"#;
    let munin = munin("[graphs.load]\nstats = [\"load_monitor.avg_load\"]\ntype = \"gauge\"");
    let mut catalogue = Catalogue::default();
    let hash = catalogue.insert(text.to_owned()).unwrap();
    catalogue.write(&munin.statsfile()).unwrap();
    let mut snapshot = snapshot();
    let described = ProducerRecord { description: Some(hash), ..producer(now_ms(), None) };
    for record in snapshot.records.values_mut().filter(|record| !record.producers.is_empty()) {
        record.producers = [("load_monitor", described.clone())].into_iter().collect();
    }
    munin.write(&snapshot);
    let config = munin.prints("statsgrid_load", &["config"]);
    assert!(config.contains("graph_vlabel seconds\n") && !config.contains("DERIVE"), "{config}");
}

#[test]
fn a_file_that_is_wrong_is_named_with_its_line() {
    check(
        munin("[graphs.a]\nstat = []").fails("statsgrid_storage_consumed", &[]),
        str![[r#"
configuration FOLDER/graphs.toml, line 2: unknown key `stat`; did you mean `stats`?

"#]],
    );
    let missing = Munin::with_snapshot().with("graphs", "/nowhere/graphs.toml");
    check(
        missing.fails("statsgrid_all", &["config"]),
        str![[r#"
there is no configuration /nowhere/graphs.toml: name one that is there, or begin with the example in share/statsgrid

"#]],
    );
}

#[test]
fn the_shipped_example_is_taken() {
    let shipped = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/pkg/munin/graphs.toml")).unwrap();
    let munin = munin(&shipped);
    for line in shipped.lines().filter_map(|line| line.strip_prefix("[graphs.")) {
        let name = line.trim_end_matches(']');
        assert!(munin.prints(&format!("statsgrid_{name}"), &["config"]).contains("graph_title "), "{name}");
    }
}
