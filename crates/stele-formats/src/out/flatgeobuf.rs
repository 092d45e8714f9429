//! FlatGeobuf 3 with its packed Hilbert R-tree. The tables are those of the `flatgeobuf` crate; its own
//! writer gives a feature without a geometry the box of the feature before, so the file is laid out here.
//!
//! Features wait in a file without a name, sorted at the end; in memory is only where each stands. A
//! feature without a geometry has none in the file, and a box in the index that nothing touches.

use super::{FeatureWriter, Sheet, text_of, wkb};
use crate::feature::{Column, Feature, Holds, Value, moment};
use flatbuffers::{FlatBufferBuilder, WIPOffset};
use flatgeobuf::packed_r_tree::{NodeItem, PackedRTree, calc_extent, hilbert_sort};
use flatgeobuf::{
    ColumnArgs, ColumnType, Crs, CrsArgs, FeatureArgs, GeometryArgs, GeometryType, Header,
    HeaderArgs,
};
use serde_json::json;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use stele_model::Geometry;
use stele_model::place::Position2;

const MAGIC: [u8; 8] = [b'f', b'g', b'b', 3, b'f', b'g', b'b', 0];

pub(super) struct FlatGeobuf<W: Write> {
    out: W,
    head: Head,
    columns: Vec<Column>,
    waiting: BufWriter<File>,
    builder: FlatBufferBuilder<'static>,
    properties: Vec<u8>,
    /// Box of each feature; its offset is its number until the file is laid out.
    nodes: Vec<NodeItem>,
    /// Where each feature ends in the waiting file.
    ends: Vec<u64>,
    /// The one kind of geometry met; none where there are several.
    kind: Option<GeometryType>,
    placed: bool,
}

/// What the header says, kept until it can be written.
struct Head {
    name: String,
    title: String,
    description: String,
    metadata: String,
}

impl<W: Write> FlatGeobuf<W> {
    pub fn begin(sheet: &Sheet<'_>, scratch: &Path, out: W) -> io::Result<Self> {
        let of = sheet.provenance;
        let metadata = json!({
            "attribution": of.attribution,
            "licence": of.licence,
            "as_of": moment(of.as_of_ms),
            "checkpoint": of.checkpoint,
        });
        Ok(FlatGeobuf {
            out,
            head: Head {
                name: sheet.name.to_owned(),
                title: sheet.title.to_owned(),
                description: sheet.description(),
                metadata: metadata.to_string(),
            },
            columns: sheet.columns.to_vec(),
            waiting: BufWriter::new(tempfile::tempfile_in(scratch)?),
            builder: FlatBufferBuilder::new(),
            properties: Vec::new(),
            nodes: Vec::new(),
            ends: Vec::new(),
            kind: None,
            placed: false,
        })
    }

    fn header(&mut self, extent: &NodeItem, indexed: bool) -> io::Result<()> {
        let b = &mut self.builder;
        b.reset();
        let mut columns = vec![column(
            b,
            "id",
            "Permanent id of the record.",
            ColumnType::String,
            false,
        )];
        for c in &self.columns {
            let kind = match c.holds {
                Holds::Text | Holds::Word(_) => ColumnType::String,
                Holds::Whole => ColumnType::Long,
                Holds::Day | Holds::Moment => ColumnType::DateTime,
            };
            columns.push(column(b, c.id, c.about, kind, true));
        }
        let crs = CrsArgs {
            org: Some(b.create_string("EPSG")),
            code: 4326,
            name: Some(b.create_string("WGS 84")),
            ..CrsArgs::default()
        };
        let args = HeaderArgs {
            name: Some(b.create_string(&self.head.name)),
            title: Some(b.create_string(&self.head.title)),
            description: Some(b.create_string(&self.head.description)),
            metadata: Some(b.create_string(&self.head.metadata)),
            envelope: self.placed.then(|| {
                b.create_vector(&[extent.min_x, extent.min_y, extent.max_x, extent.max_y])
            }),
            geometry_type: self.kind.unwrap_or(GeometryType::Unknown),
            columns: Some(b.create_vector(&columns)),
            features_count: self.nodes.len() as u64,
            index_node_size: match indexed {
                true => PackedRTree::DEFAULT_NODE_SIZE,
                false => 0,
            },
            crs: Some(Crs::create(b, &crs)),
            ..HeaderArgs::default()
        };
        let header = Header::create(b, &args);
        b.finish_size_prefixed(header, None);
        self.out.write_all(&MAGIC)?;
        self.out.write_all(b.finished_data())
    }
}

fn column<'a>(
    b: &mut FlatBufferBuilder<'a>,
    name: &str,
    about: &str,
    type_: ColumnType,
    nullable: bool,
) -> WIPOffset<flatgeobuf::Column<'a>> {
    let args = ColumnArgs {
        name: Some(b.create_string(name)),
        description: Some(b.create_string(about)),
        type_,
        nullable,
        width: -1,
        precision: -1,
        scale: -1,
        ..ColumnArgs::default()
    };
    flatgeobuf::Column::create(b, &args)
}

