//! Graphs of what producers describe: from the catalogue beside the snapshot, and from the names alone.

use snapbox::str;
use statsgrid_gatherer::snapshot::{Catalogue, Millis, ProducerRecord, Record, Snapshot, Stats};
use statsgrid_wire::message::{CounterDescription, Description, Kind, StatDescription};
use statsgrid_wire::{Hash, Number, Unknown};

use super::{ALPHA, BETA, GAMMA, Munin, check, now_ms, producer};

fn stat(name: &str, kind: Kind, unit: &str, help: &str) -> StatDescription {
    StatDescription { name: name.to_owned(), kind, unit: unit.to_owned(), help: help.to_owned(), unknown: Unknown }
}

/// What the producer `web` says of itself in one of its versions.
fn description(version: &str, load_help: &str) -> Description {
    let requests = "Requests that were <b>answered</b> & counted.";
    Description {
        version: version.to_owned(),
        stats: vec![
            stat("load", Kind::Gauge, "", load_help),
            stat("cpu", Kind::Counter, "seconds", "CPU time."),
            stat("cache-size", Kind::Gauge, "bytes", ""),
            stat("never", Kind::Gauge, "", "Not reported yet."),
        ],
        counters: vec![CounterDescription {
            name: "requests".to_owned(),
            unit: "requests".to_owned(),
            help: requests.to_owned(),
            unknown: Unknown,
        }],
        ..Description::default()
    }
}

/// Three nodes, two of which run the same version of `web`; `undescribed` is in nobody's description.
fn munin(known: &[&Description]) -> Munin {
    let munin = Munin::without_snapshot();
    let mut catalogue = Catalogue::default();
    for description in known {
        catalogue.insert(description.to_text().unwrap().0).unwrap();
    }
    catalogue.write(&munin.statsfile()).unwrap();
    let (new, old) = (description("2", "Load."), description("1", "Old load."));
    let node = |key: &str, description: &Description| {
        let (_, hash) = description.to_text().unwrap();
        (key.parse().unwrap(), node(hash))
    };
    munin.write(&Snapshot { records: [node(ALPHA, &old), node(BETA, &new), node(GAMMA, &new)].into_iter().collect() });
    munin
}

fn node(hash: Hash) -> Record {
    let now = now_ms();
    let stats = [
        ("web.load", Number::Float(0.5)),
        ("web.cpu", Number::Float(17.9)),
        ("web.cache-size", Number::Integer(1024)),
        ("web.undescribed", Number::Integer(-3)),
    ];
    Record {
        timestamp: Millis::new(now),
        stats: Stats {
            counters: [("app.visits", 3), ("web.requests", 42)].into_iter().collect(),
            stats: stats.into_iter().collect(),
        },
        producers: [("web", ProducerRecord { description: Some(hash), ..producer(now, None) })].into_iter().collect(),
        ..Record::unanswered("n")
    }
}

