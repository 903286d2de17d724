//! Canonical JSON (RFC 8785), without floating point.
//!
//! Keys are sorted by their UTF-16 code units (section 3.2.3), strings escaped as little as JSON
//! allows (3.2.2.2), no white space. Of numbers only integers within ±2^53 are taken: each has one
//! form that every JSON reader agrees on. Larger ones go into strings.

use serde::Serialize;
use serde_json::{Map, Value};

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
