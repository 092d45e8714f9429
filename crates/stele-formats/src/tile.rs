//! Vector tiles (Mapbox Vector Tile 2.1): what stands in a tile, and its bytes.
//!
//! Coordinates are the tile's own: 0 to [`EXTENT`] from its north-western corner, east and south. Shapes
//! are clipped to a margin around it; what a tile shows is decided by who fills it.

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
    /// Text that other features may have too.
    Text(&'a str),
    /// A word of a list, of which a layer has few.
    Word(&'static str),
    /// Text of this feature alone: not looked for among those of others.
    Own(&'a str),
    /// A whole number.
    Whole(i64),
}

/// Numbers below this are found without a search: most are counts of a few sites.
const FEW: usize = 256;
/// Stands for a value that is not there yet.
const NONE: u32 = u32::MAX;

/// A layer being filled. Its parts are written as they come, in the form of the specification's
/// `vector_tile.proto`; a tree of messages in between was seen to cost as much as all else of a tile.
pub struct Layer {
    name: String,
    features: Vec<u8>,
    len: usize,
    keys: Vec<&'static str>,
    values: Vec<u8>,
    valued: u32,
    words: Vec<(&'static str, u32)>,
    texts: HashMap<String, u32>,
    few: [u32; FEW],
    wholes: HashMap<i64, u32>,
    /// Kept from feature to feature.
    tags: Vec<u8>,
    shape: Vec<u8>,
}

impl Layer {
    /// An empty layer.
    pub fn new(name: &str) -> Self {
        Layer {
            name: name.to_owned(),
            features: Vec::new(),
            len: 0,
            keys: Vec::new(),
            values: Vec::new(),
            valued: 0,
            words: Vec::new(),
            texts: HashMap::new(),
            few: [NONE; FEW],
            wholes: HashMap::new(),
            tags: Vec::new(),
            shape: Vec::new(),
        }
    }

    /// How many features it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a point.
    pub fn point<'a>(
        &mut self,
        at: (i32, i32),
        properties: impl IntoIterator<Item = (&'static str, Prop<'a>)>,
    ) {
        let geometry = [command(MOVE_TO, 1), zigzag(at.0), zigzag(at.1)];
        self.feature(POINT, &geometry, properties);
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
            self.feature(LINE_STRING, &pen.commands, properties);
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
            self.feature(POLYGON, &pen.commands, properties);
        }
    }

    fn feature<'a>(
        &mut self,
        kind: u8,
        geometry: &[u32],
        properties: impl IntoIterator<Item = (&'static str, Prop<'a>)>,
    ) {
        self.tags.clear();
        for (key, value) in properties {
            let (key, value) = (self.key(key), self.value(value));
            wire::varint(&mut self.tags, key.into());
            wire::varint(&mut self.tags, value.into());
        }
        self.shape.clear();
        for command in geometry {
            wire::varint(&mut self.shape, (*command).into());
        }
        let (tags, shape) = (wire::lengthy(&self.tags), wire::lengthy(&self.shape));
        let out = &mut self.features;
        wire::head(out, LAYER_FEATURES, wire::BYTES);
        // The kind is a field of one byte, after its own head.
        wire::varint(out, (tags + shape + 2) as u64);
        wire::bytes(out, FEATURE_TAGS, &self.tags);
        wire::head(out, FEATURE_KIND, wire::VARINT);
        out.push(kind);
        wire::bytes(out, FEATURE_GEOMETRY, &self.shape);
        self.len += 1;
    }

    fn key(&mut self, key: &'static str) -> u32 {
        let known = self.keys.iter().position(|k| *k == key);
        count(known.unwrap_or_else(|| {
            self.keys.push(key);
            self.keys.len() - 1
        }))
    }

    fn value(&mut self, value: Prop<'_>) -> u32 {
        let known = match value {
            Prop::Own(_) => None,
            Prop::Word(word) => {
                let known = self.words.iter().find(|(known, _)| *known == word);
                known.map(|(_, at)| *at)
            }
            Prop::Text(text) => self.texts.get(text).copied(),
            Prop::Whole(n) => match few(n).and_then(|n| self.few.get(n)) {
                Some(at) => Some(*at).filter(|at| *at != NONE),
                None => self.wholes.get(&n).copied(),
            },
        };
        if let Some(known) = known {
            return known;
        }
        let at = self.valued;
        match value {
            Prop::Own(text) => self.written(text),
            Prop::Word(word) => {
                self.words.push((word, at));
                self.written(word);
            }
            Prop::Text(text) => {
                self.texts.insert(text.to_owned(), at);
                self.written(text);
            }
            Prop::Whole(n) => {
                match few(n).and_then(|n| self.few.get_mut(n)) {
                    Some(place) => *place = at,
                    None => {
                        self.wholes.insert(n, at);
                    }
                }
                let mut value = Vec::with_capacity(11);
                match u64::try_from(n) {
                    Ok(n) => {
                        wire::head(&mut value, VALUE_UINT, wire::VARINT);
                        wire::varint(&mut value, n);
                    }
                    Err(_) => {
                        wire::head(&mut value, VALUE_SINT, wire::VARINT);
                        wire::varint(&mut value, ((n << 1) ^ (n >> 63)) as u64);
                    }
                }
                wire::bytes(&mut self.values, LAYER_VALUES, &value);
            }
        }
        self.valued += 1;
        at
    }

    /// Adds a text to the values.
    fn written(&mut self, text: &str) {
        let out = &mut self.values;
        wire::head(out, LAYER_VALUES, wire::BYTES);
        wire::varint(out, wire::lengthy(text.as_bytes()) as u64);
        wire::bytes(out, VALUE_STRING, text.as_bytes());
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let mut keys = Vec::new();
        for key in &self.keys {
            wire::bytes(&mut keys, LAYER_KEYS, key.as_bytes());
        }
        let mut end = Vec::new();
        wire::head(&mut end, LAYER_EXTENT, wire::VARINT);
        wire::varint(&mut end, EXTENT.into());
        wire::head(&mut end, LAYER_VERSION, wire::VARINT);
        wire::varint(&mut end, 2);
        let mut name = Vec::new();
        wire::bytes(&mut name, LAYER_NAME, self.name.as_bytes());
        let parts = [&name, &self.features, &keys, &self.values, &end];
        let len: usize = parts.iter().map(|part| part.len()).sum();
        out.reserve(len + 8);
        wire::head(out, TILE_LAYERS, wire::BYTES);
        wire::varint(out, len as u64);
        parts.iter().for_each(|part| out.extend_from_slice(part));
    }
}

