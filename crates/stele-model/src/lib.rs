//! The words of Stele: records, enumerations, names, quantities, dates, places, and the rules.
//!
//! No I/O, no clock, no randomness. Follows `model.md`; JSON forms are documented in
//! `docs/records.md`.

pub mod quantity;
pub mod words;

pub use quantity::{Interval, Quantity, grouped};
pub use words::*;
