//! Any text as a mapping; what is read is written back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stele_formats::columns::Mapping;

fuzz_target!(|text: &str| {
    if let Ok(mapping) = Mapping::from_toml(text) {
        let again = Mapping::from_toml(&mapping.to_toml());
        assert_eq!(again.as_ref(), Ok(&mapping));
    }
});
