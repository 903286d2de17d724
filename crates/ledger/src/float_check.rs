//! Looks for floating-point numbers in a value, before JSON can turn NaN into null.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::canonical::{CanonicalError, DEPTH_MAX};

/// Fails with [`CanonicalError::Float`] where `value` holds an `f32` or `f64`, and with
/// [`CanonicalError::Depth`] where it is nested too deep to be walked safely.
pub(crate) fn refuse_floats(value: &(impl Serialize + ?Sized)) -> Result<(), CanonicalError> {
    value.serialize(FloatCheck {
        depth: 2 * DEPTH_MAX,
    })
}

/// Accepts everything but floats. The depth counts enum variants as levels too, so it is only a
/// bound for the stack; the exact limit is applied where JSON is written.
#[derive(Clone, Copy)]
struct FloatCheck {
    depth: usize,
}

impl FloatCheck {
    fn deeper(self) -> Result<Self, CanonicalError> {
        let depth = self.depth.checked_sub(1).ok_or(CanonicalError::Depth)?;
        Ok(Self { depth })
    }
}

/// Scalars that are always fine.
macro_rules! accept {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, _: $type) -> Result<(), CanonicalError> { Ok(()) })*
    };
}

/// Compounds: each element is looked at with the same checker.
macro_rules! compound {
    ($($trait:ident { $($method:ident($($skip:ty)?)),* }),* $(,)?) => {
        $(impl $trait for FloatCheck {
            type Ok = ();
            type Error = CanonicalError;
            $(fn $method<T: Serialize + ?Sized>(
                &mut self,
                $(_: $skip,)?
                value: &T,
            ) -> Result<(), CanonicalError> {
                value.serialize(*self)
            })*
            fn end(self) -> Result<(), CanonicalError> {
                Ok(())
            }
        })*
    };
}

compound! {
    SerializeSeq { serialize_element() },
    SerializeTuple { serialize_element() },
    SerializeTupleStruct { serialize_field() },
    SerializeTupleVariant { serialize_field() },
    SerializeMap { serialize_key(), serialize_value() },
    SerializeStruct { serialize_field(&'static str) },
    SerializeStructVariant { serialize_field(&'static str) },
}

type Checked = Result<FloatCheck, CanonicalError>;

impl Serializer for FloatCheck {
    type Ok = ();
    type Error = CanonicalError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    accept! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_i64: i64, serialize_i128: i128, serialize_u8: u8, serialize_u16: u16,
        serialize_u32: u32, serialize_u64: u64, serialize_u128: u128, serialize_char: char,
        serialize_str: &str, serialize_bytes: &[u8], serialize_unit_struct: &'static str,
    }

    fn serialize_f32(self, _: f32) -> Result<(), CanonicalError> {
        Err(CanonicalError::Float)
    }

    fn serialize_f64(self, _: f64) -> Result<(), CanonicalError> {
        Err(CanonicalError::Float)
    }

    fn serialize_none(self) -> Result<(), CanonicalError> {
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), CanonicalError> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
    ) -> Result<(), CanonicalError> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CanonicalError> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), CanonicalError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), CanonicalError> {
        value.serialize(self.deeper()?)
    }

    fn serialize_seq(self, _: Option<usize>) -> Checked {
        self.deeper()
    }

    fn serialize_tuple(self, _: usize) -> Checked {
        self.deeper()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Checked {
        self.deeper()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Checked {
        self.deeper()
    }

    fn serialize_map(self, _: Option<usize>) -> Checked {
        self.deeper()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Checked {
        self.deeper()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Checked {
        self.deeper()
    }
}
