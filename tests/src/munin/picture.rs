//! A PNG, read far enough to know what is on it: PNG (Third Edition), sections 5, 9 and 11.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::programs::command;

/// What every PNG begins with.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Red, green, blue.
type Colour = [u8; 3];

/// A picture without alpha channel or palette, as rrdtool draws them.
#[derive(Debug)]
pub struct Picture {
    /// Its file.
    pub path: PathBuf,
    /// Its width and height.
    pub size: [u32; 2],
    /// How many of its pixels have which colour.
    pub colours: BTreeMap<Colour, usize>,
}

impl Picture {
    pub(super) fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let body = bytes.strip_prefix(SIGNATURE).expect("a PNG's signature");
        let chunks = chunks(body);
        let (kind, header) = chunks[0];
        assert_eq!((kind, &header[8..]), (*b"IHDR", &[8, 2, 0, 0, 0][..]), "8 bits each of red, green and blue");
        assert_eq!(chunks.last().map(|(kind, _)| *kind), Some(*b"IEND"), "it is whole");
        let size = [number(&header[..4]), number(&header[4..8])];
        let packed: Vec<u8> =
            chunks.iter().filter(|(kind, _)| kind == b"IDAT").flat_map(|(_, data)| *data).copied().collect();
        let [width, height] = size.map(|length| length as usize);
        let lines = inflate(path, &packed);
        assert_eq!(lines.len(), height * (1 + 3 * width), "a byte for the filter, then three for each pixel");
        Self { path: path.to_owned(), size, colours: colours(&lines, width) }
    }

    /// How many pixels have this colour.
    pub fn count(&self, colour: Colour) -> usize {
        self.colours.get(&colour).copied().unwrap_or_default()
    }
}

/// Kind and content of each chunk; what its checksum is for, no test's disk does.
fn chunks(mut bytes: &[u8]) -> Vec<([u8; 4], &[u8])> {
    let mut chunks = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_at(4);
        let (kind, rest) = rest.split_at(4);
        let (data, rest) = rest.split_at(number(length) as usize);
        chunks.push((kind.try_into().expect("four bytes"), data));
        bytes = &rest[4..];
    }
    chunks
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().expect("four bytes"))
}

/// Unpacks zlib's format with Perl's own module, which is there where munin is.
fn inflate(path: &Path, packed: &[u8]) -> Vec<u8> {
    let file = path.with_extension("zlib");
    File::create(&file).and_then(|mut out| out.write_all(packed)).expect("the test's folder takes files");
    let mut perl = command("perl");
    perl.args(["-MCompress::Zlib", "-0777", "-ne", "binmode STDOUT; print uncompress $_"]).arg(file);
    perl.output().expect("there is perl").stdout
}

/// Takes back the filters that made the lines easier to pack, and counts.
fn colours(lines: &[u8], width: usize) -> BTreeMap<Colour, usize> {
    let mut colours = BTreeMap::new();
    let mut above = vec![0; 3 * width];
    for line in lines.chunks(1 + 3 * width) {
        let mut pixels = line[1..].to_vec();
        for place in 0..pixels.len() {
            let left = if place < 3 { 0 } else { pixels[place - 3] };
            let corner = if place < 3 { 0 } else { above[place - 3] };
            pixels[place] = pixels[place].wrapping_add(guess(line[0], left, above[place], corner));
        }
        for pixel in pixels.chunks(3) {
            *colours.entry([pixel[0], pixel[1], pixel[2]]).or_default() += 1;
        }
        above = pixels;
    }
    colours
}

/// What a filter takes for a byte, from its neighbours.
fn guess(filter: u8, left: u8, up: u8, corner: u8) -> u8 {
    match filter {
        0 => 0,
        1 => left,
        2 => up,
        3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
        4 => {
            let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
            // The first of equals: min_by_key takes it.
            [left, up, corner].into_iter().min_by_key(|byte| (estimate - i16::from(*byte)).abs()).unwrap_or_default()
        }
        _ => panic!("{filter} is no filter"),
    }
}
