//! Which of the places on a list a claimed name means.
//!
//! [`sound`] hears a name in any script, [`distance`] says how far apart two words sound, [`generic`]
//! knows the words that name a kind and not a place. [`link`] puts them together: it finds candidates
//! for each claim among an inventory's names and places, compares them field by field and weighs the
//! fields by how often they agree among matches and among strangers, learnt from the two lists
//! themselves (Fellegi and Sunter 1969; expectation–maximisation as in Winkler 1988). It gives a
//! probability for each candidate and for none of them, and says why.

mod candidates;
pub mod distance;
pub mod generic;
mod heard;
mod lexicon;
mod linkage;
mod numbering;
mod parallel;
pub mod sound;
pub mod vocabulary;

pub use linkage::{
    Candidate, Decided, Duplicate, FIELDS, Field, Found, Linked, Options, Point, Reason,
    Thresholds, curve, duplicates, link,
};
pub use vocabulary::{Alike, Vocabulary, each_token, tokens};

/// What is known of a thing on a list, as far as matching asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// Its names, in any language and script.
    pub names: Vec<String>,
    /// Its category in the words of the list.
    pub category: Option<String>,
    /// Where it is said to lie, wide to narrow; the same position means the same kind of area on
    /// both lists.
    pub areas: Vec<Option<String>>,
    /// Keys of the areas it is known to lie in, the narrowest first, where both lists share such keys;
    /// in place of `areas` for comparing.
    pub within: Vec<String>,
    /// Where it is.
    pub place: Option<Spot>,
    /// What it holds.
    pub holdings: Vec<Holding>,
    /// Under what others know it.
    pub identifiers: Vec<Identifier>,
}

/// An amount of something held: books, exhibits.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    /// What is held.
    pub kind: String,
    /// How much at least.
    pub least: f64,
    /// How much at most.
    pub most: f64,
}

/// A number or name on a list that both may stand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// The list.
    pub scheme: String,
    /// What it stands under there.
    pub value: String,
}

/// A point with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// Radius it is certain to, in kilometres, if the list says.
    pub uncertain_km: Option<f64>,
}

impl Spot {
    /// Great-circle distance in kilometres, on a sphere.
    pub fn km_to(self, other: Spot) -> f64 {
        linkage::Position::of(self).km_to(&linkage::Position::of(other))
    }
}
