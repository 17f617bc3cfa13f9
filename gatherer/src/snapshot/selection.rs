//! What was selected of a snapshot: a table with a row for each node and a column for each series that was wanted.
//!
//! A node that does not run the producer of a series is not one of which the value is missing: the first has no cell in
//! its column, the second an empty one. Left out on purpose: reading ([`super::select()`]) and drawing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use statsgrid_wire::{Hash, PublicKey};

use super::{Kind, Millis, Role, Taken, Value};

/// What is wanted of a snapshot.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Which series.
    pub names: Names<'a>,
    /// Of which nodes: those whose keys begin so. Of all with an empty one.
    pub keys: &'a str,
}

/// Which series are wanted, by their full names; a counter and a stat may share one, and then both are.
#[derive(Clone, Copy)]
pub enum Names<'a> {
    /// These.
    Of(&'a [&'a str]),
    /// All of which this says so.
    Matching(&'a dyn Fn(&str) -> bool),
}

/// The table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The rows, sorted by key.
    pub nodes: Vec<Node>,
    columns: BTreeMap<String, BTreeMap<Kind, Vec<Option<Cell>>>>,
    described: BTreeMap<String, BTreeMap<Hash, usize>>,
}

/// A row's node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The provider's key.
    pub key: PublicKey,
    /// What people call it.
    pub nickname: String,
    /// What it is.
    pub role: Role,
}

/// One node's value of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// None: there is none, or only an old one.
    pub value: Option<Value>,
    /// When it was taken, by the gatherer's clock; 0: never.
    pub at: Millis,
}

impl Wanted<'_> {
    /// No series: the nodes alone.
    pub const NODES: Self = Self { names: Names::Of(&[]), keys: "" };
}

impl Cell {
    const EMPTY: Self = Self { value: None, at: Millis::new(0) };
}

impl Selection {
    /// The names of all series that some node has a value of, old ones among them, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// What most of the nodes that have `name` have it as.
    pub fn kind(&self, name: &str) -> Option<Kind> {
        let bearers = |(kind, cells): (&Kind, &Vec<Option<Cell>>)| {
            (cells.iter().flatten().filter(|cell| cell.at > Millis::default()).count(), *kind)
        };
        self.columns.get(name)?.iter().map(bearers).max().map(|(_, kind)| kind)
    }

    /// A series, as one cell for each node; none for a node that is known not to run its producer.
    pub fn cells(&self, name: &str, kind: Kind) -> Option<&[Option<Cell>]> {
        self.columns.get(name)?.get(&kind).map(Vec::as_slice)
    }

    /// The descriptions that nodes give of what the producer `section` reports; that of the most nodes first.
    pub fn descriptions(&self, section: &str) -> impl Iterator<Item = Hash> {
        let hashes = self.described.get(section).into_iter().flatten();
        let mut by_bearers: Vec<(usize, Hash)> = hashes.map(|(hash, nodes)| (*nodes, *hash)).collect();
        by_bearers.sort_unstable_by(|a, b| b.cmp(a));
        by_bearers.into_iter().map(|(_, hash)| hash)
    }

    /// All descriptions that nodes give of the producers of wanted series.
    pub fn all_descriptions(&self) -> BTreeSet<Hash> {
        self.described.values().flat_map(BTreeMap::keys).copied().collect()
    }
}

/// What one record gave.
#[derive(Default)]
pub(super) struct Found {
    pub(super) nickname: String,
    pub(super) role: Role,
    /// None: the record does not say.
    pub(super) schema: Option<u32>,
    pub(super) received: Millis,
    pub(super) values: Vec<(ColumnId, Value)>,
    /// None: the record does not say.
    pub(super) producers: Option<Vec<Producer>>,
}

/// A producer of wanted series.
pub(super) struct Producer {
    pub(super) section: SectionId,
    /// None: its stats are as old as the reply.
    pub(super) taken: Option<Taken>,
    pub(super) description: Option<Hash>,
}

/// What [`Collector::column`] gives.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct ColumnId(usize);

/// What [`Collector::section`] gives.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct SectionId(usize);

/// Takes in record after record.
pub(super) struct Collector<'a> {
    wanted: Wanted<'a>,
    now_ms: u64,
    nodes: Vec<Node>,
    /// Of each node whether it may run any producer: it has never answered, or is of a form that does not say so.
    may_run_any: Vec<bool>,
    places: HashMap<Kind, HashMap<String, Option<ColumnId>>>,
    columns: Vec<Column>,
    section_places: HashMap<String, Option<SectionId>>,
    sections: Vec<Section>,
}

struct Column {
    name: String,
    kind: Kind,
    section: Option<SectionId>,
    /// Of the nodes up to the last that has a value.
    cells: Vec<Option<Cell>>,
}

struct Section {
    name: String,
    /// Of the nodes up to the last that runs it.
    runs: Vec<bool>,
    described: BTreeMap<Hash, usize>,
}

impl<'a> Collector<'a> {
    /// With nothing in it. `now_ms` is the wall clock, by which values are fresh or old.
    pub(super) fn new(wanted: Wanted<'a>, now_ms: u64) -> Self {
        Self {
            wanted,
            now_ms,
            nodes: Vec::new(),
            may_run_any: Vec::new(),
            places: HashMap::new(),
            columns: Vec::new(),
            section_places: HashMap::new(),
            sections: Vec::new(),
        }
    }

