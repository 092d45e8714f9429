//! GeoPackage 1.3 (OGC 12-128r17) with a spatial index (annex F.3) and the columns' meaning (annex F.9,
//! schema extension). SQLite writes into a file of its own, which is copied out when it is whole.

use super::{FeatureWriter, Sheet, text_of, wkb};
use crate::feature::{Feature, Holds, Value, moment};
use rusqlite::{Connection, params};
use std::io::{self, Write};
use std::path::Path;
use stele_model::Geometry;
use stele_model::place::Bounds;
use tempfile::NamedTempFile;

/// `GPKG` in ASCII (requirement 2).
const APPLICATION_ID: i64 = 0x4750_4B47;
/// GeoPackage 1.3.
const USER_VERSION: i64 = 10_300;
/// Longitude and latitude, WGS 84.
const SRS: i32 = 4326;

pub(super) struct GeoPackage<W: Write> {
    out: W,
    file: NamedTempFile,
    database: Connection,
    name: String,
    insert: String,
    place: String,
    bounds: Option<Bounds>,
    blob: Vec<u8>,
    count: i64,
}

impl<W: Write> GeoPackage<W> {
    pub fn begin(sheet: &Sheet<'_>, scratch: &Path, out: W) -> io::Result<Self> {
        let file = NamedTempFile::with_suffix_in(".gpkg", scratch)?;
        let database = Connection::open(file.path()).map_err(io::Error::other)?;
        let name = quoted(sheet.name);
        let count = sheet.columns.len();
        let marks: Vec<String> = (1..=count + 3).map(|n| format!("?{n}")).collect();
        let writer = GeoPackage {
            out,
            file,
            database,
            insert: format!("INSERT INTO {name} VALUES ({})", marks.join(", ")),
            place: format!(
                "INSERT INTO {} VALUES (?1, ?2, ?3, ?4, ?5)",
                rtree(sheet.name)
            ),
            name: sheet.name.to_owned(),
            bounds: None,
            blob: Vec::new(),
            count: 0,
        };
        writer.create(sheet).map_err(io::Error::other)?;
        Ok(writer)
    }

    fn create(&self, sheet: &Sheet<'_>) -> rusqlite::Result<()> {
        let db = &self.database;
        // Nobody reads it before it is whole, so nothing need be taken back or survive a crash.
        db.execute_batch(&format!(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384; PRAGMA page_size = 4096;
             PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {USER_VERSION}; BEGIN;"
        ))?;
        db.execute_batch(TABLES)?;
        for (name, id, organization, wkt, about) in SYSTEMS {
            db.execute(
                "INSERT INTO gpkg_spatial_ref_sys VALUES (?1, ?2, ?3, ?2, ?4, ?5)",
                params![name, id, organization, wkt, about],
            )?;
        }
        let name = &self.name;
        let columns: Vec<String> = sheet
            .columns
            .iter()
            .map(|c| format!(", {} {}", quoted(c.id), type_of(c.holds)))
            .collect();
        db.execute_batch(&format!(
            "CREATE TABLE {} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom GEOMETRY, id TEXT NOT NULL{});
             CREATE VIRTUAL TABLE {} USING rtree (id, minx, maxx, miny, maxy);",
            quoted(name),
            columns.concat(),
            rtree(name)
        ))?;
        db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) VALUES (?1, 'features', ?2, ?3, ?4, ?5)",
            params![name, sheet.title, sheet.description(), moment(sheet.provenance.as_of_ms), SRS],
        )?;
        db.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', 'GEOMETRY', ?2, 0, 0)",
            params![name, SRS],
        )?;
        let about_id = ("id", "Permanent id of the record.");
        let told = sheet.columns.iter().map(|c| (c.id, c.about));
        for (column, about) in std::iter::once(about_id).chain(told) {
            db.execute(
                "INSERT INTO gpkg_data_columns (table_name, column_name, description) VALUES (?1, ?2, ?3)",
                params![name, column, about],
            )?;
        }
        let schema = "http://www.geopackage.org/spec/#extension_schema";
        for table in ["gpkg_data_columns", "gpkg_data_column_constraints"] {
            db.execute(
                "INSERT INTO gpkg_extensions VALUES (?1, NULL, 'gpkg_schema', ?2, 'read-write')",
                params![table, schema],
            )?;
        }
        db.execute(
            "INSERT INTO gpkg_extensions VALUES (?1, 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec/#extension_rtree', 'write-only')",
            params![name],
        )?;
        Ok(())
    }

    fn insert(&mut self, feature: &Feature) -> rusqlite::Result<()> {
        self.count += 1;
        let bounds = feature.geometry.as_ref().and_then(Geometry::bounds);
        let mut row = self.database.prepare_cached(&self.insert)?;
        row.raw_bind_parameter(1, self.count)?;
        match &feature.geometry {
            None => row.raw_bind_parameter(2, None::<i64>)?,
            Some(geometry) => {
                binary(&mut self.blob, geometry, bounds);
                row.raw_bind_parameter(2, self.blob.as_slice())?;
            }
        }
        row.raw_bind_parameter(3, feature.id.to_string())?;
        for (i, value) in feature.values.iter().enumerate() {
            match value {
                None => row.raw_bind_parameter(i + 4, None::<i64>)?,
                Some(Value::Text(text)) => row.raw_bind_parameter(i + 4, text.as_str())?,
                Some(Value::Whole(n)) => row.raw_bind_parameter(i + 4, n)?,
                Some(value) => row.raw_bind_parameter(i + 4, text_of(value))?,
            }
        }
        row.raw_execute()?;
        if let Some(b) = bounds {
            self.database
                .prepare_cached(&self.place)?
                .execute(params![self.count, b.west, b.east, b.south, b.north])?;
            self.bounds = Some(match self.bounds {
                None => b,
                Some(all) => Bounds {
                    west: all.west.min(b.west),
                    south: all.south.min(b.south),
                    east: all.east.max(b.east),
                    north: all.north.max(b.north),
                },
            });
        }
        Ok(())
    }

    fn close(&self) -> rusqlite::Result<()> {
        let db = &self.database;
        if let Some(b) = self.bounds {
            db.execute(
                "UPDATE gpkg_contents SET min_x = ?1, min_y = ?2, max_x = ?3, max_y = ?4",
                params![b.west, b.south, b.east, b.north],
            )?;
        }
        // After the rows are in: they keep the index true when somebody edits the file.
        db.execute_batch(&triggers(&self.name))?;
        db.execute_batch("COMMIT")
    }
}

