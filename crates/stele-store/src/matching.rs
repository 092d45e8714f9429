//! What matching keeps in the house: pairs that wait for a person, who looks at which, and the acts
//! that decided on them. The decisions themselves are links in the log.

use crate::engine::{Row, first, rows};
use crate::error::StoreError;
use crate::house::House;

/// Tables of matching; part of the house.
pub(crate) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS match_pair (a TEXT NOT NULL, b TEXT NOT NULL, permille BIGINT NOT NULL, matters BIGINT NOT NULL, skipped BIGINT NOT NULL, reasons TEXT NOT NULL,
  holder TEXT, held_until_ms BIGINT NOT NULL, act TEXT, PRIMARY KEY (a, b));
CREATE INDEX IF NOT EXISTS match_pair_waiting ON match_pair (act, skipped, matters, a, b);
CREATE INDEX IF NOT EXISTS match_pair_likely ON match_pair (act, permille, a, b);
CREATE TABLE IF NOT EXISTS match_act (id TEXT PRIMARY KEY, account TEXT NOT NULL, made_ms BIGINT NOT NULL, what TEXT NOT NULL, pairs BIGINT NOT NULL, undone_ms BIGINT, undone_by TEXT);
CREATE TABLE IF NOT EXISTS match_link (act TEXT NOT NULL, link TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (act, link));
";

/// A pair that may be one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairRow {
    /// The lower id.
    pub a: String,
    /// The higher id.
    pub b: String,
    /// Probability that they are the same, in per mille.
    pub permille: u64,
    /// How much a decision matters; the queue goes by it.
    pub matters: u64,
    /// Why, as JSON.
    pub reasons: String,
    /// Who looks at it.
    pub holder: Option<String>,
    /// Until when it is theirs, in milliseconds since 1970.
    pub held_until_ms: u64,
    /// The act that decided it.
    pub act: Option<String>,
}

/// One or many decisions made at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    /// Its id.
    pub id: String,
    /// Who decided.
    pub account: String,
    /// When, in milliseconds since 1970.
    pub made_ms: u64,
    /// What was decided, as a word of the registry's.
    pub what: String,
    /// Pairs decided.
    pub pairs: u64,
    /// When it was undone, and by whom.
    pub undone: Option<(u64, String)>,
}

const PAIR: &str =
    "SELECT a, b, permille, matters, reasons, holder, held_until_ms, act FROM match_pair";
const ACT: &str = "SELECT id, account, made_ms, what, pairs, undone_ms, undone_by FROM match_act";

fn pair(row: &Row) -> Result<PairRow, StoreError> {
    Ok(PairRow {
        a: row.text(0)?.to_owned(),
        b: row.text(1)?.to_owned(),
        permille: row.count(2)?,
        matters: row.count(3)?,
        reasons: row.text(4)?.to_owned(),
        holder: row.maybe_text(5)?.map(str::to_owned),
        held_until_ms: row.count(6)?,
        act: row.maybe_text(7)?.map(str::to_owned),
    })
}

fn act(row: &Row) -> Result<ActRow, StoreError> {
    let by = row.maybe_text(6)?.map(str::to_owned);
    Ok(ActRow {
        id: row.text(0)?.to_owned(),
        account: row.text(1)?.to_owned(),
        made_ms: row.count(2)?,
        what: row.text(3)?.to_owned(),
        pairs: row.count(4)?,
        undone: by
            .map(|by| Ok::<_, StoreError>((row.count(5)?, by)))
            .transpose()?,
    })
}

