//! Signed notes: text with signature lines, C2SP signed-note
//! (<https://c2sp.org/signed-note>). Only Ed25519 (type 0x01) is made and
//! verified; signatures of other kinds and by unknown keys are carried along.

use crate::key::{SigningKey, VerifierKey, is_key_name};
use crate::{Error, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::fmt;

/// Longest note that is read: 64 post-quantum signatures and a text fit in.
pub const MAX_NOTE_BYTES: usize = 1 << 20;
/// Most signatures that are read; the specification asks for at least 16.
pub const MAX_SIGNATURES: usize = 64;

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key.
    pub name: String,
    /// Id of the key.
    pub id: u32,
    /// The signature as its algorithm defines it.
    pub signature: Vec<u8>,
}

/// A text and its signatures, not yet verified: see [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note of a text, which has to end in a line break, without signatures.
    ///
    /// # Errors
    /// [`Error::BadNote`] if the text cannot be that of a note.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        check_characters(&text)?;
        if !text.ends_with('\n') {
            let line = text.lines().count();
            return Err(Error::BadNote {
                line,
                problem: "the text does not end in a line break",
            });
        }
        Ok(Self {
            text,
            signatures: Vec::new(),
        })
    }

    /// Reads a note: the last empty line parts text and signatures.
    ///
    /// # Errors
    /// [`Error::BadNote`] with the number of the line that is malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let fail = |line, problem| Error::BadNote { line, problem };
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(fail(0, "longer than a note may be"));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| fail(0, "not UTF-8"))?;
        check_characters(note)?;
        let parting = note
            .rfind("\n\n")
            .ok_or_else(|| fail(0, "no empty line between text and signatures"))?;
        let (text, lines) = (&note[..=parting], &note[parting + 2..]);
        let first = text.matches('\n').count() + 2;
        let lines = lines
            .strip_suffix('\n')
            .ok_or_else(|| fail(first, "a signature line does not end in a line break"))?;
        let mut signatures = Vec::new();
        for (i, line) in lines.split('\n').enumerate() {
            if i >= MAX_SIGNATURES {
                return Err(fail(first + i, "more signatures than a note may have"));
            }
            signatures.push(parse_signature(line).map_err(|problem| fail(first + i, problem))?);
        }
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }

    /// Adds the signature of a key; a former one by the same key is replaced.
    pub fn sign(&mut self, key: &SigningKey) {
        let (name, id) = (key.name(), key.verifier().id());
        self.signatures
            .retain(|other| other.name != name || other.id != id);
        let signature = key.sign(self.text.as_bytes()).to_vec();
        self.signatures.push(NoteSignature {
            name: name.to_owned(),
            id,
            signature,
        });
    }

    /// Verifies the note by keys that are trusted, and returns those which have
    /// signed. Signatures by other keys, or under another name or id, are
    /// ignored.
    ///
    /// # Errors
    /// [`Error::BadSignature`] if a signature of one of the keys does not hold;
    /// [`Error::NotSigned`] if none of them has signed.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>> {
        let mut signers: Vec<&VerifierKey> = Vec::new();
        for line in &self.signatures {
            for key in keys
                .iter()
                .filter(|key| key.name() == line.name && key.id() == line.id)
            {
                key.verify(self.text.as_bytes(), &line.signature)?;
                if !signers.contains(&key) {
                    signers.push(key);
                }
            }
        }
        if signers.is_empty() {
            let wanted = names(keys.iter().map(VerifierKey::name));
            let found = names(self.signatures.iter().map(|line| line.name.as_str()));
            return Err(Error::NotSigned { wanted, found });
        }
        Ok(signers)
    }

    /// The text, with its last line break. To be trusted only after
    /// [`Note::verify`].
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, in order, of known and unknown keys.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for NoteSignature {
            name,
            id,
            signature,
        } in &self.signatures
        {
            let bytes = [&id.to_be_bytes()[..], signature].concat();
            writeln!(f, "\u{2014} {name} {}", BASE64_STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let list: Vec<_> = names.map(|name| format!("{name:?}")).collect();
    if list.is_empty() {
        "nobody".to_owned()
    } else {
        list.join(", ")
    }
}

/// No control characters below U+0020 but line breaks.
fn check_characters(text: &str) -> Result<()> {
    match text.bytes().position(|byte| byte < 0x20 && byte != b'\n') {
        None => Ok(()),
        Some(at) => Err(Error::BadNote {
            line: text[..at].matches('\n').count() + 1,
            problem: "control character",
        }),
    }
}

fn parse_signature(line: &str) -> Result<NoteSignature, &'static str> {
    let rest = line
        .strip_prefix("\u{2014} ")
        .ok_or("a signature line begins with an em dash and a space")?;
    let (name, encoded) = rest
        .split_once(' ')
        .ok_or("a signature line has a name and a signature")?;
    if !is_key_name(name) {
        return Err("the key name is empty or has a space, plus or control character");
    }
    let bytes = BASE64_STANDARD
        .decode(encoded)
        .map_err(|_| "the signature is not base64")?;
    match bytes.split_first_chunk::<4>() {
        Some((id, signature)) if !signature.is_empty() => Ok(NoteSignature {
            name: name.to_owned(),
            id: u32::from_be_bytes(*id),
            signature: signature.to_vec(),
        }),
        _ => Err("the signature is too short"),
    }
}
