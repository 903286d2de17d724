//! `WWW-Authenticate`: each line is one header value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_registry::parse::{Challenge, challenge};

fuzz_target!(|text: &str| {
    let values: Vec<&str> = text.lines().collect();
    let chosen = challenge(&values);
    let alone: Vec<_> = values
        .iter()
        .filter_map(|value| challenge(&[value]))
        .collect();
    // Several values are the sum of each alone, and Bearer goes before Basic.
    let bearer = alone.iter().find(|c| matches!(c, Challenge::Bearer { .. }));
    assert_eq!(chosen.as_ref(), bearer.or(alone.first()));
    let Some(Challenge::Bearer { realm, service }) = chosen else {
        return;
    };
    assert!(realm.len() <= text.len());
    // As RFC 9110 writes them, they are read the same again, whatever stands around them.
    let mut written = format!("Bearer realm={}", quoted(&realm));
    if let Some(service) = &service {
        written += &format!(",service={}", quoted(service));
    }
    let expected = Some(Challenge::Bearer { realm, service });
    for value in [
        format!("{written},scope=\"repository:a/b:pull,push\""),
        format!("Negotiate, {written}"),
        format!("Basic realm=\"a, Bearer realm=\\\"b\\\"\", {written}, Basic realm=\"c\""),
    ] {
        assert_eq!(challenge(&[&value]), expected, "{value}");
    }
});

/// A quoted-string (RFC 9110, section 5.6.4).
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
