//! Which values a frame holds, in which order: nodes by key, of each its counters, then its stats.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher};
use std::sync::{Arc, Weak};

use statsgrid_wire::message::Kind;
use statsgrid_wire::{Hash, PublicKey};

use crate::snapshot::{Catalogue, Record};
use crate::web::View;

/// The places of all values of a round.
#[derive(Debug, PartialEq)]
pub(in crate::web) struct Layout {
    /// By key.
    nodes: Box<[Node]>,
    values: usize,
}

/// One node's place.
#[derive(Debug, PartialEq)]
pub(super) struct Node {
    pub(super) key: PublicKey,
    /// Where its first value stands.
    pub(super) start: usize,
    pub(super) schema: Arc<Schema>,
}

/// What nodes that run the same producers have in common.
#[derive(Debug, PartialEq)]
pub(super) struct Schema {
    /// The producers' descriptions, as far as they had come.
    descriptions: Box<[Hash]>,
    pub(super) counters: Box<[Box<str>]>,
    pub(super) stats: Box<[Stat]>,
}

/// One of the stats.
#[derive(Debug, PartialEq)]
pub(super) struct Stat {
    pub(super) name: Box<str>,
    /// Its producer says that it counts up.
    pub(super) counts: bool,
}

impl Layout {
    /// The one of this view: the `last` one, if nothing has changed.
    pub(super) fn of(view: &View, last: Option<&Arc<Self>>, schemas: &mut Schemas) -> Arc<Self> {
        let mut nodes = Vec::with_capacity(view.records.len());
        let mut values = 0;
        for (key, record) in view.records.iter() {
            let held = last.and_then(|last| last.node(*key)).map(|node| &node.schema);
            let schema = match held.filter(|schema| schema.is_of(record, &view.catalogue)) {
                Some(schema) => schema.clone(),
                None => schemas.of(record, &view.catalogue),
            };
            let start = values;
            values += schema.values();
            nodes.push(Node { key: *key, start, schema });
        }
        let layout = Self { nodes: nodes.into(), values };
        match last {
            Some(last) if last.is_the_same(&layout) => last.clone(),
            _ => Arc::new(layout),
        }
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(super) fn node(&self, key: PublicKey) -> Option<&Node> {
        let place = self.nodes.binary_search_by_key(&key, |node| node.key).ok()?;
        self.nodes.get(place)
    }

    pub(super) fn values(&self) -> usize {
        self.values
    }

    /// Of the nodes, without their schemas.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.nodes)
    }

    /// Without a look into schemas that are shared.
    fn is_the_same(&self, other: &Self) -> bool {
        let same = |(a, b): (&Node, &Node)| a.key == b.key && Arc::ptr_eq(&a.schema, &b.schema);
        self.nodes.len() == other.nodes.len() && self.nodes.iter().zip(&other.nodes).all(same)
    }
}

impl Schema {
    fn of(record: &Record, catalogue: &Catalogue) -> Self {
        let counts = |name: &str| {
            let described = || {
                let (section, own) = name.split_once('.')?;
                let description = catalogue.get(&record.producers.get(section)?.description?)?;
                description.stats.iter().find(|stat| stat.name == own)
            };
            described().is_some_and(|stat| stat.kind == Kind::Counter)
        };
        let stats = record.stats.stats.iter().map(|(name, _)| Stat { name: name.into(), counts: counts(name) });
        Self {
            descriptions: known(record, catalogue).collect(),
            counters: record.stats.counters.iter().map(|(name, _)| name.into()).collect(),
            stats: stats.collect(),
        }
    }

    fn is_of(&self, record: &Record, catalogue: &Catalogue) -> bool {
        let counters = record.stats.counters.iter().map(|(name, _)| name);
        let stats = record.stats.stats.iter().map(|(name, _)| name);
        self.counters.iter().map(AsRef::as_ref).eq(counters)
            && self.stats.iter().map(|stat| stat.name.as_ref()).eq(stats)
            && self.descriptions.iter().copied().eq(known(record, catalogue))
    }

    fn values(&self) -> usize {
        self.counters.len() + self.stats.len()
    }
}

impl Schema {
    fn bytes(&self) -> usize {
        let counters = self.counters.iter().map(|name| size_of_val(name) + name.len());
        let stats = self.stats.iter().map(|stat| size_of_val(stat) + stat.name.len());
        size_of::<Self>() + size_of_val(&*self.descriptions) + counters.chain(stats).sum::<usize>()
    }
}

/// The hashes of those descriptions that have come.
fn known<'a>(record: &'a Record, catalogue: &'a Catalogue) -> impl Iterator<Item = Hash> + 'a {
    record.descriptions().filter(|hash| catalogue.get(hash).is_some())
}

/// The schemas of all layouts there are, so that a fleet shares one. Usually they are few; a node that calls its values anew
/// in each round makes one each time.
#[derive(Debug, Default)]
pub(in crate::web) struct Schemas(HashMap<u64, Vec<Weak<Schema>>>);

impl Schemas {
    /// Drops those that no layout has any more; gives the bytes of the others.
    pub(super) fn forget_unused(&mut self) -> usize {
        let mut bytes = 0;
        self.0.retain(|_, alike| {
            alike.retain(|schema| schema.strong_count() > 0);
            bytes += alike.iter().filter_map(Weak::upgrade).map(|schema| schema.bytes()).sum::<usize>();
            !alike.is_empty()
        });
        bytes
    }

    fn of(&mut self, record: &Record, catalogue: &Catalogue) -> Arc<Schema> {
        let mut hasher = DefaultHasher::new();
        record.stats.counters.iter().for_each(|(name, _)| name.hash(&mut hasher));
        record.stats.stats.iter().for_each(|(name, _)| name.hash(&mut hasher));
        let alike = self.0.entry(hasher.finish()).or_default();
        if let Some(schema) = alike.iter().filter_map(Weak::upgrade).find(|schema| schema.is_of(record, catalogue)) {
            return schema;
        }
        let schema = Arc::new(Schema::of(record, catalogue));
        alike.push(Arc::downgrade(&schema));
        schema
    }
}
