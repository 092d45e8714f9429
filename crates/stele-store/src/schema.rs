//! The tables, on both engines. The log is the truth; `thing` and what follows it is computed from it.

use crate::engine::{Connection, Dialect, first};
use crate::error::StoreError;
use stele_model::{Kind, Word};

/// Version of the tables.
pub const VERSION: &str = "5";

/// Versions whose log and house are as they are now; only the state was another.
const OLDER: [&str; 3] = ["2", "3", "4"];

/// Whether the state has to be computed anew before it says anything.
pub fn is_stale(c: &mut dyn Connection) -> Result<bool, StoreError> {
    let row = first(c, "SELECT value FROM meta WHERE key = 'stale'", &[])?;
    Ok(row.is_some())
}

fn drop_state(c: &mut dyn Connection) -> Result<(), StoreError> {
    for table in STATE_TABLES
        .iter()
        .chain(&["words_row", "words_gone", "spot", "place", "cell"])
    {
        c.script(&format!("DROP TABLE IF EXISTS {table}"))?;
    }
    Ok(())
}

/// Tables of the log: never dropped, only appended to.
const LOG: &str = "
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entry (log TEXT NOT NULL, seq BIGINT NOT NULL, leaf BLOB NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (log, seq));
CREATE TABLE IF NOT EXISTS tree (log TEXT NOT NULL, level BIGINT NOT NULL, ix BIGINT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (log, level, ix));
CREATE TABLE IF NOT EXISTS checkpoint (log TEXT NOT NULL, size BIGINT NOT NULL, note TEXT NOT NULL, PRIMARY KEY (log, size));
CREATE TABLE IF NOT EXISTS echo (log TEXT NOT NULL, seq BIGINT NOT NULL, id BLOB NOT NULL, before TEXT NOT NULL, PRIMARY KEY (log, seq, id));
CREATE INDEX IF NOT EXISTS echo_by_id ON echo (id);
";

