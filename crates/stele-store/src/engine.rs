//! The seam between the store and its engines: statements in, rows out.
//!
//! The store's SQL is written once, in the part that SQLite and PostgreSQL share (`$1` parameters,
//! `ON CONFLICT`, row values). What they do not share — schema types, text and spatial indexes — is
//! in [`Dialect`]. An engine is one module that implements [`Connection`].

use crate::error::StoreError;

pub mod postgres;
pub mod sqlite;

/// A value given to or got from an engine.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number.
    Int(i64),
    /// A number.
    Real(f64),
    /// A text.
    Text(String),
    /// A text of the program's own, to give; read as [`Value::Text`].
    Word(&'static str),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An id; read, any sixteen bytes may come as one.
    Id(stele_model::AnyId),
}

macro_rules! from {
    ($($ty:ty => |$v:ident| $make:expr;)+) => { $(impl From<$ty> for Value { fn from($v: $ty) -> Self { $make } })+ };
}
from! {
    i64 => |v| Value::Int(v);
    u32 => |v| Value::Int(i64::from(v));
    usize => |v| Value::Int(i64::try_from(v).unwrap_or(i64::MAX));
    u64 => |v| Value::Int(i64::try_from(v).unwrap_or(i64::MAX));
    bool => |v| Value::Int(i64::from(v));
    f64 => |v| Value::Real(v);
    String => |v| Value::Text(v);
    &str => |v| Value::Text(v.to_owned());
    Vec<u8> => |v| Value::Bytes(v);
    &[u8] => |v| Value::Bytes(v.to_vec());
    stele_model::AnyId => |v| Value::Id(v);
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Value::Null, Into::into)
    }
}

/// One row of an answer.
#[derive(Debug)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// The whole number in a column.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        match self.0.get(column) {
            Some(Value::Int(n)) => Ok(*n),
            other => Err(unexpected("a whole number", column, other)),
        }
    }
    /// The count in a column.
    pub fn count(&self, column: usize) -> Result<u64, StoreError> {
        u64::try_from(self.int(column)?)
            .map_err(|_| unexpected("a count", column, self.0.get(column)))
    }
    /// The count in a column, where there is one.
    pub fn maybe_count(&self, column: usize) -> Result<Option<u64>, StoreError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.count(column).map(Some),
        }
    }
    /// The number in a column.
    pub fn real(&self, column: usize) -> Result<f64, StoreError> {
        match self.0.get(column) {
            Some(Value::Real(n)) => Ok(*n),
            other => Err(unexpected("a number", column, other)),
        }
    }
    /// The text in a column.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(t)) => Ok(t),
            other => Err(unexpected("a text", column, other)),
        }
    }
    /// The text of a column, taken out of the row.
    pub fn take_text(&mut self, column: usize) -> Result<String, StoreError> {
        match self.0.get_mut(column) {
            Some(Value::Text(text)) => Ok(std::mem::take(text)),
            other => Err(unexpected("a text", column, other.as_deref())),
        }
    }
    /// The text in a column, where there is one.
    pub fn maybe_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }
    /// The bytes in a column.
    pub fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.0.get(column) {
            Some(Value::Bytes(b)) => Ok(b),
            Some(Value::Id(id)) => Ok(id.as_bytes()),
            other => Err(unexpected("bytes", column, other)),
        }
    }
    /// The id in a column.
    pub fn id(&self, column: usize) -> Result<stele_model::AnyId, StoreError> {
        if let Some(Value::Id(id)) = self.0.get(column) {
            return Ok(*id);
        }
        let bytes = self.bytes(column)?;
        let bytes: [u8; 16] = bytes
            .try_into()
            .map_err(|_| unexpected("an id of 16 bytes", column, self.0.get(column)))?;
        Ok(stele_model::AnyId::from_bytes(bytes))
    }
    /// The id in a column, where there is one.
    pub fn maybe_id(&self, column: usize) -> Result<Option<stele_model::AnyId>, StoreError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.id(column).map(Some),
        }
    }
}

fn unexpected(wanted: &str, column: usize, got: Option<&Value>) -> StoreError {
    StoreError::Damaged(format!(
        "column {column} should hold {wanted}, it holds {got:?}"
    ))
}

/// What the engines do not share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3 with FTS5.
    Sqlite,
    /// PostgreSQL 15 and later.
    Postgres,
}

