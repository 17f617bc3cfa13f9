//! A Rust node that embeds the provider: the example, as it is built.

use statsgrid_tests::{Process, Site, command, programs};
use statsgrid_wire::message::Outcome;
use statsgrid_wire::{Number, PublicKey};

use statsgrid_gatherer::snapshot::Catalogue;

#[test]
fn what_the_node_counts_and_registers_arrives() {
    let site = Site::new();
    let gatherer = site.gatherer();
    let node = site.node("alpha").answers(gatherer.address()).load_monitor();
    let mut example = command(programs().embedding_node());
    example.arg(node.configure());
    let running = Process::start("node", node.folder(), example);
    let _gathering = gatherer.start(&[]);
    let key: PublicKey = node.key();
    let record = gatherer.await_record(key, "counts of the node's work", |record| {
        record.stats.counters.get("uploader.files_uploaded") >= Some(&2)
    });
    let Some(Number::Float(uptime)) = record.stats.stats.get("node.uptime") else { panic!("{record:?}") };
    assert!(0.0 < *uptime && *uptime < 120.0, "{uptime}");
    // A native producer has an outcome and a description as any other, and no component; components run beside it.
    let native = record.producers.get("node").unwrap();
    assert_eq!((native.outcome, native.digest), (Outcome::Ok, None));
    assert!(record.stats.stats.get("load_monitor.avg_load").is_some());
    gatherer.await_round();
    let (catalogue, _) = Catalogue::read(&gatherer.snapshot_path()).unwrap();
    assert_eq!(catalogue.get(&native.description.unwrap()).unwrap().stats[0].name, "uptime");

    // The example stops at Ctrl-C, and takes leave.
    running.signal(rustix::process::Signal::INT);
    running.ended().succeeded();
    gatherer.await_own("nobody", |own| own.stats.stats.get("statsgrid.providers") == Some(&Number::Integer(0)));
}
