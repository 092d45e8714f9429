//! The envelope of what a node writes: one entry of its log. The records within
//! are JSON values whose kinds this crate does not know. Bytes are canonical
//! (RFC 8785), the leaf of the tree is `SHA-256(0x00 || bytes)`.

use crate::canonical::{self, Limits, Member};
use crate::merkle::leaf_hash;
use crate::{CanonicalFault, Error, Hash, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// The version of the envelope that this crate writes and reads.
pub const VERSION: u8 = 1;

/// One entry of a node's log.
///
/// ```
/// # use stele_ledger::Entry;
/// let entry = Entry::new("field-2", 0, "2023-05-01T08:00:00.000Z-0000", "ana", vec![
///     serde_json::json!({"kind": "note"}),
/// ]);
/// let bytes = entry.to_bytes()?;
/// assert!(bytes.starts_with(br#"{"at":"2023"#));
/// assert_eq!(Entry::parse(&bytes)?, entry);
/// # Ok::<(), stele_ledger::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Version of the envelope, [`VERSION`].
    pub v: u8,
    /// The node whose log this is.
    pub node: String,
    /// Its place in that log, from 0: the index of its leaf.
    pub seq: u64,
    /// When it was written, by the node's hybrid clock; opaque here.
    pub at: String,
    /// The account that wrote it; opaque here.
    pub by: String,
    /// What it says; at least one record.
    pub records: Vec<Value>,
}

impl Entry {
    /// An entry of the current version.
    #[must_use]
    pub fn new(
        node: impl Into<String>,
        seq: u64,
        at: impl Into<String>,
        by: impl Into<String>,
        records: Vec<Value>,
    ) -> Self {
        Self {
            v: VERSION,
            node: node.into(),
            seq,
            at: at.into(),
            by: by.into(),
            records,
        }
    }

    /// The canonical bytes, which are stored, hashed and served.
    ///
    /// # Errors
    /// [`Error::EntryField`] if a field has no valid value,
    /// [`Error::NotCanonical`] if a record has no canonical form or the whole
    /// is too large: what [`Entry::parse`] would refuse is not written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let written = self.records.iter().map(Canonical::of);
        let written = written.collect::<Result<Vec<_>>>()?;
        let records: Vec<&Canonical> = written.iter().collect();
        write(self.v, &self.node, self.seq, [&self.at, &self.by], &records)
    }

    /// The canonical bytes of an entry of the current version.
    ///
    /// # Errors
    /// As [`Entry::to_bytes`].
    pub fn assemble(
        node: &str,
        seq: u64,
        at: &str,
        by: &str,
        records: &[&Canonical],
    ) -> Result<Vec<u8>> {
        write(VERSION, node, seq, [at, by], records)
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`Error::NotCanonical`], or [`Error::EntryField`] naming the field that
    /// is missing, unknown or wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        EntryView::parse(bytes)?;
        serde_json::from_slice(bytes).map_err(|error| field("", error.to_string()))
    }

    /// The hash of the leaf with this entry's bytes.
    ///
    /// # Errors
    /// As [`Entry::to_bytes`].
    pub fn leaf(&self) -> Result<Hash> {
        Ok(leaf_hash(&self.to_bytes()?))
    }
}

/// A record in its canonical form: a part of an entry that needs no further look.
///
/// ```
/// # use stele_ledger::Canonical;
/// let record = Canonical::of(&serde_json::json!({"b": 1, "a": true}))?;
/// assert_eq!(record.as_str(), r#"{"a":true,"b":1}"#);
/// # Ok::<(), stele_ledger::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical(String);

/// Levels that an entry puts around a record.
const AROUND: usize = 2;

impl Canonical {
    /// Writes a record.
    ///
    /// # Errors
    /// [`Error::NotCanonical`] if it has no canonical form, or is nested deeper than an entry may be.
    pub fn of<T: Serialize + ?Sized>(record: &T) -> Result<Self> {
        canonical::to_text(record, AROUND).map(Self)
    }

