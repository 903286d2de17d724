//! The canonical form, against RFC 8785's own examples and by property.

use liftlock_ledger::canonical::{CanonicalError, DEPTH_MAX, check, is_canonical, to_bytes};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Value, json};

#[test]
fn keys_are_sorted_by_utf16_code_units() {
    // RFC 8785, section 3.2.3.
    let value = json!({
        "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet",
        "1": "One", "\u{1f600}": "Emoji", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O",
    });
    let text = String::from_utf8(to_bytes(&value).unwrap()).unwrap();
    let order = [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O",
        "Euro Sign",
        "Emoji",
        "Hebrew Letter Dalet",
    ];
    let places: Vec<usize> = order.iter().map(|name| text.find(name).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn strings_are_escaped_as_the_rfc_says() {
    // RFC 8785, section 3.2.2, its "string" member.
    let value = json!("\u{20ac}$\u{f}\nA'B\"\\\\\"/\u{8}\u{c}\t\r\u{7f}");
    let expected = "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\f\\t\\r\u{7f}\"";
    assert_eq!(to_bytes(&value).unwrap(), expected.as_bytes());
}

#[test]
fn floats_and_large_integers_are_refused() {
    for float in [0.0, 1.5, f64::NAN, f64::INFINITY] {
        assert_eq!(to_bytes(&float), Err(CanonicalError::Float));
        assert_eq!(
            to_bytes(&vec![Some((1, float))]),
            Err(CanonicalError::Float)
        );
    }
    let edge = 1i64 << 53;
    assert_eq!(to_bytes(&edge).unwrap(), b"9007199254740992");
    assert_eq!(to_bytes(&-edge).unwrap(), b"-9007199254740992");
    for over in [
        i128::from(edge) + 1,
        -i128::from(edge) - 1,
        i128::from(u64::MAX),
    ] {
        assert_eq!(
            to_bytes(&over),
            Err(CanonicalError::Integer(over.to_string()))
        );
    }
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| (1..depth).fold(json!([]), |inner, _| json!([inner]));
    assert!(to_bytes(&nested(DEPTH_MAX)).is_ok());
    assert_eq!(to_bytes(&nested(DEPTH_MAX + 1)), Err(CanonicalError::Depth));
    let hostile = "[".repeat(100_000);
    assert!(matches!(
        check(hostile.as_bytes()),
        Err(CanonicalError::Json(_))
    ));
}

#[test]
fn other_forms_of_the_same_json_are_not_canonical() {
    assert!(is_canonical(br#"{"a":1,"b":[true,null,"x"]}"#));
    for other in [
        r#"{"b":1,"a":1}"#,
        r#"{"a": 1}"#,
        r#"{"a":1,"a":1}"#,
        r#"{"a":1.0}"#,
        r#"{"a":1e2}"#,
        r#"{"a":-0}"#,
        r#"{"a":"\u0041"}"#,
        r#"{"a":"\/"}"#,
        "{\"a\":1}\n",
        " {}",
        "",
        "{} {}",
        r#"{"a":"\u000F"}"#,
        "\u{feff}{}",
    ] {
        assert!(!is_canonical(other.as_bytes()), "{other}");
    }
    assert!(!is_canonical(b"\"\xff\""));
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(1i64 << 53)..=1 << 53).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn the_form_keeps_the_value_and_is_its_own(value in values()) {
        let bytes = to_bytes(&value).unwrap();
        prop_assert!(is_canonical(&bytes));
        prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
    }

    #[test]
    fn white_space_is_never_canonical(value in values()) {
        let pretty = serde_json::to_vec_pretty(&value).unwrap();
        prop_assert_eq!(is_canonical(&pretty), pretty == to_bytes(&value).unwrap());
    }
}
