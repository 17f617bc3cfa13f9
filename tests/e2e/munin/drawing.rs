//! The graphs that munin draws.

use statsgrid_tests::{Munin, MuninMaster, MuninNode};

use super::{CONSUMED, new_key, record, record_of};

/// munin's colour for the first line of a graph.
const FIRST: [u8; 3] = [0x00, 0xcc, 0x00];

#[test]
fn a_graph_becomes_a_png() {
    let Some(munin) = Munin::find("the graphs that munin draws", &[CONSUMED]) else { return };
    let alpha = new_key();
    munin.write([(alpha, &record_of("größe 🦀", 301_000, 0, 0))]);
    let node = MuninNode::start(&munin);
    let master = MuninMaster::new(&munin, &node);
    master.update(0);
    let empty = master.draw(0, CONSUMED);
    for step in 1..5 {
        munin.write([(alpha, &record("größe 🦀", 1_000_000, 0))]);
        master.update(step);
    }
    let full = master.draw(4, CONSUMED);
    for picture in [&empty, &full] {
        let [width, height] = picture.size;
        assert!((400..800).contains(&width) && (200..600).contains(&height), "{width}x{height}");
        assert!(picture.colours.len() > 10, "{:?}", picture.colours);
    }
    // Both have the colour in the legend, and one has a line of it.
    let [legend, with_line] = [&empty, &full].map(|picture| picture.count(FIRST));
    assert!(legend > 0 && with_line > legend, "{legend} and {with_line}");
    assert_eq!(master.complaints(), Vec::<String>::new());
}
