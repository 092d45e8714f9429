//! What every engine has to do alike. SQLite always; PostgreSQL when `STELE_TEST_POSTGRES` holds a
//! URL, such as `scripts/postgres start DIR` prints.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod convergence;
mod requests;
mod search;
mod state;
mod tampering;
