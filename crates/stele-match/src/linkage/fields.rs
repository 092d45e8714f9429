//! The fields of a pair: what is compared, at which level it agrees, and how a person is told.

use super::Position;
use crate::Holding;
use crate::generic::Kind;

/// A field compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// How the names sound.
    Name,
    /// Whether names that sound the same are written the same.
    Spelling,
    /// How far apart they lie.
    Place,
    /// The category the lists give.
    Category,
    /// The kind the names themselves say.
    Kind,
    /// Numbers in the names.
    Number,
    /// The areas they are said to lie in.
    Area,
    /// How much of what they hold.
    Holdings,
    /// Identifiers under which others know them.
    Identifier,
}

impl Field {
    /// Every field, in the order reasons are given.
    pub const ALL: [Field; FIELDS] = [
        Field::Name,
        Field::Spelling,
        Field::Place,
        Field::Category,
        Field::Kind,
        Field::Number,
        Field::Area,
        Field::Holdings,
        Field::Identifier,
    ];

    /// The field in a word or two, for a heading.
    pub fn label(self) -> &'static str {
        match self {
            Field::Name => "Name",
            Field::Spelling => "Spelling",
            Field::Place => "Place",
            Field::Category => "Category",
            Field::Kind => "Kind in the name",
            Field::Number => "Number in the name",
            Field::Area => "Area",
            Field::Holdings => "Holdings",
            Field::Identifier => "Identifier",
        }
    }

    /// Whether saying nothing is itself counted: of the words of a name it is, a list without a
    /// column says nothing by it.
    pub(super) fn silence_tells(self) -> bool {
        matches!(self, Field::Category | Field::Kind | Field::Number)
    }
}

/// Fields compared.
pub const FIELDS: usize = 9;

/// What comparing a field of two records found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Found {
    /// One of them or both say nothing.
    Silent,
    /// The same.
    Same,
    /// Named for each other, or only one has it.
    Akin,
    /// Not the same, within something wider that is.
    Wider,
    /// Not the same.
    Different,
    /// Names this much alike, 0 to 1.
    Alike(f32),
    /// Not further apart than this many times what they are certain to; `None`: further than any
    /// looked at.
    Within(Option<f64>),
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Found::Silent => f.write_str("not said by both"),
            Found::Same => f.write_str("the same"),
            Found::Akin => f.write_str("akin"),
            Found::Wider => f.write_str("different, in the same wider area"),
            Found::Different => f.write_str("different"),
            Found::Alike(l) if *l >= 0.999 => f.write_str("sounds the same"),
            Found::Alike(l) if *l > 0.0 => write!(f, "sounds {:.0} % alike", l * 100.0),
            Found::Alike(_) => f.write_str("nothing in common"),
            Found::Within(Some(times)) => write!(f, "within {times} × the uncertainty"),
            Found::Within(None) => f.write_str("far apart"),
        }
    }
}

/// Levels of agreement; [`SILENT`] is that of no field given.
pub(super) const SILENT: u8 = 0;
pub(super) const SAME: u8 = 1;
pub(super) const AKIN: u8 = 2;
pub(super) const DIFFERENT: u8 = 3;
pub(super) const WIDER: u8 = 4;

/// Most levels of a field but the name.
pub(super) const LEVELS: usize = 14;

/// Edges of the levels of distance, in multiples of what is certain.
pub(super) const PLACE_EDGES: [f64; 12] =
    [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.3, 1.8, 2.5, 4.0, 8.0];
/// The last level of those that lie within what is certain, or little further.
pub(super) const NEAR: u8 = 8;
/// Radius a place is certain to where the list says nothing, in kilometres.
pub(super) const CERTAIN_KM: f64 = 5.0;

