//! Ed25519 keys with the names under which they sign: RFC 8032, C2SP
//! signed-note (verifier keys), and the `PRIVATE+KEY` text form of Go's
//! `sumdb/note`. Seeds come from the caller; nothing here draws randomness.

use crate::error::excerpt;
use crate::{Error, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// The signature type byte of Ed25519 in signed notes.
const ED25519: u8 = 0x01;
const PRIVATE: &str = "PRIVATE+KEY+";

/// A key that signs. Its `Debug` shows the name only; the seed is wiped from
/// memory when the key is dropped.
#[derive(Clone)]
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    public: VerifierKey,
}

impl SigningKey {
    /// A key from 32 random bytes, which the caller draws and wipes.
    ///
    /// # Errors
    /// [`Error::BadKey`] if the name cannot stand in a signed note.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self> {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = VerifierKey::new(name, key.verifying_key())?;
        Ok(Self { key, public })
    }

    /// Reads `PRIVATE+KEY+<name>+<id>+<base64(0x01 || seed)>`.
    ///
    /// # Errors
    /// [`Error::BadKey`], which never repeats key material.
    pub fn from_text(text: &str) -> Result<Self> {
        let fail = |name: &str, problem| Error::BadKey {
            name: excerpt(name),
            problem,
        };
        let rest = text
            .strip_prefix(PRIVATE)
            .ok_or_else(|| fail("", "does not begin with PRIVATE+KEY+"))?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(id), Some(material)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(fail("", "not three parts after PRIVATE+KEY+"));
        };
        let bytes = Zeroizing::new(
            BASE64_STANDARD
                .decode(material)
                .map_err(|_| fail(name, "the key is not base64"))?,
        );
        let seed = match bytes.split_first() {
            Some((&ED25519, seed)) => {
                <&[u8; 32]>::try_from(seed).map_err(|_| fail(name, "the key has not 32 bytes"))?
            }
            _ => return Err(fail(name, "not an Ed25519 key (type 0x01)")),
        };
        let key = Self::from_seed(name, seed)?;
        if parse_id(id) != Some(key.public.id) {
            return Err(fail(name, "the key id does not belong to the key"));
        }
        Ok(key)
    }

    /// The text form that [`SigningKey::from_text`] reads; wiped when dropped.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([ED25519; 33]);
        bytes[1..].copy_from_slice(self.key.as_bytes());
        let material = Zeroizing::new(BASE64_STANDARD.encode(*bytes));
        let VerifierKey { name, id, .. } = &self.public;
        Zeroizing::new(format!("{PRIVATE}{name}+{id:08x}+{}", *material))
    }

    /// The name it signs under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.public.name
    }

    /// The public part.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.public
    }

    /// The Ed25519 signature of a message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("name", &self.public.name)
            .finish_non_exhaustive()
    }
}

/// The public part of a key. `Display`, `FromStr` and serde use the vkey text:
/// `<name>+<id in hex>+<base64(0x01 || public key)>`.
///
/// ```
/// # use stele_ledger::VerifierKey;
/// let text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
/// let key: VerifierKey = text.parse()?;
/// assert_eq!(key.name(), "example.com/foo");
/// assert_eq!(key.to_string(), text);
/// # Ok::<(), stele_ledger::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    fn new(name: &str, key: ed25519_dalek::VerifyingKey) -> Result<Self> {
        let fail = |problem| {
            Err(Error::BadKey {
                name: excerpt(name),
                problem,
            })
        };
        if !is_key_name(name) {
            return fail("a name is not empty and has no space, plus or control character");
        }
        if key.is_weak() {
            return fail("the public key is of small order");
        }
        let hash = Sha256::new()
            .chain_update(name)
            .chain_update([b'\n', ED25519])
            .chain_update(key.as_bytes())
            .finalize();
        let id = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
        Ok(Self {
            name: name.to_owned(),
            id,
            key,
        })
    }

    /// A key from its name and the 32 bytes of RFC 8032.
    ///
    /// # Errors
    /// [`Error::BadKey`].
    pub fn from_public_key(name: &str, bytes: &[u8; 32]) -> Result<Self> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| Error::BadKey {
            name: excerpt(name),
            problem: "the public key is no point of the curve",
        })?;
        if key.to_edwards().compress().to_bytes() != *bytes {
            let problem = "the public key is not in its canonical encoding";
            return Err(Error::BadKey {
                name: excerpt(name),
                problem,
            });
        }
        Self::new(name, key)
    }

    /// The name it signs under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The 4-byte key id, which with the name says which signature is its own.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn public_key(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Verifies a signature strictly: RFC 8032 with canonical S and R, no keys
    /// or R of small order, so that all verifiers come to the same verdict.
    ///
    /// # Errors
    /// [`Error::BadSignature`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        ed25519_dalek::Signature::from_slice(signature)
            .and_then(|signature| self.key.verify_strict(message, &signature))
            .map_err(|_| Error::BadSignature {
                name: self.name.clone(),
            })
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [ED25519; 33];
        bytes[1..].copy_from_slice(self.key.as_bytes());
        write!(
            f,
            "{}+{:08x}+{}",
            self.name,
            self.id,
            BASE64_STANDARD.encode(bytes)
        )
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl std::str::FromStr for VerifierKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(material)) = (parts.next(), parts.next(), parts.next())
        else {
            let problem = "a verifier key has three parts: name+id+key";
            return Err(Error::BadKey {
                name: excerpt(text),
                problem,
            });
        };
        let fail = |problem| Error::BadKey {
            name: excerpt(name),
            problem,
        };
        let bytes = BASE64_STANDARD
            .decode(material)
            .map_err(|_| fail("the key is not base64"))?;
        let public = match bytes.split_first() {
            Some((&ED25519, public)) => <&[u8; 32]>::try_from(public)
                .map_err(|_| fail("the public key has not 32 bytes"))?,
            _ => return Err(fail("not an Ed25519 key (type 0x01)")),
        };
        let key = Self::from_public_key(name, public)?;
        if parse_id(id) != Some(key.id) {
            return Err(fail("the key id does not belong to the key"));
        }
        Ok(key)
    }
}

impl serde::Serialize for VerifierKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for VerifierKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Whether a name may stand in a signed note.
pub(crate) fn is_key_name(name: &str) -> bool {
    !name.is_empty()
        && !name
            .chars()
            .any(|c| c == '+' || c.is_whitespace() || c.is_control())
}

/// Eight lowercase hex digits.
fn parse_id(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    (text.len() == 8 && digits)
        .then(|| u32::from_str_radix(text, 16).ok())
        .flatten()
}
