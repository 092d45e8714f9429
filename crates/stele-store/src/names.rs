//! The index of names and texts: which words a record has, what it is narrowed by, and the vocabulary.
//!
//! Written in the transaction that writes the record, by the engine's own inverted index (FTS5, GIN):
//! as postings are appended and merged there, a record costs no more in a large registry than in a
//! small one. A word stands there as it is written; that it sounds like another is the vocabulary's to
//! know, which is read from the table `lexeme` and holds words, not records. Rows are numbered upwards,
//! a corrected record's anew, and `words_gone` lists the numbers left, so that the [`Lexicon`] can follow.

use crate::engine::{Connection, Dialect, Insertion, Value, first};
use crate::error::StoreError;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use stele_model::reading::Role;
use stele_model::{AnyId, Body, Kind, Location, Word};

mod folding;
mod lexicon;
pub(crate) mod postings;

pub(crate) use folding::Folding;
pub(crate) use lexicon::{Lexicon, rows_table};

/// Between the names of a record.
const NEXT_NAME: &str = " ; ";
/// Characters of text that the index reads of one record.
const INDEXED_CHARS: usize = 20_000;

/// Marks of a record that searches are narrowed by. They stand among its words; no word begins with 0
/// and goes on with a letter.
pub(crate) mod mark {
    use super::*;

    /// Of this kind.
    pub fn kind(kind: Kind) -> String {
        format!("0k{}", plain(kind.id()))
    }
    /// With this category, predicate or kind of its own.
    pub fn facet(facet: &str) -> String {
        format!("0f{}", plain(facet))
    }
    /// In this area.
    pub fn area(area: AnyId) -> String {
        format!("0a{}", hex(area))
    }
    /// Said by this party, or with a name that it uses.
    pub fn party(party: AnyId) -> String {
        format!("0p{}", hex(party))
    }

    fn plain(id: &str) -> String {
        id.split(|c: char| !c.is_ascii_alphanumeric()).collect()
    }
    fn hex(id: AnyId) -> String {
        crate::files::hex(id.as_bytes())
    }
    /// The id that an area's or party's mark holds.
    pub fn id_in(mark: &str, family: &str) -> Option<AnyId> {
        let hex = mark.strip_prefix(family)?;
        let mut bytes = [0u8; 16];
        if hex.len() != 32 {
            return None;
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok()?;
        }
        Some(AnyId::from_bytes(bytes))
    }
}

/// What the index holds of one record.
#[derive(Debug, PartialEq)]
pub(crate) struct Words {
    names: String,
    text: String,
    marks: String,
    /// Those of its words that the folding had not met before.
    met: String,
}

#[cfg(test)]
impl Words {
    /// Takes out what hangs on what was folded before.
    pub fn forget_what_was_met(&mut self) {
        self.met.clear();
    }
}

pub(crate) fn words_of(body: &Body, folding: &mut Folding) -> Words {
    let (mut names, mut met) = (String::new(), String::new());
    for (at, name) in body.names().iter().enumerate() {
        if at > 0 {
            names.push_str(NEXT_NAME);
        }
        folding.add_words(&name.text, &mut names, &mut met);
    }
    let said = body.search_text();
    let end = match said.len() > INDEXED_CHARS {
        true => said.char_indices().nth(INDEXED_CHARS),
        false => None,
    };
    let read = end.map_or(said.as_str(), |(end, _)| &said[..end]);
    let mut text = String::with_capacity(said.len());
    folding.add_words(read, &mut text, &mut met);
    let mut marks = vec![mark::kind(body.kind())];
    marks.extend(body.facet().map(mark::facet));
    let refs = body.references();
    let of = |role: Role| refs.iter().filter(move |r| r.role == role).map(|r| r.id);
    marks.extend(
        of(Role::Within)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(mark::area),
    );
    let users = body.names().iter().filter_map(|n| n.by).map(|p| p.any());
    let parties: BTreeSet<AnyId> = body.party().into_iter().chain(users).collect();
    marks.extend(parties.into_iter().map(mark::party));
    Words {
        names,
        text,
        marks: marks.join(" "),
        met,
    }
}

pub(crate) fn location_of(body: &Body) -> Option<&Location> {
    match body {
        Body::Site(site) => site.location.as_ref(),
        Body::Area(area) => area.location.as_ref(),
        _ => None,
    }
}

