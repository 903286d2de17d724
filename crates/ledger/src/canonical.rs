//! Canonical JSON (RFC 8785), without floating point.
//!
//! Keys are sorted by their UTF-16 code units (section 3.2.3), strings escaped as little as JSON
//! allows (3.2.2.2), no white space. Of numbers only integers within ±2^53 are taken: each has one
//! form that every JSON reader agrees on. Larger ones go into strings.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::canonical_scan::is_canonical_for_certain;
use crate::float_check::refuse_floats;

/// The largest integer, and its negative the smallest: 2^53.
pub const INTEGER_MAX: u64 = 1 << 53;

/// How deep arrays and objects may be nested: less than what JSON readers commonly accept.
pub const DEPTH_MAX: usize = 64;

/// Why a value has no canonical form here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// A floating-point number, whole ones included.
    #[error("floating-point numbers have no canonical form here; use an integer or a string")]
    Float,
    /// An integer outside ±2^53.
    #[error("the integer {0} is outside ±2^53; write it as a string")]
    Integer(String),
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("nested deeper than {DEPTH_MAX} levels")]
    Depth,
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// The value's own serialisation failed.
    #[error("cannot be serialised: {0}")]
    Serialize(String),
    /// JSON, but in another form than the canonical one.
    #[error("JSON, but not in its canonical form (RFC 8785)")]
    Form,
}

impl serde::ser::Error for CanonicalError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Serialize(message.to_string())
    }
}

/// Bytes known to be canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical(Vec<u8>);

impl Canonical {
    /// The canonical form of `value`.
    ///
    /// # Errors
    /// As [`to_bytes`].
    pub fn of(value: &impl Serialize) -> Result<Self, CanonicalError> {
        to_bytes(value).map(Self)
    }

    /// Takes bytes that must already be in canonical form; they are kept as they are.
    ///
    /// # Errors
    /// As [`check`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, CanonicalError> {
        check(&bytes)?;
        Ok(Self(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, owned.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// The canonical form of `value`.
///
/// # Errors
/// [`CanonicalError`] for floats (NaN and infinities too), integers outside ±2^53, too deep
/// nesting, and where the value's own serialisation fails.
pub fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, CanonicalError> {
    // JSON values turn NaN into null, so floats are looked for before.
    refuse_floats(value)?;
    let value =
        serde_json::to_value(value).map_err(|e| CanonicalError::Serialize(e.to_string()))?;
    let mut out = Vec::new();
    write(&value, DEPTH_MAX, &mut out)?;
    Ok(out)
}

/// Whether `bytes` are exactly the canonical form of the JSON they hold.
pub fn is_canonical(bytes: &[u8]) -> bool {
    check(bytes).is_ok()
}

/// As [`is_canonical`], with the reason.
///
/// # Errors
/// [`CanonicalError::Json`] where it is no JSON, [`CanonicalError::Form`] where it is in another
/// form (duplicate keys included), or what [`to_bytes`] refuses.
pub fn check(bytes: &[u8]) -> Result<(), CanonicalError> {
    if is_canonical_for_certain(bytes) {
        return Ok(());
    }
    check_by_writing(bytes)
}

/// As [`check`], by writing again what was read. It takes several times as long, and says what is
/// wrong.
fn check_by_writing(bytes: &[u8]) -> Result<(), CanonicalError> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|e| CanonicalError::Json(e.to_string()))?;
    let mut out = Vec::with_capacity(bytes.len());
    write(&value, DEPTH_MAX, &mut out)?;
    if out == bytes {
        Ok(())
    } else {
        Err(CanonicalError::Form)
    }
}

fn write(value: &Value, depth: usize, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_integer(number, out)?,
        Value::String(text) => write_string(text, out)?,
        Value::Array(items) => {
            let depth = depth.checked_sub(1).ok_or(CanonicalError::Depth)?;
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(item, depth, out)?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let depth = depth.checked_sub(1).ok_or(CanonicalError::Depth)?;
            write_object(members, depth, out)?;
        }
    }
    Ok(())
}

fn write_object(
    members: &Map<String, Value>,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), CanonicalError> {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    out.push(b'{');
    for (i, (key, value)) in sorted.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write_string(key, out)?;
        out.push(b':');
        write(value, depth, out)?;
    }
    out.push(b'}');
    Ok(())
}