/// One connection of an engine.
pub trait Connection: Send {
    /// Which SQL it speaks where the two differ.
    fn dialect(&self) -> Dialect;
    /// Runs a statement; gives the number of rows it changed.
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError>;
    /// Runs a query and hands over each row.
    fn query(
        &mut self,
        sql: &str,
        params: &[Value],
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
    /// Runs several statements without parameters.
    fn script(&mut self, sql: &str) -> Result<(), StoreError>;
    /// Whether the other side is gone, so that only another connection can help.
    fn is_lost(&self) -> bool {
        false
    }
}

/// Every row of a query.
pub(crate) fn rows(
    c: &mut dyn Connection,
    sql: &str,
    params: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let mut all = Vec::new();
    c.query(sql, params, &mut |row| {
        all.push(row);
        Ok(())
    })?;
    Ok(all)
}

/// The first row of a query, where there is one.
pub(crate) fn first(
    c: &mut dyn Connection,
    sql: &str,
    params: &[Value],
) -> Result<Option<Row>, StoreError> {
    Ok(rows(c, sql, params)?.into_iter().next())
}

/// Rows written by one statement. Few sizes, so that few statements are prepared.
const AT_ONCE: [usize; 3] = [64, 8, 1];

/// A statement that inserts rows, each of so many values of its own.
pub(crate) struct Insertion<const OWN: usize> {
    /// The table with its columns.
    pub into: &'static str,
    /// A row: `?1`, `?2` for what is given once for all rows, then `?` for each value of its own, and in any
    /// place what is the same always. Every value given is a copy that the engine makes.
    pub row: &'static str,
    /// What follows the rows.
    pub end: &'static str,
}

impl<const OWN: usize> Insertion<OWN> {
    /// Rows written by one statement at most.
    pub const AT_ONCE: usize = AT_ONCE[0];

    /// Inserts rows, many a statement.
    pub fn write(
        &self,
        c: &mut dyn Connection,
        shared: &[Value],
        rows: impl IntoIterator<Item = [Value; OWN]>,
    ) -> Result<(), StoreError> {
        let many = shared.len() + AT_ONCE[0] * OWN;
        let mut sql = None;
        let mut waiting: Vec<Value> = Vec::with_capacity(many);
        waiting.extend_from_slice(shared);
        for row in rows {
            waiting.extend(row);
            if waiting.len() == many {
                let sql = sql.get_or_insert_with(|| self.sql(c.dialect(), shared, AT_ONCE[0]));
                c.execute(sql, &waiting)?;
                waiting.truncate(shared.len());
            }
        }
        for size in &AT_ONCE[1..] {
            let long = shared.len() + size * OWN;
            if waiting.len() < long {
                continue;
            }
            let sql = self.sql(c.dialect(), shared, *size);
            while waiting.len() >= long {
                c.execute(&sql, &waiting[..long])?;
                waiting.drain(shared.len()..long);
            }
        }
        Ok(())
    }

    /// The statement that inserts so many rows.
    fn sql(&self, dialect: Dialect, shared: &[Value], rows: usize) -> String {
        // Whoever writes so gives the transaction up when it fails. Else SQLite copies every page that a
        // statement changes, to take back what it did of it.
        let insert = match dialect {
            Dialect::Sqlite => "INSERT OR FAIL",
            Dialect::Postgres => "INSERT",
        };
        let mut all = vec![self.row; rows].join(", ");
        if dialect == Dialect::Postgres {
            all = numbered(&all, shared.len());
        }
        format!("{insert} INTO {} VALUES {all} {}", self.into, self.end)
    }
}

/// `?` is the next number and `?1` is `$1`.
fn numbered(sql: &str, shared: usize) -> String {
    let mut text = String::with_capacity(2 * sql.len());
    let mut last = shared;
    let mut parts = sql.split('?');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        text.push('$');
        if !part.starts_with(|c: char| c.is_ascii_digit()) {
            last += 1;
            text.push_str(&last.to_string());
        }
        text.push_str(part);
    }
    text
}

/// Keys asked for by one statement.
const KEYS_AT_ONCE: usize = 32;

/// Asks for ids, however many: `asked` ends in `IN`, `end` follows the list. Goes through them in their
/// order, so that the pages of an index are gone through once.
pub(crate) fn by_ids(
    c: &mut dyn Connection,
    asked: (&str, &str),
    ids: &[stele_model::AnyId],
    each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    by_keys(c, asked, ids.to_vec(), each)
}

/// The same of keys of any kind.
pub(crate) fn by_keys<K: Ord + Copy + Into<Value>>(
    c: &mut dyn Connection,
    (asked, end): (&str, &str),
    mut keys: Vec<K>,
    each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    keys.sort_unstable();
    keys.dedup();
    let numbers: Vec<String> = (1..=KEYS_AT_ONCE).map(|n| format!("${n}")).collect();
    let sql = format!("{asked} ({}) {end}", numbers.join(", "));
    for some in keys.chunks(KEYS_AT_ONCE) {
        // One statement for any number: what is short of it is asked for twice.
        let last = some.last().into_iter().cycle();
        let padded = some.iter().chain(last).take(KEYS_AT_ONCE);
        let params: Vec<Value> = padded.map(|key| (*key).into()).collect();
        c.query(&sql, &params, each)?;
    }
    Ok(())
}

/// Begins to read, with one view of the state for all that is asked.
pub(crate) fn begin_reading(c: &mut dyn Connection) -> Result<(), StoreError> {
    c.script(match c.dialect() {
        Dialect::Sqlite => "BEGIN",
        Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    })
}
