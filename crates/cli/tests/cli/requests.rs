//! How many requests a promotion costs.

use crate::sample::shop;
use crate::scenario::{LIFTLOCK, Scenario};

fn lines(s: &Scenario) -> Vec<String> {
    let requests = s.world.registry().take_requests();
    let line = |target: &str| match target.split_once("sha256:") {
        Some((before, _)) => format!("{before}DIGEST"),
        None => target.to_owned(),
    };
    let lines = requests.iter();
    lines
        .map(|r| format!("{} {} {}", r.method, line(&r.target), r.status))
        .collect()
}

/// Without a deployment, in one repository: nothing but tags is written, and nothing is asked for
/// twice that is known.
#[test]
fn a_promotion_that_only_tags_costs_few_requests() {
    let s = shop();
    let reference = s.world.reference("shop/api", "build-1");
    s.world.registry().take_requests();
    s.quietly(&[
        "release", "create", "1.0.0", &reference, "--build", "1", "--as", "ci",
    ]);
    let created = lines(&s);
    s.quietly(&["promote", "1.0.0", "--to", "development", "--as", "ci"]);
    let promoted = lines(&s);
    s.quietly(&["promote", "1.0.0", "--to", "development", "--as", "ci"]);
    let again = lines(&s);
    let asked = s.world.run(
        LIFTLOCK,
        &["promote", "1.0.0", "--to", "staging", "--as", "ci"],
    );
    let waits = lines(&s);
    assert_eq!(asked.code, 4, "{asked:?}");
    s.quietly(&["status"]);
    s.quietly(&["history"]);
    s.quietly(&["release", "show", "1.0.0"]);
    let looked = lines(&s);
    assert_eq!(
        created,
        [
            "GET /v2/shop/api/manifests/build-1 200",
            "HEAD /v2/shop/api/manifests/DIGEST 200",
            "HEAD /v2/shop/api/manifests/DIGEST 200",
            "HEAD /v2/shop/api/manifests/keep-1.0.0 404",
            "PUT /v2/shop/api/manifests/keep-1.0.0 201",
            "HEAD /v2/shop/api/manifests/keep-1.0.0 200",
        ],
        "the index, its two children, and the tag that keeps them"
    );
    assert_eq!(
        promoted,
        [
            "HEAD /v2/shop/api/manifests/DIGEST 200",
            "HEAD /v2/shop/api/manifests/development 404",
            "HEAD /v2/shop/api/manifests/keep-1.0.0 200",
            "HEAD /v2/shop/api/manifests/development 404",
            "GET /v2/shop/api/manifests/DIGEST 200",
            "PUT /v2/shop/api/manifests/development 201",
            "HEAD /v2/shop/api/manifests/development 200",
        ],
        "what is there, then the guard, the manifest, the tag, and the tag read back"
    );
    assert_eq!(again, ["HEAD /v2/shop/api/manifests/development 200"]);
    assert_eq!(
        waits,
        [
            "HEAD /v2/shop/api/manifests/DIGEST 200",
            "HEAD /v2/shop/api/manifests/staging-1 404",
            "HEAD /v2/shop/api/manifests/staging 404",
        ],
        "a tag that can never be written refuses at once"
    );
    assert_eq!(looked, Vec::<String>::new(), "the state tells it");
}

/// Nothing is asked that the data plane does not need.
#[test]
fn image_commands_cost_few_requests() {
    let mut s = Scenario::new();
    s.push("shop/api", "build-1", "one");
    let reference = s.world.reference("shop/api", "build-1");
    let other = s.world.reference("prod/api", "build-1");
    s.world.registry().take_requests();
    s.quietly(&["image", "tag", &reference, "candidate"]);
    let tagged = lines(&s);
    s.quietly(&["image", "copy", &reference, &other, "--no-referrers"]);
    let copied = lines(&s);
    s.quietly(&["image", "copy", &reference, &other, "--no-referrers"]);
    let again = lines(&s);
    assert_eq!(
        tagged,
        [
            "GET /v2/shop/api/manifests/build-1 200",
            "PUT /v2/shop/api/manifests/candidate 201",
            "HEAD /v2/shop/api/manifests/candidate 200",
        ]
    );
    let count = |method: &str| copied.iter().filter(|l| l.starts_with(method)).count();
    assert_eq!(
        (count("GET "), count("POST "), count("PUT "), count("HEAD ")),
        (3, 3, 3, 2),
        "three manifests read, three blobs mounted, three manifests written, and the tag before \
         and after: {copied:?}"
    );
    assert_eq!(again.len(), 4, "three manifests, and the tag: {again:?}");
}