impl<W: Write> FeatureWriter for GeoPackage<W> {
    fn write(&mut self, feature: &Feature) -> io::Result<()> {
        self.insert(feature).map_err(io::Error::other)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.close().map_err(io::Error::other)?;
        self.database
            .close()
            .map_err(|(_, error)| io::Error::other(error))?;
        let mut whole = self.file.reopen()?;
        io::copy(&mut whole, &mut self.out)?;
        self.out.flush()
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn rtree(name: &str) -> String {
    quoted(&format!("rtree_{name}_geom"))
}

fn type_of(holds: Holds) -> &'static str {
    match holds {
        Holds::Text | Holds::Word(_) => "TEXT",
        Holds::Whole => "INTEGER",
        Holds::Day => "DATE",
        Holds::Moment => "DATETIME",
    }
}

/// A geometry as clause 2.1.3 has it: a head with the box, then well-known binary.
fn binary(out: &mut Vec<u8>, geometry: &Geometry, bounds: Option<Bounds>) {
    out.clear();
    let boxed = !matches!(geometry, Geometry::Point(_)) && bounds.is_some();
    // Little-endian; with the four numbers of a box, or none, as a point needs none.
    out.extend([b'G', b'P', 0, if boxed { 0b0000_0011 } else { 0b0000_0001 }]);
    out.extend(SRS.to_le_bytes());
    if let Some(b) = bounds.filter(|_| boxed) {
        for n in [b.west, b.east, b.south, b.north] {
            out.extend(n.to_le_bytes());
        }
    }
    wkb::append(out, geometry);
}

const WGS_84: &str = r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]"#;

/// The reference systems that every GeoPackage holds (requirement 11).
const SYSTEMS: [(&str, i32, &str, &str, &str); 3] = [
    (
        "WGS 84 geodetic",
        SRS,
        "EPSG",
        WGS_84,
        "longitude and latitude in degrees on WGS 84",
    ),
    (
        "Undefined Cartesian SRS",
        -1,
        "NONE",
        "undefined",
        "undefined Cartesian coordinate reference system",
    ),
    (
        "Undefined geographic SRS",
        0,
        "NONE",
        "undefined",
        "undefined geographic coordinate reference system",
    ),
];

/// Tables of clauses 1.1.2, 1.1.3, 2.1.5, 2.3 and annex F.9.
const TABLES: &str = "
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name), CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name), CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT, CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
";

/// The triggers of annex F.3: the same six in every GeoPackage that has the index.
fn triggers(name: &str) -> String {
    let (table, index) = (quoted(name), rtree(name));
    let named = |what: &str| quoted(&format!("rtree_{name}_geom_{what}"));
    let there = "NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)";
    let none = "(NEW.geom IS NULL OR ST_IsEmpty(NEW.geom))";
    let put = format!(
        "INSERT OR REPLACE INTO {index} VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));"
    );
    let on = |what: &str, event: &str, when: &str, then: &str| {
        format!(
            "CREATE TRIGGER {} AFTER {event} ON {table} WHEN ({when}) BEGIN {then} END;\n",
            named(what)
        )
    };
    [
        on("insert", "INSERT", there, &put),
        on(
            "update1",
            "UPDATE OF geom",
            &format!("OLD.fid = NEW.fid AND {there}"),
            &put,
        ),
        on(
            "update2",
            "UPDATE OF geom",
            &format!("OLD.fid = NEW.fid AND {none}"),
            &format!("DELETE FROM {index} WHERE id = OLD.fid;"),
        ),
        on(
            "update3",
            "UPDATE",
            &format!("OLD.fid != NEW.fid AND {there}"),
            &format!("DELETE FROM {index} WHERE id = OLD.fid; {put}"),
        ),
        on(
            "update4",
            "UPDATE",
            &format!("OLD.fid != NEW.fid AND {none}"),
            &format!("DELETE FROM {index} WHERE id IN (OLD.fid, NEW.fid);"),
        ),
        on(
            "delete",
            "DELETE",
            "OLD.geom NOT NULL",
            &format!("DELETE FROM {index} WHERE id = OLD.fid;"),
        ),
    ]
    .concat()
}
