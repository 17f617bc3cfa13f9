//! The graphs that munin draws.

use statsgrid_tests::{Munin, MuninMaster, MuninNode};

use super::{CONSUMED, new_key, record, record_of};

/// As the longest name in a legend it is followed by the text's end, which its last character would take away: the graph
/// would not be drawn.
const NICKNAME: &str = "größe 🦀 # \\";

/// munin's colour for the first line of a graph.
const FIRST: [u8; 3] = [0x00, 0xcc, 0x00];

#[test]
fn a_graph_becomes_a_png() {
    let Some(munin) = Munin::find("the graphs that munin draws", &[CONSUMED]) else { return };
    let alpha = new_key();
    munin.write([(alpha, &record_of(NICKNAME, 301_000, 0, 0))]);
    let node = MuninNode::start(&munin);
    let master = MuninMaster::new(&munin, &node, 5);
    master.update(0);
    master.draw(0);
    let empty = master.picture(CONSUMED);
    for step in 1..5 {
        munin.write([(alpha, &record(NICKNAME, 1_000_000, 0))]);
        master.update(step);
    }
    master.draw(4);
    let full = master.picture(CONSUMED);
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