    /// Its JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Writes the keys in their canonical order; no Value of the whole is built.
fn write(
    v: u8,
    node: &str,
    seq: u64,
    [at, by]: [&str; 2],
    records: &[&Canonical],
) -> Result<Vec<u8>> {
    let size: usize = records.iter().map(|record| record.0.len() + 1).sum();
    let mut out = Vec::with_capacity(size + 256);
    for (before, text) in [("{\"at\":", at), (",\"by\":", by), (",\"node\":", node)] {
        out.extend_from_slice(before.as_bytes());
        canonical::write_str(text, &mut out);
    }
    out.extend_from_slice(b",\"records\":[");
    let end = format!("],\"seq\":{seq},\"v\":{v}}}");
    // What stands around the records is looked at as any reader will; they are as they have to be.
    let mut around = out.clone();
    around.extend_from_slice(if records.is_empty() { b"" } else { b"0" });
    around.extend_from_slice(end.as_bytes());
    EntryView::parse(&around)?;
    for (i, record) in records.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        out.extend_from_slice(record.0.as_bytes());
    }
    out.extend_from_slice(end.as_bytes());
    let (bytes, limit) = (out.len(), Limits::default().bytes);
    if bytes > limit {
        return Err(Error::NotCanonical {
            offset: limit,
            path: String::new(),
            fault: CanonicalFault::Size { bytes, limit },
        });
    }
    Ok(out)
}

/// An entry's bytes, checked as [`Entry::parse`] checks them, but without
/// building the records: what an audit and a store need at full speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryView<'a> {
    seq: u64,
    node: &'a str,
    at: &'a str,
    by: &'a str,
    records: &'a str,
}

impl<'a> EntryView<'a> {
    /// Checks the bytes in one pass.
    ///
    /// # Errors
    /// As [`Entry::parse`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        const NAMES: [&str; 6] = ["at", "by", "node", "records", "seq", "v"];
        let mut values: [Option<&'a str>; 6] = [None; 6];
        let mut unknown = None;
        canonical::scan_members(
            bytes,
            &Limits::default(),
            |Member { key, value }| match NAMES.iter().position(|name| *name == key) {
                Some(i) => values[i] = Some(value),
                None => unknown = unknown.or(Some(key)),
            },
        )?;
        if let Some(key) = unknown {
            return Err(field(key, "unknown"));
        }
        for (name, value) in NAMES.iter().zip(&values) {
            if value.is_none() {
                return Err(field(name, "missing"));
            }
        }
        let [at, by, node, records, seq, v] = values.map(Option::unwrap_or_default);
        for (name, value) in [("at", at), ("by", by), ("node", node)] {
            if !value.starts_with('"') {
                return Err(field(name, "not a string"));
            }
            if value == "\"\"" {
                return Err(field(name, "empty"));
            }
        }
        if !records.starts_with('[') || records == "[]" {
            return Err(field("records", "not an array of at least one record"));
        }
        if v != "1" {
            return Err(field(
                "v",
                format!("version {v:.20} is not known, only {VERSION}"),
            ));
        }
        let seq = seq
            .parse()
            .map_err(|_| field("seq", "not a sequence number"))?;
        Ok(Self {
            seq,
            node,
            at,
            by,
            records,
        })
    }

    /// Its place in the log.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The node whose log this is.
    #[must_use]
    pub fn node(&self) -> Cow<'a, str> {
        unquote(self.node)
    }

    /// When it was written.
    #[must_use]
    pub fn at(&self) -> Cow<'a, str> {
        unquote(self.at)
    }

    /// The account that wrote it.
    #[must_use]
    pub fn by(&self) -> Cow<'a, str> {
        unquote(self.by)
    }

    /// The canonical JSON of the array of records.
    #[must_use]
    pub fn records_json(&self) -> &'a str {
        self.records
    }
}

/// The text of a canonical JSON string.
fn unquote(json: &str) -> Cow<'_, str> {
    if !json.contains('\\') {
        return Cow::Borrowed(json.trim_matches('"'));
    }
    Cow::Owned(serde_json::from_str(json).unwrap_or_default())
}

fn field(name: &str, problem: impl Into<String>) -> Error {
    Error::EntryField {
        field: crate::error::excerpt(name),
        problem: problem.into(),
    }
}