impl House<'_> {
    /// Takes every pair that waits out of the queue, for a new search to fill it.
    pub fn clear_waiting_pairs(&mut self) -> Result<(), StoreError> {
        self.0
            .execute("DELETE FROM match_pair WHERE act IS NULL", &[])?;
        Ok(())
    }

    /// Puts a pair into the queue, or what was found of it anew; one that is decided stays so.
    pub fn put_pair(&mut self, row: &PairRow) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO match_pair (a, b, permille, matters, skipped, reasons, holder, held_until_ms, act) VALUES ($1, $2, $3, $4, 0, $5, NULL, 0, NULL)
             ON CONFLICT (a, b) DO UPDATE SET permille = excluded.permille, matters = excluded.matters, reasons = excluded.reasons",
            &[
                row.a.as_str().into(),
                row.b.as_str().into(),
                row.permille.into(),
                row.matters.into(),
                row.reasons.as_str().into(),
            ],
        )?;
        Ok(())
    }

    /// One pair.
    pub fn pair(&mut self, a: &str, b: &str) -> Result<Option<PairRow>, StoreError> {
        let sql = format!("{PAIR} WHERE a = $1 AND b = $2");
        first(self.0, &sql, &[a.into(), b.into()])?
            .as_ref()
            .map(pair)
            .transpose()
    }

    /// The pair whose decision matters most of those that wait and that nobody else looks at.
    pub fn next_pair(&mut self, account: &str, now_ms: u64) -> Result<Option<PairRow>, StoreError> {
        let sql = format!(
            "{PAIR} WHERE act IS NULL AND (holder IS NULL OR holder = $1 OR held_until_ms <= $2) ORDER BY skipped, matters DESC, a, b LIMIT 1"
        );
        let found = first(self.0, &sql, &[account.into(), now_ms.into()])?;
        found.as_ref().map(pair).transpose()
    }

    /// Lets an account look at a pair until then, and at no other.
    pub fn hold_pair(
        &mut self,
        a: &str,
        b: &str,
        account: &str,
        until_ms: u64,
    ) -> Result<(), StoreError> {
        self.0.execute(
            "UPDATE match_pair SET holder = NULL, held_until_ms = 0 WHERE act IS NULL AND holder = $1",
            &[account.into()],
        )?;
        self.0.execute(
            "UPDATE match_pair SET holder = $3, held_until_ms = $4 WHERE a = $1 AND b = $2",
            &[a.into(), b.into(), account.into(), until_ms.into()],
        )?;
        Ok(())
    }

    /// Puts a pair behind the others.
    pub fn skip_pair(&mut self, a: &str, b: &str) -> Result<(), StoreError> {
        self.0.execute(
            "UPDATE match_pair SET skipped = skipped + 1, holder = NULL, held_until_ms = 0 WHERE a = $1 AND b = $2",
            &[a.into(), b.into()],
        )?;
        Ok(())
    }

    /// Takes one pair out of the queue.
    pub fn drop_pair(&mut self, a: &str, b: &str) -> Result<(), StoreError> {
        self.0.execute(
            "DELETE FROM match_pair WHERE a = $1 AND b = $2",
            &[a.into(), b.into()],
        )?;
        Ok(())
    }

    /// Waiting pairs at or above a probability, the likeliest first.
    pub fn likely_pairs(
        &mut self,
        permille: u64,
        limit: usize,
    ) -> Result<Vec<PairRow>, StoreError> {
        let sql = format!(
            "{PAIR} WHERE act IS NULL AND permille >= $1 ORDER BY permille DESC, a, b LIMIT {limit}"
        );
        rows(self.0, &sql, &[permille.into()])?
            .iter()
            .map(pair)
            .collect()
    }

    /// How many pairs wait at or above a probability.
    pub fn count_pairs(&mut self, permille: u64) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM match_pair WHERE act IS NULL AND permille >= $1";
        first(self.0, sql, &[permille.into()])?.map_or(Ok(0), |row| row.count(0))
    }

    /// Keeps an act with the link it made of each pair; those pairs are decided.
    pub fn put_act(
        &mut self,
        row: &ActRow,
        links: &[(String, String, String)],
    ) -> Result<(), StoreError> {
        self.0.execute(
            "INSERT INTO match_act (id, account, made_ms, what, pairs, undone_ms, undone_by) VALUES ($1, $2, $3, $4, $5, NULL, NULL)",
            &[
                row.id.as_str().into(),
                row.account.as_str().into(),
                row.made_ms.into(),
                row.what.as_str().into(),
                row.pairs.into(),
            ],
        )?;
        for (link, a, b) in links {
            let (id, a, b) = (row.id.as_str(), a.as_str(), b.as_str());
            self.0.execute(
                "INSERT INTO match_link (act, link, a, b) VALUES ($1, $2, $3, $4)",
                &[id.into(), link.as_str().into(), a.into(), b.into()],
            )?;
            self.0.execute(
                "UPDATE match_pair SET act = $3, holder = NULL, held_until_ms = 0 WHERE a = $1 AND b = $2",
                &[a.into(), b.into(), id.into()],
            )?;
        }
        Ok(())
    }

    /// One act.
    pub fn act(&mut self, id: &str) -> Result<Option<ActRow>, StoreError> {
        let found = first(self.0, &format!("{ACT} WHERE id = $1"), &[id.into()])?;
        found.as_ref().map(act).transpose()
    }

    /// Acts, latest first.
    pub fn acts(&mut self, limit: usize) -> Result<Vec<ActRow>, StoreError> {
        let sql = format!("{ACT} ORDER BY made_ms DESC, id DESC LIMIT {limit}");
        rows(self.0, &sql, &[])?.iter().map(act).collect()
    }

    /// The links of an act, each with its pair.
    pub fn act_links(&mut self, id: &str) -> Result<Vec<(String, String, String)>, StoreError> {
        let sql = "SELECT link, a, b FROM match_link WHERE act = $1 ORDER BY link";
        let text = |row: &Row, column| row.text(column).map(str::to_owned);
        rows(self.0, sql, &[id.into()])?
            .iter()
            .map(|row| Ok((text(row, 0)?, text(row, 1)?, text(row, 2)?)))
            .collect()
    }

    /// Marks an act as undone; its pairs wait again.
    pub fn undo_act(&mut self, id: &str, account: &str, now_ms: u64) -> Result<(), StoreError> {
        self.0.execute(
            "UPDATE match_act SET undone_ms = $2, undone_by = $3 WHERE id = $1",
            &[id.into(), now_ms.into(), account.into()],
        )?;
        self.0.execute(
            "UPDATE match_pair SET act = NULL WHERE act = $1",
            &[id.into()],
        )?;
        Ok(())
    }
}
