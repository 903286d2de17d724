//! References, and the repositories, tags, digests and platforms in them.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use liftlock_oci::{Digest, Platform, Reference, Repository, Tag};
use url::Url;

fuzz_target!(|text: &str| {
    if let Some(reference) = read_back::<Reference>(text) {
        check_repository(&reference.repository);
        // What follows the repository is as it was written.
        let shown = reference.to_string();
        let rest = &shown[reference.repository.to_string().len()..];
        assert!(text.ends_with(rest), "{shown}");
    }
    if let Some(repository) = read_back::<Repository>(text) {
        check_repository(&repository);
        let path_end = text.len() - repository.path().len().min(text.len());
        assert!(repository.path().ends_with(&text[path_end..]));
    }
    // These have one form each.
    for shown in [
        read_back::<Digest>(text).map(|digest| digest.to_string()),
        read_back::<Tag>(text).map(|tag| tag.to_string()),
        read_back::<Platform>(text).map(|platform| platform.to_string()),
    ] {
        assert!(shown.is_none_or(|shown| shown == text));
    }
});

/// What the text names, which must be the same when shown and read again.
fn read_back<T: FromStr + Display + Debug + PartialEq>(text: &str) -> Option<T> {
    let value: T = text.parse().ok()?;
    let shown = value.to_string();
    match shown.parse::<T>() {
        Ok(again) => assert_eq!(again, value, "{shown}"),
        Err(_) => panic!("{shown} cannot be read again"),
    }
    Some(value)
}

/// A repository leads to one host and path, and to nothing else in an address.
fn check_repository(repository: &Repository) {
    let (host, path) = (repository.host(), repository.path());
    assert!(repository.to_string().len() <= 255);
    let Ok(url) = Url::parse(&format!("https://{host}/v2/{path}/tags/list")) else {
        // A name can look like an address or like Punycode that is none.
        assert!(looks_special(host), "{host} is in no address");
        return;
    };
    assert_eq!(url.path(), format!("/v2/{path}/tags/list"));
    assert_eq!((url.username(), url.password()), ("", None));
    assert_eq!((url.query(), url.fragment()), (None, None));
}

fn looks_special(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    let mut labels = name.rsplit('.');
    let number = |label: &str| label.starts_with(|c: char| c.is_ascii_digit());
    let punycode = |label: &str| {
        label
            .get(..4)
            .is_some_and(|s| s.eq_ignore_ascii_case("xn--"))
    };
    labels.clone().any(punycode) || labels.next().is_some_and(number)
}
