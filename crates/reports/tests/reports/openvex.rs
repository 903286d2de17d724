//! `openvex.json` is of the specification's shape.

use liftlock_reports::{PRODUCTS_MAX, STATEMENTS_MAX, SUBJECTS_MAX, Status, read};

use super::{check, sample};

#[test]
fn statements_are_read_in_the_order_of_time() {
    check(sample("openvex"), "Openvex Undecided  at 1772706667000000");
    let facts = read(sample("openvex").as_bytes()).unwrap();
    let firsts: String = facts.subjects.iter().map(|d| d.hex().remove(0)).collect();
    assert_eq!(firsts, "123");
    let said: Vec<_> = facts
        .statements
        .iter()
        .map(|one| (one.id.as_str(), one.status, one.subjects.len(), one.partial))
        .collect();
    let expected = [
        ("CVE-2024-5535", Status::UnderInvestigation, 1, false),
        ("CVE-2024-0001", Status::Fixed, 1, true),
        ("CVE-2024-5535", Status::NotAffected, 2, false),
    ];
    assert_eq!(said, expected);
    let last = facts.statements.last().unwrap();
    assert_eq!(last.aliases, ["GHSA-4fc7-mvrr-wv2c"]);
    let why = last.justification.as_deref();
    assert_eq!(why, Some("vulnerable_code_not_in_execute_path"));
}

/// A document of one statement with these fields.
fn document(context: &str, statement: &str) -> String {
    format!(
        r#"{{"@context":"{context}","author":"a","timestamp":"2026-03-04T08:00:00Z","statements":[{statement}]}}"#
    )
}

const NS: &str = "https://openvex.dev/ns/v0.2.0";

fn about(product: &str) -> String {
    let vulnerability = r#""vulnerability":{"name":"CVE-1"},"status":"fixed""#;
    document(
        NS,
        &format!(r#"{{{vulnerability},"products":[{product}]}}"#),
    )
}

#[test]
fn an_image_is_named_by_digest_or_not_at_all() {
    let hex = "a".repeat(64);
    let none = "Empty: the report holds no statement on an image that it names by digest…";
    for (product, expected) in [
        (format!(r#"{{"@id":"pkg:oci/a@sha256:{hex}"}}"#), "Openvex…"),
        (
            format!(r#"{{"@id":"pkg:oci/a@sha256%3A{hex}?tag=1#x"}}"#),
            "Openvex…",
        ),
        (
            format!(r#"{{"@id":"r.example.com/a@sha256:{hex}"}}"#),
            "Openvex…",
        ),
        (
            format!(r#"{{"@id":"x","identifiers":{{"purl":"pkg:oci/a@sha256%3a{hex}"}}}}"#),
            "Openvex…",
        ),
        (format!(r#"{{"hashes":{{"sha-256":"{hex}"}}}}"#), "Openvex…"),
        (format!(r#""pkg:oci/a@sha256:{hex}""#), "Openvex…"),
        (r#"{"@id":"pkg:oci/a"}"#.to_owned(), none),
        (r#"{"@id":"pkg:oci/a@v1"}"#.to_owned(), none),
        (format!(r#"{{"@id":"pkg:generic/a@sha256:{hex}"}}"#), none),
        (format!(r#"{{"@id":"pkg:oci/a?x=b@sha256:{hex}"}}"#), none),
        ("{}".to_owned(), none),
        (
            r#"{"@id":"pkg:oci/a@sha256:aa"}"#.to_owned(),
            "Unsupported: products.@id is \"sha256:aa\"…",
        ),
        (
            r#"{"hashes":{"sha-256":"AA"}}"#.to_owned(),
            "Unsupported: products.hashes.sha-256…",
        ),
        ("7".to_owned(), "Json: …"),
    ] {
        check(about(&product), expected);
    }
}

#[test]
fn the_first_version_is_read_too() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let statement = |more: &str| {
        format!(
            r#"{{"vulnerability":"CVE-1","products":["pkg:oci/a@{digest}"],"status":"fixed"{more}}}"#
        )
    };
    let whole = document("https://openvex.dev/ns", &statement(""));
    assert!(!read(whole.as_bytes()).unwrap().statements[0].partial);
    let parts = document(
        "https://openvex.dev/ns",
        &statement(r#","subcomponents":["pkg:apk/alpine/zlib@1"]"#),
    );
    assert!(read(parts.as_bytes()).unwrap().statements[0].partial);
}

#[test]
fn what_is_missing_or_unknown_is_refused() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let good = about(&format!(r#"{{"@id":"pkg:oci/a@{digest}"}}"#));
    for (from, to, expected) in [
        (
            NS,
            "https://openvex.dev/ns/v0.3.0",
            "Unsupported: @context is …",
        ),
        ("\"fixed\"", "\"mitigated\"", "Json: …"),
        (
            "\"fixed\"",
            "\"not_affected\"",
            "Unsupported: statements.justification or impact_statement…",
        ),
        (
            "\"fixed\"",
            "\"not_affected\",\"justification\":\" \"",
            "Unsupported: statements.justification…",
        ),
        (
            "\"fixed\"",
            "\"not_affected\",\"impact_statement\":\"no\"",
            "Openvex…",
        ),
        ("\"author\":\"a\",", "", "Json: …"),
        ("08:00:00Z", "08:00:00", "Unsupported: timestamp is …"),
        (
            "\"fixed\"",
            "\"fixed\",\"timestamp\":\"soon\"",
            "Unsupported: statements.timestamp is \"soon\"…",
        ),
        (
            "\"CVE-1\"",
            "\"\"",
            "Unsupported: vulnerability.name is \"\"…",
        ),
        (
            "\"CVE-1\"",
            "\"CVE-1\",\"aliases\":[\"\"]",
            "Unsupported: vulnerability.aliases is \"\"…",
        ),
        ("\"products\":[", "\"products\":{}, \"x\":[", "Json: …"),
        ("\"products\":[", "\"x\":[", "Empty: …"),
    ] {
        assert!(good.contains(from), "{from}");
        check(good.replacen(from, to, 1), expected);
    }
}

#[test]
fn statements_products_and_digests_are_limited() {
    let product = |n: usize| format!(r#"{{"@id":"pkg:oci/a@sha256:{n:064x}"}}"#);
    let products = |count: usize| (0..count).map(product).collect::<Vec<_>>().join(",");
    check(about(&products(SUBJECTS_MAX)), "Openvex…");
    check(
        about(&products(SUBJECTS_MAX + 1)),
        "Limit: the report has more images in one statement than the limit of 64…",
    );
    let others = vec![r#"{"@id":"pkg:oci/a"}"#; PRODUCTS_MAX].join(",");
    check(
        about(&format!("{others},{}", product(0))),
        "Limit: the report has more products than the limit of 1000…",
    );
    let one = r#"{"vulnerability":"CVE-1","status":"fixed"}"#;
    let many = vec![one; STATEMENTS_MAX + 1].join(",");
    check(
        document(NS, &many),
        "Limit: the report has more statements than the limit of 10000…",
    );
}
