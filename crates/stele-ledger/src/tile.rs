//! The log as static files: C2SP tlog-tiles (<https://c2sp.org/tlog-tiles>).
//! Which nodes make up a tile, its path, and bundles of entries.
//!
//! An entry bundle prefixes each entry with its length in 16 bits, so an entry
//! beyond 65,535 bytes cannot stand in one. Nothing else may stand there in its
//! place, since it has to hash to the leaf; [`encode_bundle`] therefore refuses
//! and names the entry. For logs with such entries the specification allows
//! another format at another address: [`TileKind::LargeEntries`], the same
//! bundles with lengths in 32 bits under `tile/entries32/`. A server offers both
//! and answers 404 for the bundles that cannot be made.

use crate::checkpoint::parse_decimal;
use crate::error::excerpt;
use crate::merkle::NodeReader;
use crate::{Error, Result};
use std::fmt;

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// Longest entry that fits an entry bundle.
pub const MAX_BUNDLED_BYTES: usize = 65_535;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TileKind {
    /// Tree hashes at a tile level, 0 to 7 (8 would be beyond 2^64 leaves, and
    /// levels up to 63 are syntax only).
    Hashes(u8),
    /// Entries with 16-bit lengths.
    Entries,
    /// Entries with 32-bit lengths; our own, see the module's text.
    LargeEntries,
}

/// The address of a tile. `Display` and `FromStr` use the path below the log's
/// prefix.
///
/// ```
/// # use stele_ledger::tile::{Tile, TileKind};
/// let tile: Tile = "tile/0/x001/234.p/17".parse()?;
/// assert_eq!(tile, Tile { kind: TileKind::Hashes(0), index: 1234, width: 17 });
/// assert_eq!(tile.to_string(), "tile/0/x001/234.p/17");
/// # Ok::<(), stele_ledger::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    /// What it holds.
    pub kind: TileKind,
    /// Its position within the level.
    pub index: u64,
    /// How much it holds: 1 to 255 for a partial tile, 256 for a full one.
    pub width: u16,
}

impl Tile {
    /// The tile at this place in a log of `size` entries, as wide as the log
    /// makes it; `None` if it would be empty.
    #[must_use]
    pub fn in_log(kind: TileKind, index: u64, size: u64) -> Option<Self> {
        let nodes = size.checked_shr(8 * u32::from(kind.level())).unwrap_or(0);
        let from = index.checked_mul(TILE_WIDTH)?;
        let width = nodes.saturating_sub(from).min(TILE_WIDTH) as u16;
        (width > 0).then_some(Self { kind, index, width })
    }

    /// Whether a log of `size` entries has everything this tile holds.
    #[must_use]
    pub fn is_within(&self, size: u64) -> bool {
        Self::in_log(self.kind, self.index, size).is_some_and(|whole| self.width <= whole.width)
    }

    /// The places of its hashes in the tree, as level and index of
    /// [`crate::Node`]; for bundles the leaves of the entries.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (u8, u64)> + use<> {
        let (level, from) = (self.kind.level() * 8, self.index * TILE_WIDTH);
        (0..self.width).map(move |i| (level, from + u64::from(i)))
    }

    /// The content of a tile of hashes.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a bundle of entries, [`Error::MissingNode`] or
    /// [`Error::Reader`].
    pub fn read<R: NodeReader + ?Sized>(&self, reader: &R) -> Result<Vec<u8>> {
        if !matches!(self.kind, TileKind::Hashes(0..8)) {
            return Err(self.bad("no tile of hashes of this level"));
        }
        let mut bytes = Vec::with_capacity(usize::from(self.width) * 32);
        for (level, index) in self.nodes() {
            let hash = crate::merkle::read_node(reader, level, index)?;
            bytes.extend_from_slice(hash.as_bytes());
        }
        Ok(bytes)
    }

    fn bad(&self, problem: &'static str) -> Error {
        Error::BadTile {
            path: self.to_string(),
            problem,
        }
    }
}

impl TileKind {
    fn level(self) -> u8 {
        match self {
            Self::Hashes(level) => level.min(31),
            Self::Entries | Self::LargeEntries => 0,
        }
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
            TileKind::LargeEntries => f.write_str("tile/entries32/")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups[1..].iter().rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if u64::from(self.width) < TILE_WIDTH {
            write!(f, ".p/{}", self.width)
        } else {
            Ok(())
        }
    }
}

