//! What a registry says when it refuses, which is shown on a terminal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_registry::parse::error_body;

/// In characters.
const SHOWN_MAX: usize = 300;

fuzz_target!(|body: &[u8]| {
    let (code, message) = error_body(body);
    for shown in [&code, &message] {
        assert!(!shown.contains(char::is_control), "{shown:?}");
        assert!(shown.chars().count() <= SHOWN_MAX);
        assert_eq!(shown.trim(), shown);
    }
});
