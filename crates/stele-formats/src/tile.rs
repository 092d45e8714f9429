//! Vector tiles (Mapbox Vector Tile 2.1): what stands in a tile, and its bytes.
//!
//! Coordinates are the tile's own: 0 to [`EXTENT`] from its north-western corner, east and south. Shapes
//! are clipped to a margin around it; what a tile shows is decided by who fills it.

use prost::Message;
use std::collections::HashMap;

mod clip;
mod grid;

pub use grid::{Grid, Tile};

/// Steps across a tile.
pub const EXTENT: u32 = 4096;
/// Steps around a tile that still belong to it, so that symbols at an edge are drawn whole.
pub const MARGIN: i32 = 64;

/// What a property of a feature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prop<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number.
    Whole(i64),
}

/// A layer being filled.
pub struct Layer {
    written: wire::Layer,
    keys: HashMap<&'static str, u32>,
    texts: HashMap<String, u32>,
    wholes: HashMap<i64, u32>,
}

impl Layer {
    /// An empty layer.
    pub fn new(name: &str) -> Self {
        Layer {
            written: wire::Layer {
                version: 2,
                name: name.to_owned(),
                extent: Some(EXTENT),
                ..wire::Layer::default()
            },
            keys: HashMap::new(),
            texts: HashMap::new(),
            wholes: HashMap::new(),
        }
    }

    /// How many features it has.
    pub fn len(&self) -> usize {
        self.written.features.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.written.features.is_empty()
    }

    /// Adds a point.
    pub fn point<'a>(
        &mut self,
        at: (i32, i32),
        properties: impl IntoIterator<Item = (&'static str, Prop<'a>)>,
    ) {
        let geometry = vec![command(MOVE_TO, 1), zigzag(at.0), zigzag(at.1)];
        self.feature(wire::GeomType::Point, geometry, properties);
    }

    /// Adds lines, clipped; nothing where nothing is left of them.
    pub fn lines<'a>(
        &mut self,
        lines: &[Vec<(f64, f64)>],
        properties: impl IntoIterator<Item = (&'static str, Prop<'a>)>,
    ) {
        let mut pen = Pen::default();
        for line in lines {
            for piece in clip::line(line) {
                pen.draw(&whole(&piece), false);
            }
        }
        if !pen.commands.is_empty() {
            self.feature(wire::GeomType::Linestring, pen.commands, properties);
        }
    }

    /// Adds polygons of rings, outer one first, clipped; nothing where nothing is left of them.
    pub fn polygons<'a>(
        &mut self,
        polygons: &[Vec<Vec<(f64, f64)>>],
        properties: impl IntoIterator<Item = (&'static str, Prop<'a>)>,
    ) {
        let mut pen = Pen::default();
        for rings in polygons {
            for (i, ring) in rings.iter().enumerate() {
                let mut ring = whole(&clip::ring(ring));
                ring.dedup();
                if ring.len() > 1 && ring.first() == ring.last() {
                    ring.pop();
                }
                let area = doubled_area(&ring);
                if ring.len() < 3 || area == 0 {
                    // An outer ring that is gone takes its holes along.
                    match i {
                        0 => break,
                        _ => continue,
                    }
                }
                // Outer rings clockwise as seen with y down: positive by the surveyor's formula (4.3.3.3).
                if (area > 0) != (i == 0) {
                    ring.reverse();
                }
                pen.draw(&ring, true);
            }
        }
        if !pen.commands.is_empty() {
            self.feature(wire::GeomType::Polygon, pen.commands, properties);
        }
    }

    fn feature<'a>(
        &mut self,
        kind: wire::GeomType,
        geometry: Vec<u32>,
        properties: impl IntoIterator<Item = (&'static str, Prop<'a>)>,
    ) {
        let mut tags = Vec::new();
        for (key, value) in properties {
            tags.push(self.key(key));
            tags.push(self.value(value));
        }
        self.written.features.push(wire::Feature {
            id: None,
            tags,
            kind: Some(kind as i32),
            geometry,
        });
    }

    fn key(&mut self, key: &'static str) -> u32 {
        let keys = &mut self.written.keys;
        *self.keys.entry(key).or_insert_with(|| {
            keys.push(key.to_owned());
            count(keys.len() - 1)
        })
    }

    fn value(&mut self, value: Prop<'_>) -> u32 {
        let known = match value {
            Prop::Text(text) => self.texts.get(text),
            Prop::Whole(n) => self.wholes.get(&n),
        };
        if let Some(known) = known {
            return *known;
        }
        let at = count(self.written.values.len());
        let mut written = wire::Value::default();
        match value {
            Prop::Text(text) => {
                written.string_value = Some(text.to_owned());
                self.texts.insert(text.to_owned(), at);
            }
            Prop::Whole(n) => {
                match u64::try_from(n) {
                    Ok(n) => written.uint_value = Some(n),
                    Err(_) => written.sint_value = Some(n),
                }
                self.wholes.insert(n, at);
            }
        }
        self.written.values.push(written);
        at
    }
}