fn few(n: i64) -> Option<usize> {
    usize::try_from(n).ok().filter(|n| *n < FEW)
}

/// The bytes of a tile; empty layers are left out, as the specification asks (4.1).
pub fn encode(layers: impl IntoIterator<Item = Layer>) -> Vec<u8> {
    let mut tile = Vec::new();
    for layer in layers.into_iter().filter(|l| !l.is_empty()) {
        layer.encode(&mut tile);
    }
    tile
}

// Numbers of the fields in `vector_tile.proto`, and of the kinds of geometry.
const TILE_LAYERS: u8 = 3;
const LAYER_NAME: u8 = 1;
const LAYER_FEATURES: u8 = 2;
const LAYER_KEYS: u8 = 3;
const LAYER_VALUES: u8 = 4;
const LAYER_EXTENT: u8 = 5;
const LAYER_VERSION: u8 = 15;
const FEATURE_TAGS: u8 = 2;
const FEATURE_KIND: u8 = 3;
const FEATURE_GEOMETRY: u8 = 4;
const VALUE_STRING: u8 = 1;
const VALUE_UINT: u8 = 5;
const VALUE_SINT: u8 = 6;
const POINT: u8 = 1;
const LINE_STRING: u8 = 2;
const POLYGON: u8 = 3;

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