    /// What is wanted.
    pub(super) fn wanted(&self) -> Wanted<'a> {
        self.wanted
    }

    /// The column of a series, if it is wanted.
    pub(super) fn column(&mut self, kind: Kind, name: &str) -> Option<ColumnId> {
        let places = self.places.entry(kind).or_default();
        if let Some(known) = places.get(name) {
            return *known;
        }
        let id = self.wanted.names.hold(name).then_some(ColumnId(self.columns.len()));
        places.insert(name.to_owned(), id);
        if id.is_some() {
            let section = section_of(name).and_then(|section| self.section(section));
            self.columns.push(Column { name: name.to_owned(), kind, section, cells: Vec::new() });
        }
        id
    }

    /// The place of the producer that is called so. With names that are known beforehand only theirs are wanted; else all
    /// are, for a series of a producer may be met after the producer.
    pub(super) fn section(&mut self, name: &str) -> Option<SectionId> {
        if let Some(known) = self.section_places.get(name) {
            return *known;
        }
        let wanted = match self.wanted.names {
            Names::Of(names) => names.iter().any(|series| section_of(series) == Some(name)),
            Names::Matching(_) => true,
        };
        let id = wanted.then_some(SectionId(self.sections.len()));
        if wanted {
            self.sections.push(Section { name: name.to_owned(), runs: Vec::new(), described: BTreeMap::new() });
        }
        self.section_places.insert(name.to_owned(), id);
        id
    }

    /// Takes in the next record, and leaves the lists for the one after it.
    pub(super) fn add(&mut self, key: PublicKey, found: &mut Found) {
        let row = self.nodes.len();
        let Found { nickname, role, received, values, producers, .. } = found;
        let received = Taken { at: *received, pace: None };
        for (ColumnId(column), value) in values {
            let Some(column) = self.columns.get_mut(*column) else { continue };
            let of_producer =
                |producer: &&Producer| column.kind == Kind::Stat && Some(producer.section) == column.section;
            let taken = producers.iter().flatten().find(of_producer).and_then(|producer| producer.taken);
            let taken = taken.unwrap_or(received);
            column.cells.resize(row, None);
            column.cells.push(Some(Cell { value: taken.is_fresh(self.now_ms).then_some(*value), at: taken.at }));
        }
        for Producer { section: SectionId(section), description, .. } in producers.iter().flatten() {
            let Some(section) = self.sections.get_mut(*section) else { continue };
            section.runs.resize(row, false);
            section.runs.push(true);
            if let Some(hash) = description {
                *section.described.entry(*hash).or_default() += 1;
            }
        }
        self.may_run_any.push(producers.is_none() || received.at == Millis::default());
        self.nodes.push(Node { key, nickname: std::mem::take(nickname), role: *role });
    }

    /// The table of all that was taken in; the key that two records have, if there is one.
    pub(super) fn finish(mut self) -> Result<Selection, PublicKey> {
        self.add_unmet();
        // The gatherer sorts already.
        if !self.nodes.is_sorted_by_key(|node| node.key) {
            self.sort();
        }
        if let Some([twin, _]) = self.nodes.array_windows().find(|[a, b]| a.key == b.key) {
            return Err(twin.key);
        }
        let mut columns: BTreeMap<String, BTreeMap<Kind, Vec<Option<Cell>>>> = BTreeMap::new();
        for Column { name, kind, section, mut cells } in std::mem::take(&mut self.columns) {
            cells.resize(self.nodes.len(), None);
            for (row, cell) in cells.iter_mut().enumerate() {
                *cell = cell.or_else(|| self.may_run(row, section).then_some(Cell::EMPTY));
            }
            columns.entry(name).or_default().insert(kind, cells);
        }
        let described = self.sections.into_iter().map(|section| (section.name, section.described));
        let described = described.filter(|(_, hashes)| !hashes.is_empty()).collect();
        Ok(Selection { nodes: self.nodes, columns, described })
    }

    /// Puts the rows in the order of their keys.
    fn sort(&mut self) {
        let mut rows: Vec<usize> = (0..self.nodes.len()).collect();
        rows.sort_by_key(|row| self.nodes.get(*row).map(|node| node.key));
        self.nodes.sort_by_key(|node| node.key);
        in_order(&rows, &mut self.may_run_any);
        self.columns.iter_mut().for_each(|column| in_order(&rows, &mut column.cells));
        self.sections.iter_mut().for_each(|section| in_order(&rows, &mut section.runs));
    }

    /// Whether the node of a row may run a producer.
    fn may_run(&self, row: usize, section: Option<SectionId>) -> bool {
        let is_in = |list: &Vec<bool>| list.get(row) == Some(&true);
        let section = section.and_then(|SectionId(section)| self.sections.get(section));
        is_in(&self.may_run_any) || section.is_some_and(|section| is_in(&section.runs))
    }

    /// Columns for what is wanted by name and no node has: those that run its producer have an empty cell.
    fn add_unmet(&mut self) {
        let Names::Of(names) = self.wanted.names else { return };
        for name in names {
            if !self.columns.iter().any(|column| column.name == *name) {
                self.column(Kind::Stat, name);
            }
        }
    }
}

impl Names<'_> {
    fn hold(self, name: &str) -> bool {
        match self {
            Self::Of(names) => names.contains(&name),
            Self::Matching(is_wanted) => is_wanted(name),
        }
    }
}

/// A list with what was in these of its rows; what is behind its end is as if never set.
fn in_order<T: Copy + Default>(rows: &[usize], list: &mut Vec<T>) {
    *list = rows.iter().map(|row| list.get(*row).copied().unwrap_or_default()).collect();
}

/// The name of the producer that a series belongs to: the first level of its own.
fn section_of(series: &str) -> Option<&str> {
    series.split_once('.').map(|(section, _)| section)
}