impl<W: Write> FeatureWriter for FlatGeobuf<W> {
    fn write(&mut self, feature: &Feature) -> io::Result<()> {
        let b = &mut self.builder;
        b.reset();
        let geometry = feature.geometry.as_ref().map(|g| geometry(b, g));
        self.properties.clear();
        put_text(&mut self.properties, 0, &feature.id.to_string());
        for (i, value) in feature.values.iter().enumerate() {
            let number = u16::try_from(i + 1).map_err(io::Error::other)?;
            match value {
                None => {}
                Some(Value::Whole(n)) => {
                    self.properties.extend(number.to_le_bytes());
                    self.properties.extend(n.to_le_bytes());
                }
                Some(value) => put_text(&mut self.properties, number, &text_of(value)),
            }
        }
        let properties = Some(b.create_vector(&self.properties));
        let args = FeatureArgs {
            geometry,
            properties,
            ..FeatureArgs::default()
        };
        let done = flatgeobuf::Feature::create(b, &args);
        b.finish_size_prefixed(done, None);
        let bytes = b.finished_data();
        self.waiting.write_all(bytes)?;
        let end = self.ends.last().copied().unwrap_or(0) + bytes.len() as u64;
        self.ends.push(end);
        let mut node = NodeItem::create(self.nodes.len() as u64);
        if let Some(geometry) = &feature.geometry {
            for p in geometry.positions() {
                node.expand_xy(p.lon(), p.lat());
            }
            let kind = GeometryType(wkb::type_number(geometry));
            self.kind = match self.placed {
                false => Some(kind),
                true => self.kind.filter(|known| *known == kind),
            };
            self.placed = true;
        }
        self.nodes.push(node);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let extent = calc_extent(&self.nodes);
        // An index over nothing would have no extent.
        let indexed = self.placed;
        self.header(&extent, indexed)?;
        let mut order: Vec<u64> = Vec::with_capacity(self.nodes.len());
        if indexed {
            hilbert_sort(&mut self.nodes, &extent);
        }
        let mut offset = 0;
        for node in &mut self.nodes {
            let number = node.offset;
            order.push(number);
            node.offset = offset;
            let (from, to) = stretch(&self.ends, number);
            offset += to - from;
        }
        if indexed {
            let tree = PackedRTree::build(&self.nodes, &extent, PackedRTree::DEFAULT_NODE_SIZE)
                .map_err(io::Error::other)?;
            self.nodes = Vec::new();
            let mut out = BufWriter::new(&mut self.out);
            tree.stream_write(&mut out)?;
            out.flush()?;
        }
        let mut waiting = self.waiting.into_inner().map_err(|e| e.into_error())?;
        let mut out = BufWriter::with_capacity(1 << 16, self.out);
        let mut bytes = Vec::new();
        let mut at = u64::MAX;
        for number in order {
            let (from, to) = stretch(&self.ends, number);
            if from != at {
                waiting.seek(SeekFrom::Start(from))?;
            }
            at = to;
            bytes.resize(usize::try_from(to - from).map_err(io::Error::other)?, 0);
            waiting.read_exact(&mut bytes)?;
            out.write_all(&bytes)?;
        }
        out.flush()
    }
}

/// Where a feature stands in the waiting file.
fn stretch(ends: &[u64], number: u64) -> (u64, u64) {
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    let end = |i: Option<usize>| i.and_then(|i| ends.get(i)).copied().unwrap_or(0);
    (end(at.checked_sub(1)), end(Some(at)))
}

fn put_text(properties: &mut Vec<u8>, number: u16, text: &str) {
    properties.extend(number.to_le_bytes());
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    properties.extend(length.to_le_bytes());
    properties.extend(&text.as_bytes()[..length as usize]);
}

fn geometry<'a>(
    b: &mut FlatBufferBuilder<'a>,
    geometry: &Geometry,
) -> WIPOffset<flatgeobuf::Geometry<'a>> {
    let kind = GeometryType(wkb::type_number(geometry));
    match geometry {
        Geometry::Point(p) => simple(b, kind, &[std::slice::from_ref(p)]),
        Geometry::LineString(line) | Geometry::MultiPoint(line) => simple(b, kind, &[line]),
        Geometry::Polygon(parts) | Geometry::MultiLineString(parts) => {
            let parts: Vec<&[Position2]> = parts.iter().map(Vec::as_slice).collect();
            simple(b, kind, &parts)
        }
        Geometry::MultiPolygon(polygons) => {
            let mut parts = Vec::with_capacity(polygons.len());
            for rings in polygons {
                let rings: Vec<&[Position2]> = rings.iter().map(Vec::as_slice).collect();
                parts.push(simple(b, GeometryType::Polygon, &rings));
            }
            let parts = Some(b.create_vector(&parts));
            let args = GeometryArgs {
                type_: kind,
                parts,
                ..GeometryArgs::default()
            };
            flatgeobuf::Geometry::create(b, &args)
        }
    }
}

/// A geometry that is one list of positions, cut into parts where there are several.
fn simple<'a>(
    b: &mut FlatBufferBuilder<'a>,
    type_: GeometryType,
    parts: &[&[Position2]],
) -> WIPOffset<flatgeobuf::Geometry<'a>> {
    let flat = parts.iter().flat_map(|part| part.iter());
    let xy: Vec<f64> = flat.flat_map(|p| [p.lon(), p.lat()]).collect();
    let xy = Some(b.create_vector(&xy));
    // GDAL asks for the end of the one line of several too.
    let cut = parts.len() > 1 || type_ == GeometryType::MultiLineString;
    let ends = cut.then(|| {
        let ends: Vec<u32> = parts
            .iter()
            .scan(0u32, |end, part| {
                *end += u32::try_from(part.len()).unwrap_or(u32::MAX);
                Some(*end)
            })
            .collect();
        b.create_vector(&ends)
    });
    let args = GeometryArgs {
        xy,
        ends,
        type_,
        ..GeometryArgs::default()
    };
    flatgeobuf::Geometry::create(b, &args)
}
