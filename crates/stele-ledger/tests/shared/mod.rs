//! Where the public test vectors are: `$STELE_SHARED/data/conformance`, or
//! `../shared` beside the workspace. Without either a test says so and passes; where the folder is
//! named, vectors that are missing are a fault.

use std::path::PathBuf;

pub fn vectors(of: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("STELE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let folder = shared.join("data/conformance").join(of);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("STELE_SHARED").is_none(),
        "no test vectors at {}, which STELE_SHARED names",
        folder.display()
    );
    eprintln!(
        "SKIPPED: no test vectors at {} (set STELE_SHARED)",
        folder.display()
    );
    None
}
