//! `Link`: the next page of a list.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_registry::parse::next_target;

fuzz_target!(|text: &str| {
    if let Some(target) = next_target(text) {
        assert!(!target.contains('>'));
        assert!(text.contains(&format!("<{target}>")));
        assert!(text.to_ascii_lowercase().contains("next"));
    }
    // As RFC 8288 writes them: a target has no angle brackets, a quoted text may have anything.
    let target: String = text.chars().filter(|c| !matches!(c, '<' | '>')).collect();
    let title = text.replace('\\', "\\\\").replace('"', "\\\"");
    for (link, next) in [
        (format!("<{target}>; rel=\"next\""), true),
        (format!("<{target}>;rel=next"), true),
        (format!("<{target}>; rel=\"prev\""), false),
        (
            format!("<{target}>; rel=\"prev\"; title=\"{title}\""),
            false,
        ),
        (
            format!("</p>; title=\"{title}\"; rel=prev, <{target}>; rel=\"next\""),
            true,
        ),
    ] {
        assert_eq!(
            next_target(&link),
            next.then_some(target.as_str()),
            "{link}"
        );
    }
});
