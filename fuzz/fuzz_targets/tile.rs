//! Entry bundles and tile paths of an export that someone hands over.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_ledger::canonical;
use liftlock_ledger::tiles::{TILE_WIDTH, TilePath, decode_bundle, encode_bundle};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entries) = decode_bundle(bytes) {
        assert!(entries.len() as u64 <= TILE_WIDTH);
        // One form only: what is read is what would be written.
        assert_eq!(encode_bundle(&entries).as_deref(), Ok(bytes));
        for entry in entries {
            let known = canonical::is_canonical(entry);
            assert_eq!(known, canonical::check(entry).is_ok());
        }
    }
    if canonical::is_canonical(bytes) {
        let value: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
        assert_eq!(canonical::to_bytes(&value).as_deref(), Ok(bytes));
    }
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(path) = text.parse::<TilePath>()
    {
        assert_eq!(path.to_string(), text);
        assert!(!text.contains("..") && !text.starts_with('/'));
    }
});
