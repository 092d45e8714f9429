//! SQLite: one file in the data folder, WAL, one writer and many readers.

use super::{Connection, Dialect, Row, Value};
use crate::error::StoreError;
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::path::Path;

/// A connection to a database file or to one in memory.
pub struct Sqlite(rusqlite::Connection);

/// Statements kept prepared per connection.
const KEPT_STATEMENTS: usize = 128;

impl Sqlite {
    /// Opens the file for writing; makes it when it is not there.
    pub fn writer(path: &Path) -> Result<Self, StoreError> {
        let connection = rusqlite::Connection::open(path)?;
        // FULL: an acknowledged commit survives a power cut (invariant 3). What statements may have to
        // undo goes to a file, because in memory it is a chain that is walked at the end of each.
        connection.execute_batch(
            "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA cache_size = -131072; PRAGMA temp_store = FILE;",
        )?;
        Self::with(connection)
    }

    /// Makes a file that nobody else opens and that is thrown away: what is written need not survive anything,
    /// nor be undone.
    pub fn passing(path: &Path) -> Result<Self, StoreError> {
        let connection = rusqlite::Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA cache_size = -65536; PRAGMA temp_store = FILE;",
        )?;
        Self::with(connection)
    }

    /// Opens the file for reading only.
    pub fn reader(path: &Path) -> Result<Self, StoreError> {
        let connection = rusqlite::Connection::open(path)?;
        // Each reader keeps the pages it goes through most and reads others from where the system has them.
        // Mapping the file (`mmap_size`) was no faster at a million sites with this cache, and the mappings of
        // all readers stood at 3 to 9 GB of the process.
        connection.execute_batch(
            "PRAGMA query_only = ON; PRAGMA busy_timeout = 10000; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;",
        )?;
        Self::with(connection)
    }

    fn with(connection: rusqlite::Connection) -> Result<Self, StoreError> {
        connection.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
        // A plan does not hang on the values bound: else statements, those inside FTS5 too, are
        // planned anew for every value (seen: a quarter of a search, almost half of an append).
        connection.set_db_config(
            rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG,
            true,
        )?;
        Ok(Sqlite(connection))
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(n) => ValueRef::Integer(*n),
            Value::Real(n) => ValueRef::Real(*n),
            Value::Text(t) => ValueRef::Text(t.as_bytes()),
            Value::Word(t) => ValueRef::Text(t.as_bytes()),
            Value::Bytes(b) => ValueRef::Blob(b),
            Value::Id(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

fn take(value: ValueRef<'_>) -> Result<Value, StoreError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Real(n) => Value::Real(n),
        ValueRef::Text(t) => Value::Text(
            String::from_utf8(t.to_vec())
                .map_err(|_| StoreError::Damaged("a text is not UTF-8".into()))?,
        ),
        ValueRef::Blob(b) => match b.try_into() {
            Ok(id) => Value::Id(stele_model::AnyId::from_bytes(id)),
            Err(_) => Value::Bytes(b.to_vec()),
        },
    })
}

impl Connection for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        let mut statement = self.0.prepare_cached(&numbered(sql))?;
        Ok(statement.execute(rusqlite::params_from_iter(params))? as u64)
    }

    fn query(
        &mut self,
        sql: &str,
        params: &[Value],
        each: &mut dyn FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(&numbered(sql))?;
        let width = statement.column_count();
        let mut answer = statement.query(rusqlite::params_from_iter(params))?;
        while let Some(row) = answer.next()? {
            let values = (0..width)
                .map(|i| take(row.get_ref(i)?))
                .collect::<Result<_, StoreError>>()?;
            each(Row(values))?;
        }
        Ok(())
    }

    fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        // What every reader begins and ends with is not parsed each time.
        if matches!(sql, "BEGIN" | "ROLLBACK") {
            self.0.prepare_cached(sql)?.execute([])?;
            return Ok(());
        }
        Ok(self.0.execute_batch(sql)?)
    }
}

/// `$1` is a name to SQLite and `?1` the number.
fn numbered(sql: &str) -> std::borrow::Cow<'_, str> {
    match sql.contains('$') {
        true => sql.replace('$', "?").into(),
        false => sql.into(),
    }
}