/// The bytes of a tile; empty layers are left out, as the specification asks (4.1).
pub fn encode(layers: impl IntoIterator<Item = Layer>) -> Vec<u8> {
    let layers = layers.into_iter().filter(|l| !l.is_empty());
    wire::Tile {
        layers: layers.map(|l| l.written).collect(),
    }
    .encode_to_vec()
}

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE: u32 = 7;

fn command(id: u32, times: u32) -> u32 {
    (id & 7) | (times << 3)
}

fn zigzag(n: i32) -> u32 {
    ((n << 1) ^ (n >> 31)) as u32
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn whole(points: &[(f64, f64)]) -> Vec<(i32, i32)> {
    // Clipped, so that a cast cannot overflow.
    let mut all: Vec<(i32, i32)> = points
        .iter()
        .map(|(x, y)| (x.round() as i32, y.round() as i32))
        .collect();
    all.dedup();
    all
}

fn doubled_area(ring: &[(i32, i32)]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|(a, b)| i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1))
        .sum()
}

/// Draws with commands relative to where it stands (4.3).
#[derive(Default)]
struct Pen {
    commands: Vec<u32>,
    at: (i32, i32),
}

impl Pen {
    fn draw(&mut self, points: &[(i32, i32)], close: bool) {
        let Some((first, rest)) = points.split_first() else {
            return;
        };
        if rest.is_empty() {
            return;
        }
        self.commands.push(command(MOVE_TO, 1));
        self.go(*first);
        self.commands.push(command(LINE_TO, count(rest.len())));
        rest.iter().for_each(|point| self.go(*point));
        if close {
            self.commands.push(command(CLOSE, 1));
        }
    }

    fn go(&mut self, to: (i32, i32)) {
        self.commands.push(zigzag(to.0 - self.at.0));
        self.commands.push(zigzag(to.1 - self.at.1));
        self.at = to;
    }
}

/// The messages of the specification's `vector_tile.proto`.
mod wire {
    /// A tile.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Tile {
        #[prost(message, repeated, tag = "3")]
        pub layers: Vec<Layer>,
    }

    /// A layer.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Layer {
        #[prost(uint32, required, tag = "15")]
        pub version: u32,
        #[prost(string, required, tag = "1")]
        pub name: String,
        #[prost(message, repeated, tag = "2")]
        pub features: Vec<Feature>,
        #[prost(string, repeated, tag = "3")]
        pub keys: Vec<String>,
        #[prost(message, repeated, tag = "4")]
        pub values: Vec<Value>,
        #[prost(uint32, optional, tag = "5")]
        pub extent: Option<u32>,
    }

    /// A feature.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Feature {
        #[prost(uint64, optional, tag = "1")]
        pub id: Option<u64>,
        #[prost(uint32, repeated, tag = "2")]
        pub tags: Vec<u32>,
        #[prost(enumeration = "GeomType", optional, tag = "3")]
        pub kind: Option<i32>,
        #[prost(uint32, repeated, tag = "4")]
        pub geometry: Vec<u32>,
    }

    /// A value of a property.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Value {
        #[prost(string, optional, tag = "1")]
        pub string_value: Option<String>,
        #[prost(uint64, optional, tag = "5")]
        pub uint_value: Option<u64>,
        #[prost(sint64, optional, tag = "6")]
        pub sint_value: Option<i64>,
    }

    /// What a geometry is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
    #[repr(i32)]
    pub enum GeomType {
        Unknown = 0,
        Point = 1,
        Linestring = 2,
        Polygon = 3,
    }
}