/// What a node keeps for itself: accounts, sessions, tokens, requests answered, texts being read in. Not part of the log.
const HOUSE: &str = "
CREATE TABLE IF NOT EXISTS account (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL, affiliation TEXT, password TEXT, made_ms BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS session (token TEXT PRIMARY KEY, account TEXT NOT NULL, expires_ms BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS invitation (token TEXT PRIMARY KEY, account TEXT NOT NULL, expires_ms BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS intake (id TEXT PRIMARY KEY, account TEXT NOT NULL, made_ms BIGINT NOT NULL, title TEXT NOT NULL, open BIGINT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS listing (id TEXT PRIMARY KEY, account TEXT NOT NULL, made_ms BIGINT NOT NULL, open BIGINT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS api_token (hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, name TEXT NOT NULL, scope TEXT NOT NULL, made_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL, used_ms BIGINT, revoked_ms BIGINT);
CREATE INDEX IF NOT EXISTS api_token_by_account ON api_token (account, made_ms);
CREATE TABLE IF NOT EXISTS api_request (account TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, attempt TEXT NOT NULL, made_ms BIGINT NOT NULL, status BIGINT, media TEXT, body BLOB, PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS received (account TEXT NOT NULL, sha256 TEXT NOT NULL, made_ms BIGINT NOT NULL, PRIMARY KEY (account, sha256));
CREATE INDEX IF NOT EXISTS api_request_by_age ON api_request (made_ms);
CREATE INDEX IF NOT EXISTS api_request_of ON api_request (account, made_ms);
";

/// The state. Tables of keys alone stand in their keys' order and nowhere else (SQLite's `WITHOUT ROWID`).
/// In `spot`, w, s, e and t are the exact west, south, east and top; x and y the centre of the
/// cell a generalised place is shown in.
/// Most records have no status, are no link, and are sites, which have no date: those indexes leave them out.
/// What a record refers to, and what finds it, is told by its body, so that no index of these by record is
/// needed.
const STATE: &str = "
DROP INDEX IF EXISTS thing_by_status;
DROP INDEX IF EXISTS thing_by_day;
DROP INDEX IF EXISTS ref_by_src;
DROP INDEX IF EXISTS alias_by_id;
CREATE TABLE IF NOT EXISTS revision (id BLOB NOT NULL, stamp TEXT NOT NULL, log TEXT NOT NULL, seq BIGINT NOT NULL, ix BIGINT NOT NULL, account TEXT NOT NULL, after TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (id, stamp)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS thing (id BLOB PRIMARY KEY, kind TEXT NOT NULL, stamp TEXT NOT NULL, first TEXT NOT NULL, revisions BIGINT NOT NULL, conflicted BIGINT NOT NULL, withdrawn BIGINT NOT NULL,
  facet TEXT NOT NULL, party BLOB, day BIGINT NOT NULL, weight BIGINT NOT NULL, status TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, summary TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS thing_by_kind ON thing (kind, withdrawn, id);
CREATE INDEX IF NOT EXISTS thing_by_title ON thing (kind, withdrawn, title, id);
CREATE INDEX IF NOT EXISTS thing_by_party ON thing (kind, withdrawn, party, weight, id) WHERE party IS NOT NULL;
CREATE INDEX IF NOT EXISTS thing_of_day ON thing (kind, withdrawn, day, id) WHERE {of_day};
CREATE INDEX IF NOT EXISTS thing_with_status ON thing (kind, withdrawn, status, title, id) WHERE status <> '';
CREATE INDEX IF NOT EXISTS thing_status_of ON thing (id, status) WHERE status <> '';
CREATE INDEX IF NOT EXISTS thing_by_facet ON thing (kind, withdrawn, facet, weight, id);
CREATE INDEX IF NOT EXISTS thing_by_stamp ON thing (stamp, id);
CREATE TABLE IF NOT EXISTS ref (dst BLOB NOT NULL, kind TEXT NOT NULL, role TEXT NOT NULL, src BLOB NOT NULL, PRIMARY KEY (dst, kind, role, src)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ref_of_link ON ref (src) WHERE kind = 'link';
CREATE TABLE IF NOT EXISTS tally (kind TEXT NOT NULL, what TEXT NOT NULL, value TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (kind, what, value)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alias (key TEXT NOT NULL, kind TEXT NOT NULL, id BLOB NOT NULL, PRIMARY KEY (key, kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spot (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, w DOUBLE PRECISION, s DOUBLE PRECISION, e DOUBLE PRECISION, t DOUBLE PRECISION,
  sheltered BIGINT NOT NULL, x DOUBLE PRECISION, y DOUBLE PRECISION, facet TEXT NOT NULL, status TEXT NOT NULL, milestones TEXT NOT NULL);
";

const SQLITE_INDEXES: &str = "
CREATE TABLE IF NOT EXISTS lexeme (n INTEGER PRIMARY KEY AUTOINCREMENT, written TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS words_row (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, names TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '', marks TEXT NOT NULL DEFAULT '');
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (names, text, marks, content = 'words_row', content_rowid = 'n', detail = none, columnsize = 0, tokenize = 'ascii');
CREATE TABLE IF NOT EXISTS words_gone (k INTEGER PRIMARY KEY AUTOINCREMENT, n BIGINT NOT NULL);
";

/// FTS5 writes what it gathered of new records (bytes) at once, and merges few at a time of what it wrote:
/// a list is read in sooner, and searches are answered by the lists in memory.
const SQLITE_WORDS_WRITING: &str = "
INSERT INTO words (words, rank) VALUES ('hashsize', 16777216);
INSERT INTO words (words, rank) VALUES ('automerge', 16);
";

const POSTGRES_INDEXES: &str = "
CREATE TABLE IF NOT EXISTS lexeme (n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, written TEXT COLLATE \"C\" NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS words (id BYTEA PRIMARY KEY, names TEXT NOT NULL, text TEXT NOT NULL, marks TEXT NOT NULL, tokens TSVECTOR NOT NULL);
CREATE INDEX IF NOT EXISTS words_by_token ON words USING gin (tokens);
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'words'::regclass AND attname = 'n') THEN
    ALTER TABLE words ADD COLUMN n BIGINT GENERATED ALWAYS AS IDENTITY;
  END IF;
END $$;
CREATE UNIQUE INDEX IF NOT EXISTS words_by_n ON words (n);
CREATE TABLE IF NOT EXISTS words_gone (k BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n BIGINT NOT NULL);
";

/// Makes the tables that are not there, all or none.
pub fn create(c: &mut dyn Connection) -> Result<(), StoreError> {
    // Two processes may open a new registry at once.
    match c.dialect() {
        Dialect::Sqlite => c.script("BEGIN IMMEDIATE")?,
        Dialect::Postgres => c.script("BEGIN; SELECT pg_advisory_xact_lock(7358293)")?,
    }
    let made = create_all(c);
    c.script(if made.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    made
}

fn create_all(c: &mut dyn Connection) -> Result<(), StoreError> {
    for script in [LOG, HOUSE, crate::matching::TABLES] {
        c.script(&typed(c.dialect(), script))?;
    }
    let found = first(c, "SELECT value FROM meta WHERE key = 'schema'", &[])?;
    match found.as_ref().map(|row| row.text(0)).transpose()? {
        None => {
            c.execute(
                "INSERT INTO meta (key, value) VALUES ('schema', $1)",
                &[VERSION.into()],
            )?;
        }
        Some(VERSION) => {}
        Some(older) if OLDER.contains(&older) => {
            // Nothing is lost: the log stays, and the state is computed anew from it.
            drop_state(c)?;
            c.execute(
                "UPDATE meta SET value = $1 WHERE key = 'schema'",
                &[VERSION.into()],
            )?;
            c.script(
                "INSERT INTO meta (key, value) VALUES ('stale', '1') ON CONFLICT (key) DO NOTHING",
            )?;
        }
        Some(other) => {
            return Err(StoreError::Schema {
                found: other.to_owned(),
                known: VERSION,
            });
        }
    }
    create_state(c)
}

fn create_state(c: &mut dyn Connection) -> Result<(), StoreError> {
    let state = STATE.replace("{of_day}", &of_day("kind"));
    c.script(&typed(c.dialect(), &state))?;
    match c.dialect() {
        Dialect::Sqlite => {
            c.script(SQLITE_INDEXES)?;
            let set = "SELECT 1 FROM words_config WHERE k = 'hashsize'";
            match first(c, set, &[])? {
                Some(_) => Ok(()),
                None => c.script(SQLITE_WORDS_WRITING),
            }
        }
        Dialect::Postgres => c.script(POSTGRES_INDEXES),
    }
}

/// Whether records of a kind are in the index of days: all but the kinds that lists are long of and that have no date.
pub(crate) fn is_of_day(kind: Kind) -> bool {
    !matches!(kind, Kind::Site | Kind::Area)
}

/// The same as a condition, by the column of the kind. SQLite takes the index only where it stands word for word.
pub(crate) fn of_day(column: &str) -> String {
    let others = Kind::ALL.iter().filter(|kind| !is_of_day(**kind));
    let conditions: Vec<String> = others
        .map(|kind| format!("{column} <> '{}'", kind.id()))
        .collect();
    conditions.join(" AND ")
}

const STATE_TABLES: [&str; 6] = ["revision", "thing", "ref", "tally", "alias", "words"];

/// Empties the state, to compute it anew from the log.
pub fn reset_state(c: &mut dyn Connection) -> Result<(), StoreError> {
    // Emptied and not dropped, so that its numbers go on: by them readers notice new words.
    c.script("DELETE FROM lexeme; DELETE FROM meta WHERE key = 'stale'")?;
    crate::atlas::reset(c)?;
    match c.dialect() {
        // Dropped, because a damaged text or spatial index cannot be emptied.
        Dialect::Sqlite => {
            for table in STATE_TABLES.iter().chain(&["words_row", "words_gone"]) {
                c.script(&format!("DROP TABLE IF EXISTS {table}"))?;
            }
        }
        // A dropped table locks readers out and is empty to those who began before; rows are not.
        Dialect::Postgres => {
            for table in STATE_TABLES.iter().chain(&["words_gone"]) {
                c.script(&format!("DELETE FROM {table}"))?;
            }
        }
    }
    create_state(c)
}

/// PostgreSQL's name for bytes, and byte order for texts, so that both engines sort alike.
fn typed(dialect: Dialect, sql: &str) -> String {
    match dialect {
        Dialect::Sqlite => sql.to_owned(),
        Dialect::Postgres => sql
            .replace("BLOB", "BYTEA")
            .replace("INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY")
            .replace(" WITHOUT ROWID", "")
            .replace(" TEXT", " TEXT COLLATE \"C\""),
    }
}