#[test]
fn a_stat_is_drawn_as_most_of_its_producers_describe_it() {
    let munin = munin(&[&description("1", "Old load."), &description("2", "Load.")]);
    check(
        munin.prints("statsgrid_web__load", &["config"]),
        str![[r#"
graph_title web.load
graph_vlabel value
graph_category web
graph_args --base 1000 -l 0
graph_scale no
graph_info Load. web.load of the producer web.
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label n (UALPHAUJ)
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type GAUGE
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.info web.load of n (UALPHAUJ)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.label n (UBETAT7V)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.type GAUGE
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.info web.load of n (UBETAT7V)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.label n (UCGAMMA3)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.type GAUGE
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.info web.load of n (UCGAMMA3)

"#]],
    );
    check(
        munin.prints("statsgrid_web__load", &[]),
        str![[r#"
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 0.5
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value 0.5
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value 0.5

"#]],
    );
}

#[test]
fn what_counts_up_is_a_rate_of_integers() {
    let munin = munin(&[&description("2", "Load.")]);
    check(
        munin.prints("statsgrid_web__cpu", &["config"]),
        str![[r#"
graph_title Rate of web.cpu
graph_vlabel seconds / ${graph_period}
graph_category web
graph_args --base 1000 -l 0
graph_info CPU time. web.cpu of the producer web.
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label n (UALPHAUJ)
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type DERIVE
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.min 0
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.info web.cpu of n (UALPHAUJ)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.label n (UBETAT7V)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.type DERIVE
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.min 0
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.info web.cpu of n (UBETAT7V)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.label n (UCGAMMA3)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.type DERIVE
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.min 0
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.info web.cpu of n (UCGAMMA3)

"#]],
    );
    check(
        munin.prints("statsgrid_web__cpu", &[]),
        str![[r#"
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.value 17
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.value 17
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.value 17

"#]],
    );
    check(
        munin.prints("statsgrid_web__requests", &["config"]),
        str![[r#"
graph_title Rate of web.requests
graph_vlabel requests / ${graph_period}
graph_category web
graph_args --base 1000 -l 0
graph_info Requests that were &lt;b&gt;answered&lt;/b&gt; &amp; counted. web.requests of the producer web.
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label n (UALPHAUJ)
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type DERIVE
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.min 0
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.info web.requests of n (UALPHAUJ)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.label n (UBETAT7V)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.type DERIVE
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.min 0
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.info web.requests of n (UBETAT7V)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.label n (UCGAMMA3)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.type DERIVE
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.min 0
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.info web.requests of n (UCGAMMA3)

"#]],
    );
}

#[test]
fn names_that_cleaning_could_make_alike_carry_a_hash() {
    let munin = munin(&[&description("2", "Load.")]);
    let suggested = munin.prints("statsgrid_", &["suggest"]);
    check(
        suggested.clone(),
        str![[r#"
app__visits
web__cache_size___ee6dea14b737221c
web__cpu
web__load
web__requests
web__undescribed

"#]],
    );
    let hashed = suggested.lines().find(|line| line.contains("___")).unwrap();
    check(
        munin.prints(&format!("statsgrid_{hashed}"), &["config"]),
        str![[r#"
graph_title web.cache-size
graph_vlabel bytes
graph_category web
graph_args --base 1024 -l 0
graph_info web.cache-size of the producer web.
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label n (UALPHAUJ)
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type GAUGE
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.info web.cache-size of n (UALPHAUJ)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.label n (UBETAT7V)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.type GAUGE
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.info web.cache-size of n (UBETAT7V)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.label n (UCGAMMA3)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.type GAUGE
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.info web.cache-size of n (UCGAMMA3)

"#]],
    );
    assert_eq!(munin.prints(&format!("statsgrid_{hashed}"), &[]).matches(".value 1024\n").count(), 3);
}

#[test]
fn what_nobody_describes_is_drawn_by_its_place() {
    let munin = munin(&[&description("2", "Load.")]);
    check(
        munin.prints("statsgrid_web__undescribed", &["config"]),
        str![[r#"
graph_title web.undescribed
graph_vlabel value
graph_category web
graph_args --base 1000 -l 0
graph_scale no
graph_info web.undescribed of the producer web.
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label n (UALPHAUJ)
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type GAUGE
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.info web.undescribed of n (UALPHAUJ)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.label n (UBETAT7V)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.type GAUGE
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.info web.undescribed of n (UBETAT7V)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.label n (UCGAMMA3)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.type GAUGE
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.info web.undescribed of n (UCGAMMA3)

"#]],
    );
    check(
        munin.prints("statsgrid_app__visits", &["config"]),
        str![[r#"
graph_title Rate of app.visits
graph_vlabel per ${graph_period}
graph_category app
graph_args --base 1000 -l 0
graph_info app.visits of the producer app.
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.label n (UALPHAUJ)
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.type DERIVE
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.min 0
UALPHAUJZDEGXDNCF32EPF3DHODZDOCIS2JHTLGMXGEDN73U55XTPX5K.info app.visits of n (UALPHAUJ)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.label n (UBETAT7V)
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.type DERIVE
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.min 0
UBETAT7V4SEH2KVJ72CEUVW75EFR6EDT4SYWB5WKH7DNSIPZZ7FK5BPZ.info app.visits of n (UBETAT7V)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.label n (UCGAMMA3)
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.type DERIVE
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.min 0
UCGAMMA3R2WYOJFLJOOA7LQSAJ2XUID5ZZZZG6ZDMEN4KHVDGAJGX3RF.info app.visits of n (UCGAMMA3)

"#]],
    );
}

#[test]
fn what_is_described_and_has_no_value_yet_is_a_graph_of_unknown_values() {
    let munin = munin(&[&description("2", "Load.")]);
    assert_eq!(munin.prints("statsgrid_web__never", &[]).matches(".value U\n").count(), 3);
    check(
        munin.fails("statsgrid_web__nonsense", &[]),
        str![[r#"
no graph is called "web__nonsense", and no node has a stat of that name: `munin-run statsgrid_all suggest` lists what there is

"#]],
    );
    check(
        munin.fails("statsgrid_nonsense", &["config"]),
        str![[r#"
no graph is called "nonsense", and no node has a stat of that name: `munin-run statsgrid_all suggest` lists what there is

"#]],
    );
}

#[test]
fn a_stat_whose_description_has_not_come_is_not_drawn() {
    let munin = munin(&[]);
    check(
        munin.prints("statsgrid_web__load", &["config"]),
        str![[r#"
graph_title web.load
graph_vlabel value
graph_category web
graph_args --base 1000 -l 0
graph_scale no
graph_info web.load of the producer web.

"#]],
    );
    assert_eq!(munin.prints("statsgrid_web__load", &[]), "");
    check(
        munin.prints("statsgrid_", &["suggest"]),
        str![[r#"
app__visits

"#]],
    );
    std::fs::write(munin.statsfile().with_file_name("stats.json.catalogue"), "{").unwrap();
    check(
        munin.fails("statsgrid_web__load", &["config"]),
        str![[r#"
FOLDER/stats.json.catalogue is no catalogue of descriptions: remove it, and the gatherer asks for them again: EOF while parsing an object at line 1 column 1

"#]],
    );
}

#[test]
fn a_graph_that_says_what_kind_its_lines_are_waits_for_no_description() {
    let munin = munin(&[]);
    let graphs = munin.statsfile().with_file_name("graphs.toml");
    std::fs::write(&graphs, "[graphs.web]\nstats = [\"web.*\"]\ntype = \"gauge\"").unwrap();
    let munin = munin.with("graphs", graphs.to_str().unwrap());
    let text = munin.prints("statsgrid_web", &[]);
    assert_eq!(text.matches(".value 0.5\n").count(), 3, "{text}");
}

#[test]
fn a_large_fleet_is_suggested_in_views_that_can_be_read() {
    let munin = munin(&[&description("2", "Load.")]);
    let (_, hash) = description("2", "Load.").to_text().unwrap();
    let key = || statsgrid_wire::Identity::generate().unwrap().public_key();
    munin.write(&Snapshot { records: (0..21).map(|_| (key(), node(hash))).collect() });
    check(
        munin.prints("statsgrid_", &["suggest"]),
        str![[r#"
app__visits_fleet
app__visits_top10
web__cache_size___ee6dea14b737221c_fleet
web__cache_size___ee6dea14b737221c_top10
web__cpu_fleet
web__cpu_top10
web__load_fleet
web__load_top10
web__requests_fleet
web__requests_top10
web__undescribed_fleet
web__undescribed_top10

"#]],
    );
}
