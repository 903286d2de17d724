use liftlock_attest::{SUBJECTS_MAX, Statement, WhyNot};
use liftlock_oci::Digest;

use crate::samples::{image, statement};

#[test]
fn it_is_written_with_exactly_the_fields_of_the_specification() {
    let hex = image().hex();
    let expected = format!(
        "{{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{{\"name\":\
         \"registry.example.com/shop\",\"digest\":{{\"sha256\":\"{hex}\"}}}}],\"predicateType\":\
         \"https://in-toto.io/attestation/test-result/v0.1\",\"predicate\":{{\"configuration\":[],\
         \"passedTests\":[\"it works\"],\"result\":\"PASSED\"}}}}"
    );
    let bytes = statement().to_bytes();
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), expected);
    assert_eq!(Statement::read(&bytes).unwrap(), statement());
}

fn refused(text: &str) -> WhyNot {
    Statement::read(text.as_bytes()).unwrap_err()
}

fn with(kind: &str, subjects: &str) -> String {
    format!(r#"{{"_type":"{kind}","subject":[{subjects}],"predicateType":"x:y","predicate":{{}}}}"#)
}

const V1: &str = "https://in-toto.io/Statement/v1";

#[test]
fn what_two_readers_could_take_differently_is_refused() {
    let one = format!(r#"{{"name":"","digest":{{"sha256":"{}"}}}}"#, image().hex());
    assert!(Statement::read(with(V1, &one).as_bytes()).is_ok());
    let other = with("https://in-toto.io/Statement/v2", &one);
    assert!(matches!(refused(&other), WhyNot::OtherStatement { .. }));
    assert!(matches!(refused(&with(V1, "")), WhyNot::Unreadable { .. }));
    let twice = with(V1, &one).replacen("{", r#"{"predicateType":"a:b","#, 1);
    assert!(matches!(refused(&twice), WhyNot::Unreadable { .. }));
    let two_digests = one.replacen(r#"{"sha256""#, r#"{"sha256":"00","sha256""#, 1);
    assert!(matches!(
        refused(&with(V1, &two_digests)),
        WhyNot::Unreadable { .. }
    ));
    let many = vec![one.as_str(); SUBJECTS_MAX + 1].join(",");
    let error = refused(&with(V1, &many)).to_string();
    assert!(error.contains("more than 1000 in a list"), "{error}");
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let deep = with(V1, &one).replacen("{}", &deep, 1);
    assert!(matches!(refused(&deep), WhyNot::Unreadable { .. }));
}

#[test]
fn a_subject_without_sha256_is_no_image() {
    let hex = image().hex();
    for digests in [
        format!(r#""sha512":"{hex}""#),
        format!(r#""sha256":"{}""#, hex.to_uppercase()),
        r#""sha256":"""#.to_owned(),
    ] {
        let text = with(V1, &format!(r#"{{"name":"{hex}","digest":{{{digests}}}}}"#));
        let read = Statement::read(text.as_bytes()).unwrap();
        assert!(!read.is_about(&image()), "{digests}");
        assert!(!read.is_about(&Digest::of(b"")), "{digests}");
    }
}