/// A pair, level by level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub place: u32,
    pub likeness: f32,
    /// The levels of names it belongs to, with the share of the second.
    pub name: ([u8; 2], f32),
    /// How many names of the place are about as close, as a logarithm: each counts for less, the less
    /// alike it is.
    pub close: f32,
    /// Only part of the names is alike, and each has a word the other has nothing like.
    pub partly: bool,
    /// Level of each field; that of the name stands in `likeness`.
    pub levels: [u8; FIELDS],
}

impl Pair {
    pub fn found(&self, field: Field) -> Found {
        let level = self.levels[field as usize];
        match (field, level) {
            (Field::Name, _) => Found::Alike(self.likeness),
            (_, SILENT) => Found::Silent,
            (Field::Place, _) => Found::Within(PLACE_EDGES.get(level as usize - 1).copied()),
            (_, SAME) => Found::Same,
            (_, AKIN) => Found::Akin,
            (_, WIDER) => Found::Wider,
            _ => Found::Different,
        }
    }
}

/// How far two places lie apart against what is certain.
pub(super) fn distance_level(a: Option<&Position>, b: Option<&Position>) -> u8 {
    let (Some(a), Some(b)) = (a, b) else {
        return SILENT;
    };
    let certain = match (a.uncertain_km, b.uncertain_km) {
        (None, None) => CERTAIN_KM,
        (a, b) => (a.unwrap_or(0.0) + b.unwrap_or(0.0)).max(0.1),
    };
    let times = a.km_to(b) / certain;
    let level = PLACE_EDGES.iter().position(|edge| times <= *edge);
    level.unwrap_or(PLACE_EDGES.len()) as u8 + 1
}

pub(super) fn kinds_agree(a: Option<Kind>, b: Option<Kind>) -> u8 {
    match (a, b) {
        (Some(a), Some(b)) if a.kind == b.kind => SAME,
        (Some(a), Some(b)) if a.family == b.family => AKIN,
        (Some(_), Some(_)) => DIFFERENT,
        _ => SILENT,
    }
}

/// How the numbers of two names stand to each other: [`AKIN`] is one with and one without.
pub(super) fn numbers_agree(a: &[u32], b: &[u32]) -> u8 {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => SILENT,
        (false, false) if a == b => SAME,
        (false, false) => DIFFERENT,
        _ => AKIN,
    }
}

/// How the areas stand to each other, each list the narrowest first: the same, one within the other,
/// within a common wider one, or apart.
pub(super) fn areas_agree(a: &[u32], b: &[u32]) -> u8 {
    let (Some(narrow_a), Some(narrow_b)) = (a.first(), b.first()) else {
        return SILENT;
    };
    if narrow_a == narrow_b {
        SAME
    } else if a.contains(narrow_b) || b.contains(narrow_a) {
        AKIN
    } else if a.iter().any(|area| b.contains(area)) {
        WIDER
    } else {
        DIFFERENT
    }
}

/// Whether they hold about as much of the same.
pub(super) fn holdings_agree(a: &[Holding], b: &[Holding]) -> u8 {
    let pairs = a.iter().flat_map(|a| {
        b.iter()
            .filter(|b| b.kind == a.kind)
            .map(move |b| (a.least.max(b.least), a.most.min(b.most)))
    });
    // How many times more one says than the other; below one where they overlap.
    let apart = pairs.map(|(least, most)| least.max(1.0) / most.max(1.0));
    match apart.min_by(f64::total_cmp) {
        None => SILENT,
        Some(apart) if apart <= 1.1 => SAME,
        Some(apart) if apart <= 2.0 => AKIN,
        Some(_) => DIFFERENT,
    }
}

/// Whether a list that both stand on gives them the same identifier.
pub(super) fn identifiers_agree(a: &[(u32, u32)], b: &[(u32, u32)]) -> u8 {
    if a.iter().any(|id| b.contains(id)) {
        return SAME;
    }
    let shared = a
        .iter()
        .any(|(scheme, _)| b.iter().any(|(s, _)| s == scheme));
    if shared { DIFFERENT } else { SILENT }
}
