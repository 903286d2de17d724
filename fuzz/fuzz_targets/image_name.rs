//! Images as users write them: in registries and in layouts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_registry::ImageName;

fuzz_target!(|text: &str| {
    match text.parse::<ImageName>() {
        Ok(name) => {
            let shown = name.to_string();
            assert_eq!(shown.parse::<ImageName>().as_ref(), Ok(&name), "{shown}");
            match name {
                ImageName::Layout(_) => assert_eq!(shown, text),
                ImageName::Registry(_) => assert!(!text.starts_with("oci:")),
            }
        }
        // Errors are shown on a terminal: what is quoted in them is escaped and cut.
        Err(error) => {
            let shown = error.to_string();
            assert!(!shown.contains(char::is_control), "{shown:?}");
            assert!(shown.len() < 20_000);
        }
    }
});