/// Takes the words of a record that the index may have known before into it.
pub(crate) fn index(c: &mut dyn Connection, id: AnyId, words: Words) -> Result<(), StoreError> {
    let Words {
        names, text, marks, ..
    } = words;
    match c.dialect() {
        Dialect::Sqlite => {
            let sql = "INSERT INTO words_row (id, names, text, marks) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
            let [names, text, marks]: [Value; 3] = [names.into(), text.into(), marks.into()];
            let row = [id.into(), names.clone(), text.clone(), marks.clone()];
            if c.execute(sql, &row)? == 0 {
                // Emptied by an earlier version, which used a row again.
                let left = "UPDATE words_row SET id = CAST(n AS TEXT) WHERE id = $1";
                c.execute(left, &[id.into()])?;
                c.execute(sql, &row)?;
            }
            let row = first(c, "SELECT n FROM words_row WHERE id = $1", &[id.into()])?
                .ok_or_else(|| StoreError::Damaged(format!("record {id} has no row number")))?;
            c.execute(
                "INSERT INTO words (rowid, names, text, marks) VALUES ($1, $2, $3, $4)",
                &[row.int(0)?.into(), names, text, marks],
            )?;
        }
        Dialect::Postgres => {
            let distinct: BTreeSet<&str> = [&names, &text, &marks]
                .into_iter()
                .flat_map(|part| part.split(' '))
                .filter(|word| !word.is_empty() && *word != NEXT_NAME.trim())
                .collect();
            let all = distinct.into_iter().collect::<Vec<_>>().join(" ");
            c.execute(
                "INSERT INTO words (id, names, text, marks, tokens) VALUES ($1, $2, $3, $4, array_to_tsvector(string_to_array($5::text, ' ')))",
                &[id.into(), names.into(), text.into(), marks.into(), all.into()],
            )?;
        }
    }
    Ok(())
}

/// Takes the words of new records into the index.
pub(crate) fn index_new(
    c: &mut dyn Connection,
    new: Vec<(AnyId, Words)>,
) -> Result<(), StoreError> {
    if c.dialect() == Dialect::Postgres {
        return new
            .into_iter()
            .try_for_each(|(id, words)| index(c, id, words));
    }
    let last = first(c, "SELECT COALESCE(MAX(n), 0) FROM words_row", &[])?;
    let last = last.map_or(Ok(0), |row| row.int(0))?;
    let rows = new.into_iter().zip(last + 1..).map(|((id, words), n)| {
        let Words {
            names, text, marks, ..
        } = words;
        [n.into(), id.into(), names.into(), text.into(), marks.into()]
    });
    const ROWS: Insertion<5> = Insertion {
        into: "words_row (n, id, names, text, marks)",
        row: "(?, ?, ?, ?, ?)",
        end: "",
    };
    ROWS.write(c, &[], rows)?;
    // At once: FTS5 writes out what it has gathered of the transaction at every savepoint, and other
    // statements are guarded by one.
    c.execute(
        "INSERT INTO words (rowid, names, text, marks) SELECT n, names, text, marks FROM words_row WHERE n > $1",
        &[last.into()],
    )?;
    Ok(())
}

/// Takes a record's words out of the index.
pub(crate) fn unindex(c: &mut dyn Connection, id: AnyId) -> Result<(), StoreError> {
    match c.dialect() {
        Dialect::Sqlite => {
            let sql = "SELECT n, names, text, marks FROM words_row WHERE id = $1 AND marks <> ''";
            if let Some(row) = first(c, sql, &[id.into()])? {
                let n: Value = row.int(0)?.into();
                // An external-content index is told what it held (FTS5, section 4.4.3).
                c.execute(
                    "INSERT INTO words (words, rowid, names, text, marks) VALUES ('delete', $1, $2, $3, $4)",
                    &[n.clone(), row.text(1)?.into(), row.text(2)?.into(), row.text(3)?.into()],
                )?;
                // It stays as nobody's, so that its number is not given again.
                c.execute(
                    "UPDATE words_row SET id = CAST(n AS TEXT), names = '', text = '', marks = '' WHERE n = $1",
                    std::slice::from_ref(&n),
                )?;
                c.execute("INSERT INTO words_gone (n) VALUES ($1)", &[n])?;
            }
        }
        Dialect::Postgres => {
            c.execute(
                "INSERT INTO words_gone (n) SELECT n FROM words WHERE id = $1",
                &[id.into()],
            )?;
            c.execute("DELETE FROM words WHERE id = $1", &[id.into()])?;
        }
    }
    Ok(())
}

/// Words that may be new to the vocabulary. Gathered over many records and written once:
/// the rows of a list share most of theirs.
#[derive(Default)]
pub(crate) struct NewWords {
    words: FxHashSet<String>,
    /// Words written before in the same transaction, which are not written again.
    written: FxHashSet<String>,
}

/// Words written that are held in mind.
const MOST_WRITTEN: usize = 200_000;

impl NewWords {
    pub fn gather(&mut self, words: &Words) {
        for word in words.met.split(' ') {
            if !self.written.contains(word)
                && !self.words.contains(word)
                && word.chars().any(char::is_alphabetic)
            {
                self.words.insert(word.to_owned());
            }
        }
    }

    /// Takes them into the vocabulary's table.
    pub fn write(&mut self, c: &mut dyn Connection) -> Result<(), StoreError> {
        let mut words: Vec<String> = self.words.drain().collect();
        words.sort_unstable();
        let rows = words.iter().map(|word| [word.as_str().into()]);
        const LEXEMES: Insertion<1> = Insertion {
            into: "lexeme (written)",
            row: "(?)",
            end: "ON CONFLICT DO NOTHING",
        };
        LEXEMES.write(c, &[], rows)?;
        if self.written.len() < MOST_WRITTEN {
            self.written.extend(words);
        }
        Ok(())
    }
}
