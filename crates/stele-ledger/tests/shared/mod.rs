//! Where the public test vectors are: `$STELE_SHARED/data/conformance`, or
//! `../shared` beside the workspace. Without them a test says so and passes.

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
    eprintln!(
        "SKIPPED: no test vectors at {} (set STELE_SHARED)",
        folder.display()
    );
    None
}
