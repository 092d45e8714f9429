//! Any bytes as an article: decoded, read, its records proposed.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(document) = stele_formats::read(bytes) {
        let _ = stele_formats::propose(&document);
    }
});
