//! The words of Stele: records, enumerations, names, quantities, dates, places, and the rules.
//!
//! No I/O, no clock, no randomness. Follows `model.md`; JSON forms are documented in
//! `docs/records.md`.

pub mod check;
pub mod clock;
pub mod date;
pub mod id;
pub mod name;
pub mod place;
pub mod quantity;
pub mod reading;
pub mod record;
pub mod rules;
mod schema;
pub mod vocabulary;
pub mod words;
mod written;

pub use clock::{Hlc, Stamp};
pub use date::EdtfDate;
pub use id::{AnyId, Id};
pub use name::{Name, search_key};
pub use place::{Geometry, Location, ShownPlace};
pub use quantity::{Interval, Quantity, grouped};
pub use reading::{FieldError, Role};
pub use record::*;
pub use words::*;