/// The few forms of protobuf that a tile needs.
mod wire {
    /// Of a field that is a number.
    pub const VARINT: u8 = 0;
    /// Of a field that is bytes, a text, a message or many numbers.
    pub const BYTES: u8 = 2;

    /// The number of a field, below 16, and its form.
    pub fn head(out: &mut Vec<u8>, field: u8, form: u8) {
        out.push(field << 3 | form);
    }

    /// Seven bits a byte, least first.
    pub fn varint(out: &mut Vec<u8>, mut n: u64) {
        while n >= 0x80 {
            out.push(n as u8 | 0x80);
            n >>= 7;
        }
        out.push(n as u8);
    }

    /// A field of bytes; nothing where there are none.
    pub fn bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
        if !bytes.is_empty() {
            head(out, field, BYTES);
            varint(out, bytes.len() as u64);
            out.extend_from_slice(bytes);
        }
    }

    /// How long that field is.
    pub fn lengthy(bytes: &[u8]) -> usize {
        let bits = usize::BITS - bytes.len().leading_zeros();
        match bytes.len() {
            0 => 0,
            len => 1 + (bits as usize).div_ceil(7) + len,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use prost::Message;

    type Property = (&'static str, Prop<'static>);

    fn property() -> impl Strategy<Value = Property> {
        let key = prop::sample::select(vec!["id", "count", "status", "category"]);
        let value = prop_oneof![
            prop::sample::select(vec!["a", "mosque", "église", "verified"]).prop_map(Prop::Word),
            prop::sample::select(vec!["a", "b", "ж"]).prop_map(Prop::Text),
            (-300i64..70_000).prop_map(Prop::Whole),
            prop_oneof![Just(i64::MIN), Just(i64::MAX)].prop_map(Prop::Whole),
        ];
        (key, value)
    }

    proptest! {
        /// What protobuf's own writer makes of the tile that was read is the same, and says what was put in.
        #[test]
        fn bytes_are_those_of_protobuf(
            features in proptest::collection::vec(((-64i32..4160, -64i32..4160), proptest::collection::vec(property(), 0..6)), 1..60),
        ) {
            let mut layer = Layer::new("sites");
            for (at, properties) in &features {
                layer.point(*at, properties.iter().copied());
            }
            let ring = vec![(0.0, 0.0), (900.0, 0.0), (900.0, 900.0), (0.0, 0.0)];
            layer.polygons(&[vec![ring]], [("id", Prop::Own("the only one"))]);
            let bytes = encode([layer, Layer::new("empty")]);
            let tile = oracle::Tile::decode(bytes.as_slice()).unwrap();
            prop_assert_eq!(tile.encode_to_vec(), bytes);
            prop_assert_eq!(tile.layers.len(), 1);
            let layer = &tile.layers[0];
            prop_assert_eq!((layer.version, layer.extent), (2, Some(EXTENT)));
            prop_assert_eq!(layer.features.len(), features.len() + 1);
            for (read, (_, properties)) in layer.features.iter().zip(&features) {
                let said: Vec<(&str, String)> = read.tags.chunks(2).map(|tag| {
                    let value = &layer.values[tag[1] as usize];
                    let number = value.uint_value.map(|n| n.to_string()).or(value.sint_value.map(|n| n.to_string()));
                    (layer.keys[tag[0] as usize].as_str(), number.or(value.string_value.clone()).unwrap())
                }).collect();
                let meant: Vec<(&str, String)> = properties.iter().map(|(key, value)| (*key, match value {
                    Prop::Text(text) | Prop::Own(text) => (*text).to_owned(),
                    Prop::Word(word) => (*word).to_owned(),
                    Prop::Whole(n) => n.to_string(),
                })).collect();
                prop_assert_eq!(said, meant);
            }
        }
    }

    /// The messages of the specification's `vector_tile.proto`, as a library reads and writes them.
    mod oracle {
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
}