impl std::str::FromStr for Tile {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self> {
        let fail = |problem| Error::BadTile {
            path: excerpt(path),
            problem,
        };
        let rest = path
            .strip_prefix("tile/")
            .ok_or_else(|| fail("does not begin with tile/"))?;
        let (kind, rest) = rest.split_once('/').ok_or_else(|| fail("has no index"))?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            "entries32" => TileKind::LargeEntries,
            level => match parse_decimal(level) {
                Some(level @ 0..=63) => TileKind::Hashes(level as u8),
                _ => return Err(fail("the level is neither 0 to 63 nor entries")),
            },
        };
        let (number, width) = match rest.split_once(".p/") {
            None => (rest, TILE_WIDTH as u16),
            Some((number, width)) => match parse_decimal(width) {
                Some(width @ 1..=255) => (number, width as u16),
                _ => return Err(fail("the width is not 1 to 255")),
            },
        };
        let bad_index = || fail("the index is not in groups of three digits");
        let mut index = 0u64;
        let mut groups = number.split('/').peekable();
        while let Some(group) = groups.next() {
            let digits = match groups.peek() {
                Some(_) => group.strip_prefix('x').ok_or_else(bad_index)?,
                None => group,
            };
            if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(bad_index());
            }
            let value: u64 = digits.parse().map_err(|_| bad_index())?;
            index = index
                .checked_mul(1000)
                .and_then(|index| index.checked_add(value))
                .filter(|index| *index < u64::MAX / TILE_WIDTH)
                .ok_or_else(|| fail("the index is too large"))?;
        }
        let tile = Self { kind, index, width };
        // One path for one tile: no x000 in front.
        if tile.to_string() == path {
            Ok(tile)
        } else {
            Err(bad_index())
        }
    }
}

/// Entries as an entry bundle: each behind its length in 16 bits, big endian.
///
/// # Errors
/// [`Error::TooLongForBundle`] naming the first entry that cannot be in one.
pub fn encode_bundle<T: AsRef<[u8]>>(entries: impl IntoIterator<Item = T>) -> Result<Vec<u8>> {
    encode(entries, MAX_BUNDLED_BYTES as u64, |length, out| {
        out.extend_from_slice(&(length as u16).to_be_bytes());
    })
}

/// Entries as a bundle with lengths in 32 bits, for `tile/entries32/`.
///
/// # Errors
/// [`Error::TooLongForBundle`] for an entry of 4 GiB or more.
pub fn encode_large_bundle<T: AsRef<[u8]>>(
    entries: impl IntoIterator<Item = T>,
) -> Result<Vec<u8>> {
    encode(entries, u64::from(u32::MAX), |length, out| {
        out.extend_from_slice(&(length as u32).to_be_bytes());
    })
}

fn encode<T: AsRef<[u8]>>(
    entries: impl IntoIterator<Item = T>,
    limit: u64,
    prefix: impl Fn(usize, &mut Vec<u8>),
) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for (position, entry) in entries.into_iter().enumerate() {
        let entry = entry.as_ref();
        if entry.len() as u64 > limit {
            return Err(Error::TooLongForBundle {
                position,
                bytes: entry.len(),
                limit,
            });
        }
        prefix(entry.len(), &mut out);
        out.extend_from_slice(entry);
    }
    Ok(out)
}

/// The entries of an entry bundle.
///
/// # Errors
/// [`Error::BadBundle`] with the place where it is cut off, or if it holds more
/// than 256.
pub fn decode_bundle(bundle: &[u8]) -> Result<Vec<&[u8]>> {
    decode(bundle, |bytes| {
        bytes
            .split_first_chunk()
            .map(|(n, rest)| (usize::from(u16::from_be_bytes(*n)), rest))
    })
}

/// The entries of a bundle with lengths in 32 bits.
///
/// # Errors
/// As [`decode_bundle`].
pub fn decode_large_bundle(bundle: &[u8]) -> Result<Vec<&[u8]>> {
    decode(bundle, |bytes| {
        bytes
            .split_first_chunk()
            .map(|(n, rest)| (u32::from_be_bytes(*n) as usize, rest))
    })
}

fn decode(bundle: &[u8], length: impl Fn(&[u8]) -> Option<(usize, &[u8])>) -> Result<Vec<&[u8]>> {
    let mut entries = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let offset = bundle.len() - rest.len();
        let fail = |problem| Error::BadBundle { offset, problem };
        if entries.len() as u64 == TILE_WIDTH {
            return Err(fail("more than 256 entries"));
        }
        let (length, after) = length(rest).ok_or_else(|| fail("the length is cut off"))?;
        let (entry, after) = after
            .split_at_checked(length)
            .ok_or_else(|| fail("the entry is cut off"))?;
        entries.push(entry);
        rest = after;
    }
    Ok(entries)
}