fn write_integer(number: &serde_json::Number, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    let integer = match (number.as_i64(), number.as_u64()) {
        (Some(signed), _) => i128::from(signed),
        (None, Some(unsigned)) => i128::from(unsigned),
        // Larger than 64 bits, or with a fraction or exponent: both are read as floats.
        (None, None) => return Err(CanonicalError::Float),
    };
    if integer.unsigned_abs() > u128::from(INTEGER_MAX) {
        return Err(CanonicalError::Integer(integer.to_string()));
    }
    out.extend_from_slice(integer.to_string().as_bytes());
    Ok(())
}

fn write_string(text: &str, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    // serde_json escapes just as section 3.2.2.2 asks: the short forms, else \u00xx in lower case.
    serde_json::to_writer(out, text).map_err(|e| CanonicalError::Serialize(e.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
    use serde_json::{Value, json};

    use super::{check_by_writing, to_bytes};
    use crate::canonical_scan::is_canonical_for_certain;

    /// What makes one form into another.
    const ODD: &[u8] = br#" "{}[],:\u0e1.-tn"#;

    fn json() -> impl Strategy<Value = Value> {
        let text = || prop_oneof!["[ -~]{0,6}", any::<String>(), "[\\x00-\\x1f\"\\\\]{0,4}"];
        let integer = prop_oneof![any::<i64>(), -20i64..20, (1i64 << 53) - 3..(1i64 << 53) + 3];
        let leaf = prop_oneof![
            any::<bool>().prop_map(|b| json!(b)),
            integer.prop_map(|n| json!(n)),
            text().prop_map(|s| json!(s)),
            any::<f64>().prop_map(|f| json!(f)),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map(text(), inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Whatever the scan says yes to is what writing it again says yes to.
        #[test]
        fn the_scan_is_never_more_lenient_than_writing(
            value in json(),
            changes in proptest::collection::vec((any::<u16>(), any::<u8>(), 0u8..3), 0..3),
        ) {
            let mut bytes = serde_json::to_vec(&value).unwrap_or_default();
            if let Ok(canonical) = to_bytes(&value) {
                bytes = canonical;
            }
            for (at, byte, how) in changes {
                let at = usize::from(at) % (bytes.len() + 1);
                match how {
                    0 => bytes.insert(at, byte),
                    1 if at < bytes.len() => drop(bytes.remove(at)),
                    _ if at < bytes.len() => bytes[at] = ODD[usize::from(byte) % ODD.len()],
                    _ => {}
                }
            }
            let certain = is_canonical_for_certain(&bytes);
            prop_assert!(!certain || check_by_writing(&bytes).is_ok(), "{:?}", String::from_utf8_lossy(&bytes));
        }

        /// And what is like our entries needs no second look.
        #[test]
        fn the_scan_knows_what_was_written(text in any::<String>(), n in 0i64..1 << 53) {
            let bytes = to_bytes(&json!({ "a": [text, null, -n], "b": { "": n, "c": {}, "d": [] } })).unwrap();
            prop_assert_eq!(is_canonical_for_certain(&bytes), true);
        }
    }

    #[test]
    fn only_the_one_form_of_each_value_is_certain() {
        for good in [
            "0",
            "-1",
            "9007199254740992",
            "-9007199254740992",
            "[]",
            "{}",
            "[[],{}]",
            r#"{"a":1,"b":[true,false,null,""]}"#,
            r#""\u0000\u001f\n\"\\""#,
            "\"\u{7f}\u{20ac}\"",
        ] {
            assert!(is_canonical_for_certain(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "-",
            "-0",
            "00",
            "01",
            "1.0",
            "1e3",
            "9007199254740993",
            "99999999999999999999999",
            " 1",
            "1 ",
            "[1,]",
            "[,1]",
            "[1 ,2]",
            "{\"a\":1,}",
            "{\"b\":1,\"a\":1}",
            "{\"a\":1,\"a\":1}",
            "{a:1}",
            "{\"a\"}",
            "tru",
            "truex",
            "\"",
            "\"\\\"",
            r#""\/""#,
            r#""\u000a""#,
            r#""\u001F""#,
            r#""\u0041""#,
            r#""\u00""#,
            "\"\n\"",
            "[",
            "{",
            "{\"a\":",
            "1]",
        ] {
            assert!(!is_canonical_for_certain(bad.as_bytes()), "{bad}");
            assert!(check_by_writing(bad.as_bytes()).is_err(), "{bad}");
        }
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        for depth in [super::DEPTH_MAX, super::DEPTH_MAX + 1] {
            let text = deep(depth);
            assert_eq!(
                is_canonical_for_certain(text.as_bytes()),
                check_by_writing(text.as_bytes()).is_ok()
            );
        }
    }
}
