//! What registries send to a webhook. The first byte says which registry, and in which mode.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_hooks::incoming::{PUSHES_MAX, RegistryHook, RegistryKind, read_registry};
use reqwest::header::{HeaderMap, HeaderValue};

const HOST: &str = "registry.example.com";

fuzz_target!(|data: &[u8]| {
    let Some((which, body)) = data.split_first() else {
        return;
    };
    let kinds = [
        RegistryKind::Distribution,
        RegistryKind::Harbor,
        RegistryKind::Zot,
    ];
    let mut headers = HeaderMap::new();
    match (which >> 2) % 3 {
        0 => {
            headers.insert("ce-specversion", HeaderValue::from_static("1.0"));
            let kind = HeaderValue::from_static("zotregistry.image.updated");
            headers.insert("ce-type", kind);
        }
        1 => {
            let structured = HeaderValue::from_static("application/cloudevents+json");
            headers.insert("content-type", structured);
        }
        _ => {}
    }
    let hook = RegistryHook {
        name: "fuzz".to_owned(),
        kind: kinds[usize::from(which & 3) % 3],
        host: HOST.to_owned(),
        secrets: Vec::new(),
    };
    let Ok(pushes) = read_registry(&hook, &headers, body) else {
        return;
    };
    assert!(pushes.pushed.len() <= PUSHES_MAX);
    for pushed in pushes.pushed {
        // Nothing that is sent names another registry, or nothing at all.
        assert_eq!(pushed.repository.host(), HOST);
        assert!(pushed.tag.is_some() || pushed.digest.is_some());
        if let Some(by) = pushed.by {
            assert!(by.chars().count() <= 120 && !by.chars().any(char::is_control));
        }
    }
});
