//! `Location` and the targets of `Link`: where a registry may send a request on.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_registry::parse::location;
use url::Url;

const PLAIN: &str = "plain.example.com";
/// Registries, and whether they are spoken to over TLS.
const REGISTRIES: [(&str, bool); 4] = [
    ("registry.example.com", true),
    ("registry.example.com:8443", true),
    ("localhost:5000", false),
    (PLAIN, false),
];
/// What was asked: the registry itself, or a place it had already sent the request on to.
const FROM: [&str; 2] = ["/v2/a/b/blobs/uploads/", "https://cdn.example.com/a?b"];

fuzz_target!(|target: &str| {
    let plain_http = [PLAIN.to_owned()];
    for (host, tls) in REGISTRIES {
        for from in FROM {
            let Some((url, home)) = location(host, &plain_http, from, target) else {
                continue;
            };
            let parsed = Url::parse(&url).expect("an address in full");
            check_scheme(&parsed, tls || from.starts_with("https:"));
            // Authorization goes to the very scheme, host and port that the user named.
            let authority = authority(&parsed);
            let same = authority == host && (parsed.scheme() == "https") == tls;
            assert_eq!(home, same, "{url}");
            assert_eq!(location(host, &plain_http, from, &url), Some((url, home)));
        }
    }
});

/// Only a user decides which hosts are spoken to without TLS; loopback is by one on this machine.
fn check_scheme(url: &Url, from_tls: bool) {
    let host = url.host_str().unwrap_or_default();
    let local = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    match url.scheme() {
        "https" => {}
        "http" => assert!(host == PLAIN || (local && !from_tls), "{url}"),
        other => panic!("{other}: {url}"),
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
