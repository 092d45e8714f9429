//! Evidence bytes: each file stands under its SHA-256 and is never written again, unless to mend it.
//!
//! A file is written beside its place, flushed, checked and then moved there, so that power failing
//! at any point leaves either the whole file or a leftover under `incoming/` that nothing refers to.

use crate::error::StoreError;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A folder of evidence files.
#[derive(Debug, Clone)]
pub struct Files {
    root: PathBuf,
}

/// A file that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// SHA-256 of the bytes, in hexadecimal digits.
    pub sha256: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Whether it was here before.
    pub known: bool,
}

/// A file that came in whole and has no place yet: dropped, it is gone.
#[derive(Debug)]
pub struct Received {
    draft: tempfile::NamedTempFile,
    sha256: String,
    size_bytes: u64,
}

impl Received {
    /// Where its bytes are for now.
    pub fn path(&self) -> &Path {
        self.draft.path()
    }

    /// SHA-256 of its bytes, in hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// How long a file that nobody holds yet is left alone.
const FRESH: Duration = Duration::from_secs(60);

impl Files {
    /// The folder; made when it is not there.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        for folder in [root.to_path_buf(), root.join("incoming")] {
            fs::create_dir_all(&folder)
                .map_err(|e| StoreError::file(format!("make {}", folder.display()), e))?;
        }
        Ok(Files {
            root: root.to_path_buf(),
        })
    }

    fn path(&self, sha256: &str) -> Option<PathBuf> {
        let hex = sha256.len() == 64
            && sha256
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        hex.then(|| self.root.join(&sha256[..2]).join(sha256))
    }

    /// Takes a file in from a stream.
    pub fn keep(&self, from: impl Read) -> Result<Kept, StoreError> {
        self.place(self.receive(from)?)
    }

    /// Takes a file in from a stream and gives it no place yet.
    pub fn receive(&self, mut from: impl Read) -> Result<Received, StoreError> {
        let mut draft =
            tempfile::NamedTempFile::new_in(self.incoming()).map_err(self.failed("begin"))?;
        // Held as long as it is somebody's: what nobody holds was left by a process that was killed.
        draft.as_file().lock().map_err(self.failed("hold"))?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0u8; 1 << 18];
        let mut size_bytes = 0u64;
        loop {
            let n = from.read(&mut buffer).map_err(self.failed("receive"))?;
            if n == 0 {
                break;
            }
            hasher.update(&buffer[..n]);
            draft
                .write_all(&buffer[..n])
                .map_err(self.failed("write"))?;
            size_bytes += n as u64;
        }
        Ok(Received {
            draft,
            sha256: hex(&hasher.finalize()),
            size_bytes,
        })
    }

    /// Gives a file that was received its place.
    pub fn place(&self, received: Received) -> Result<Kept, StoreError> {
        let Received {
            draft,
            sha256,
            size_bytes,
        } = received;
        let Some(place) = self.path(&sha256) else {
            return Err(StoreError::Closed);
        };
        // Known is what still stands as it was received; what was damaged since is put right.
        let known = self.check(&sha256, size_bytes)?.is_none();
        if known {
            return Ok(Kept {
                sha256,
                size_bytes,
                known,
            });
        }
        draft.as_file().sync_all().map_err(self.failed("flush"))?;
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(self.failed("make the folder of"))?;
            draft
                .persist(&place)
                .map_err(|e| self.failed("place")(e.error))?;
            fs::File::open(folder)
                .and_then(|d| d.sync_all())
                .map_err(self.failed("flush the folder of"))?;
            fs::File::open(&self.root)
                .and_then(|d| d.sync_all())
                .map_err(self.failed("flush the folder of"))?;
        }
        Ok(Kept {
            sha256,
            size_bytes,
            known,
        })
    }

    /// Takes away what killed processes left half received. One that begins in this moment may not hold
    /// its file yet, so that fresh ones stay.
    pub fn tidy(&self) -> Result<(), StoreError> {
        for entry in fs::read_dir(self.incoming()).map_err(self.failed("look through"))? {
            let path = entry.map_err(self.failed("look through"))?.path();
            let Ok(file) = fs::File::open(&path) else {
                continue;
            };
            let age = file
                .metadata()
                .and_then(|m| m.modified())
                .map(|m| m.elapsed());
            let old = matches!(age, Ok(Ok(age)) if age >= FRESH);
            if old && file.try_lock().is_ok() {
                fs::remove_file(&path).map_err(self.failed("clear away"))?;
            }
        }
        Ok(())
    }

    fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }

    fn failed(&self, what: &str) -> impl FnOnce(std::io::Error) -> StoreError + use<> {
        let what = format!("{what} evidence in {}", self.root.display());
        move |e| StoreError::file(what, e)
    }

    /// Where a file stands, for readers that go through it piece by piece.
    pub fn stands_at(&self, sha256: &str) -> Option<PathBuf> {
        self.path(sha256).filter(|path| path.is_file())
    }

    /// The bytes of a file, where it is here.
    pub fn read(&self, sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(path) = self.path(sha256) else {
            return Ok(None);
        };
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(StoreError::file(format!("read {}", path.display()), e)),
        }
    }

    /// What is wrong with the file that should be here, if anything.
    pub fn check(&self, sha256: &str, size_bytes: u64) -> Result<Option<String>, StoreError> {
        let Some(path) = self.path(sha256) else {
            return Ok(Some("its hash is not a SHA-256".into()));
        };
        let mut file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Some("the file is missing".into()));
            }
            Err(e) => return Err(StoreError::file(format!("read {}", path.display()), e)),
        };
        let mut hasher = Sha256::new();
        let mut buffer = vec![0u8; 1 << 18];
        let mut size = 0u64;
        loop {
            let n = file
                .read(&mut buffer)
                .map_err(|e| StoreError::file(format!("read {}", path.display()), e))?;
            if n == 0 {
                break;
            }
            hasher.update(&buffer[..n]);
            size += n as u64;
        }
        let found = hex(&hasher.finalize());
        Ok(if found != sha256 {
            Some(format!("the bytes were changed: their SHA-256 is {found}"))
        } else if size != size_bytes {
            Some(format!("it has {size} bytes, the record says {size_bytes}"))
        } else {
            None
        })
    }
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| DIGITS[usize::from(half & 15)];
    let digits = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)]);
    String::from_utf8(digits.collect()).unwrap_or_default()
}
