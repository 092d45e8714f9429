//! What a user takes home for one record: the entry, its path to the root, and
//! the signed checkpoint, in one JSON document that verifies on its own.

use crate::error::excerpt;
use crate::merkle::{inclusion_proof, leaf_hash, verify_inclusion};
use crate::{Checkpoint, Entry, Error, Hash, NodeReader, Result, VerifierKey};
use serde::{Deserialize, Serialize};

/// The value of [`Proof::format`].
pub const FORMAT: &str = "stele-proof/1";

/// A proof that an entry stands in a signed log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// [`FORMAT`].
    pub format: String,
    /// The canonical bytes of the entry, as text: canonical JSON is UTF-8.
    pub entry: String,
    /// Which of the entry's records is meant, from 0, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<usize>,
    /// Index of the entry in the log.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling upwards.
    pub path: Vec<Hash>,
    /// The signed note of the checkpoint.
    pub checkpoint: String,
    /// The key of the log. It proves nothing about who holds it: compare it
    /// with the key as its owner has published it, or use
    /// [`Proof::verify_with`].
    pub vkey: VerifierKey,
}

/// What a proof has proven.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Verified {
    /// The entry.
    pub entry: Entry,
    /// The checkpoint over a log that has it.
    pub checkpoint: Checkpoint,
    /// The hash of the entry's leaf.
    pub leaf: Hash,
}

impl Proof {
    /// Makes the proof of the entry at `index` with these canonical bytes,
    /// under a signed checkpoint (its note) by `vkey`, from a store of nodes.
    ///
    /// # Errors
    /// Whatever would make the proof fail: it is verified before it is given.
    pub fn new<R: NodeReader + ?Sized>(
        reader: &R,
        index: u64,
        entry: &[u8],
        checkpoint: &str,
        vkey: &VerifierKey,
    ) -> Result<Self> {
        let size = Checkpoint::open(checkpoint.as_bytes(), std::slice::from_ref(vkey))?.size;
        let entry = std::str::from_utf8(entry).map_err(|_| bad("entry", "not UTF-8"))?;
        let proof = Self {
            format: FORMAT.to_owned(),
            entry: entry.to_owned(),
            record: None,
            index,
            path: inclusion_proof(reader, index, size)?,
            checkpoint: checkpoint.to_owned(),
            vkey: vkey.clone(),
        };
        proof.verify()?;
        Ok(proof)
    }

    /// The same proof, pointing at one of the entry's records.
    #[must_use]
    pub fn for_record(mut self, record: usize) -> Self {
        self.record = Some(record);
        self
    }

    /// Reads the JSON document.
    ///
    /// # Errors
    /// [`Error::BadProof`].
    pub fn from_json(json: &[u8]) -> Result<Self> {
        serde_json::from_slice(json).map_err(|error| bad("", &error.to_string()))
    }

    /// The JSON document, for people to read too.
    ///
    /// # Errors
    /// [`Error::BadProof`], which serde has no reason to give.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|error| bad("", &error.to_string()))
    }

    /// Verifies everything, needing nothing else: canonical form and fields of
    /// the entry, the path to the root, the signature by the key within.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(&self) -> Result<Verified> {
        self.verify_with(&self.vkey)
    }

    /// As [`Proof::verify`], with a key that is known from elsewhere.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify_with(&self, vkey: &VerifierKey) -> Result<Verified> {
        if self.format != FORMAT {
            let problem = format!("{:?} is not known, only {FORMAT:?}", excerpt(&self.format));
            return Err(bad("format", &problem));
        }
        if self.vkey != *vkey {
            return Err(bad("vkey", "not the key of the log that was asked for"));
        }
        let checkpoint = Checkpoint::open(self.checkpoint.as_bytes(), std::slice::from_ref(vkey))?;
        let leaf = leaf_hash(self.entry.as_bytes());
        verify_inclusion(
            self.index,
            checkpoint.size,
            &leaf,
            &self.path,
            &checkpoint.root,
        )?;
        let entry = Entry::parse(self.entry.as_bytes())?;
        if entry.seq != self.index {
            let problem = format!("{}, but the entry says {}", self.index, entry.seq);
            return Err(bad("index", &problem));
        }
        if let Some(record) = self.record
            && record >= entry.records.len()
        {
            let problem = format!(
                "{record}, but the entry has {} records",
                entry.records.len()
            );
            return Err(bad("record", &problem));
        }
        Ok(Verified {
            entry,
            checkpoint,
            leaf,
        })
    }

    /// The same proof, without the entry, as a C2SP tlog-proof
    /// (<https://c2sp.org/tlog-proof>) for other tools.
    #[must_use]
    pub fn to_tlog_proof(&self) -> String {
        let mut text = format!("c2sp.org/tlog-proof@v1\nindex {}\n", self.index);
        for hash in &self.path {
            text.push_str(&hash.to_base64());
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }
}

fn bad(field: &'static str, problem: &str) -> Error {
    Error::BadProof {
        field,
        problem: problem.to_owned(),
    }
}
