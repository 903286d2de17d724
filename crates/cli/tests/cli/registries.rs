//! Registries that are away, or want to know who asks.

use std::io::{Read, Write};
use std::net::TcpListener;

use liftlock_testkit::Output;

use crate::sample::{SHOP, shop};
use crate::scenario::{LIFTLOCK, Scenario};

/// A server that answers every request with the same words, until the test ends.
fn answering(status: &'static str, header: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\n{header}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

fn replaced(s: &mut Scenario, address: &str, words: &[&str]) {
    let output = s.world.run(LIFTLOCK, words);
    assert_eq!(output.code, 1, "{output:?}");
    assert_eq!(output.stdout, "");
    assert!(
        output.stderr.contains(address),
        "{address} is not named: {output:?}"
    );
    let state = s.world.folder().join(".liftlock/state.db");
    let words: Vec<String> = words
        .iter()
        .map(|w| w.replace(address, "ADDRESS"))
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let stderr = output.stderr.replace(address, "ADDRESS");
    s.keep(LIFTLOCK, &words, &Output { stderr, ..output });
    assert!(
        !state.exists()
            || s.quietly(&["release", "list"])
                .stdout
                .contains("no releases")
    );
}

#[test]
fn a_registry_that_cannot_be_used_is_named() {
    let mut s = shop();
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").to_string()
    };
    let denied = answering(
        "401 Unauthorized",
        "WWW-Authenticate: Basic realm=\"x\"",
        "",
    );
    let forbidden = answering(
        "403 Forbidden",
        "Content-Type: application/json",
        r#"{"errors":[{"code":"DENIED","message":"requested access is \u001b[2Jdenied"}]}"#,
    );
    let page = answering("200 OK", "Content-Type: text/html", "<html>");
    for address in [gone, denied, forbidden, page] {
        s.world.write_pipeline(&SHOP.replace("REGISTRY", &address));
        let reference = format!("{address}/shop/api:build-1");
        replaced(
            &mut s,
            &address,
            &["release", "create", "1.0.0", &reference, "-n"],
        );
        replaced(&mut s, &address, &["image", "inspect", &reference]);
        replaced(
            &mut s,
            &address,
            &["image", "list", &format!("{address}/shop/api")],
        );
    }
    s.end("registries");
}

/// The registry goes away between a release and its promotion.
#[test]
fn nothing_is_promoted_without_its_registry() {
    let mut s = shop();
    crate::sample::release(&s, "1.0.0", "build-1");
    let address = s.world.registry().address();
    s.world.registry().watch(|_| liftlock_testkit::Answer::Fail);
    let promote = ["promote", "1.0.0", "--to", "development", "--as", "ci"];
    let output = s.ends(1, &promote);
    assert!(output.stderr.contains(&address) || output.stdout.contains(&address));
    s.world.registry().unwatch();
    assert_eq!(s.world.registry().tag("shop/api", "development"), None);
    s.ends(0, &["status"]);
    s.ends(
        0,
        &[
            "promote",
            "1.0.0",
            "--to",
            "development",
            "--as",
            "ci",
            "-q",
        ],
    );
    s.end("registry_away");
}

#[test]
fn an_image_that_is_gone_refuses_the_promotion() {
    let mut s = shop();
    crate::sample::release(&s, "1.0.0", "build-1");
    let digest = s.world.registry().tag("shop/api", "build-1");
    let digest = digest.expect("a tag").to_string();
    let blobs = s.world.folder().join("../registry/shop/api/blobs/sha256");
    let manifest = blobs.join(digest.trim_start_matches("sha256:"));
    std::fs::remove_file(manifest).expect("a manifest");
    let promote = ["promote", "1.0.0", "--to", "development", "--as", "ci"];
    let output = s.ends(1, &promote);
    assert!(output.stderr.starts_with("error: "), "{output:?}");
    assert_eq!(s.world.registry().tag("shop/api", "development"), None);
    s.end("image_gone");
}
