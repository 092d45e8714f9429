//! The rules of `model.md` as pure functions over records the caller has gathered.
//!
//! Nothing here reads a store or a clock; each module has its table of cases.

pub mod coverage;
pub mod crosswalk;
pub mod independence;
pub mod lineage;
pub mod reprint;
pub mod turns;
pub mod verification;

pub use coverage::{Item, Ladder, Verdict, ladder};
pub use independence::{Affiliations, Statement, independent_origins};
pub use lineage::{Change, Figure, changes};
pub use reprint::Fingerprint;
pub use turns::{Account, Board, board};
pub use verification::{Policy, Unmet, judge, status_of};
