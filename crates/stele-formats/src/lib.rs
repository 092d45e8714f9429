//! Files in and out. Articles: decoded, read into a [`article::Document`], and what they say proposed
//! as records with their passages ([`propose::propose`]). No database, no network, no clock.

pub mod article;
pub mod columns;
pub mod cql2;
pub mod crs;
pub mod export;
pub mod feature;
pub mod geojson;
mod lexicon;
pub mod linked;
pub mod out;
pub mod propose;
pub mod table;
mod text;
pub mod tile;

pub use article::{Document, Unreadable, read};
pub use propose::{Proposal, Proposed, propose};
