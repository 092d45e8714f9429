//! Checkpoints: the signed statement "my log has so many entries and this
//! root", C2SP tlog-checkpoint (<https://c2sp.org/tlog-checkpoint>).

use crate::{Error, Hash, Note, Result, SigningKey, VerifierKey};
use std::fmt;

/// Size and root of a log. `Display` gives the text that is signed.
///
/// ```
/// # use stele_ledger::{Checkpoint, SigningKey, merkle::empty_root};
/// let key = SigningKey::from_seed("example.org/stele", &[7; 32])?; // a real seed is random
/// let checkpoint = Checkpoint::new("example.org/stele", 0, empty_root());
/// let note = checkpoint.sign(&[&key])?;
/// let opened = Checkpoint::open(note.to_string().as_bytes(), &[key.verifier().clone()])?;
/// assert_eq!(opened, checkpoint);
/// # Ok::<(), stele_ledger::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity of the log; by custom the name of its key.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree of these entries.
    pub root: Hash,
    /// Further lines, opaque; none is the rule.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    #[must_use]
    pub fn new(origin: impl Into<String>, size: u64, root: Hash) -> Self {
        Self {
            origin: origin.into(),
            size,
            root,
            extensions: Vec::new(),
        }
    }

    /// Reads the text of a checkpoint (the text of the note, not its
    /// signatures).
    ///
    /// # Errors
    /// [`Error::BadCheckpoint`] with the line that is malformed.
    pub fn parse(text: &str) -> Result<Self> {
        let fail = |line, problem| Error::BadCheckpoint { line, problem };
        let mut lines = text
            .strip_suffix('\n')
            .ok_or_else(|| fail(text.lines().count().max(1), "no line break at the end"))?
            .split('\n');
        let origin = lines.next().unwrap_or_default().to_owned();
        let size = lines.next().ok_or_else(|| fail(2, "no tree size"))?;
        let size = parse_decimal(size).ok_or_else(|| fail(2, "the tree size is no decimal"))?;
        let root = lines.next().ok_or_else(|| fail(3, "no root hash"))?;
        let root = Hash::from_base64(root)
            .map_err(|_| fail(3, "the root is not the base64 of 32 bytes"))?;
        let extensions = lines.map(str::to_owned).collect();
        let checkpoint = Self {
            origin,
            size,
            root,
            extensions,
        };
        checkpoint.check()?;
        Ok(checkpoint)
    }

    /// Signs with one key or more.
    ///
    /// # Errors
    /// [`Error::BadCheckpoint`] if a line is empty or holds a control
    /// character.
    pub fn sign(&self, keys: &[&SigningKey]) -> Result<Note> {
        self.check()?;
        let mut note = Note::new(self.to_string())?;
        keys.iter().for_each(|key| note.sign(key));
        Ok(note)
    }

    /// Reads a signed checkpoint and verifies it by keys that are trusted.
    ///
    /// # Errors
    /// As [`Note::parse`], [`Note::verify`] and [`Checkpoint::parse`].
    pub fn open(note: &[u8], keys: &[VerifierKey]) -> Result<Self> {
        let note = Note::parse(note)?;
        note.verify(keys)?;
        Self::parse(note.text())
    }

    fn check(&self) -> Result<()> {
        let lines = [(1, &self.origin)]
            .into_iter()
            .chain((4..).zip(&self.extensions));
        for (line, text) in lines {
            let problem = match () {
                () if text.is_empty() => "the line is empty",
                () if text.bytes().any(|byte| byte < 0x20) => "control character",
                () => continue,
            };
            return Err(Error::BadCheckpoint { line, problem });
        }
        Ok(())
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            self.root.to_base64()
        )?;
        self.extensions
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Decimal digits without sign and leading zeroes.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (text == "0" || !text.starts_with('0')))
        .then(|| text.parse().ok())
        .flatten()
}
