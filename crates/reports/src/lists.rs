//! JSON lists with a limit on what is kept.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

use crate::ReportError;

/// A list of which at most `MAX` items are kept; that there were more is remembered, so that a
/// long list costs no memory and is still refused.
pub(crate) struct Limited<T, const MAX: usize> {
    items: Vec<T>,
    over: bool,
}

impl<T, const MAX: usize> Limited<T, MAX> {
    /// The items, or the error that there were more than `MAX` of `what`.
    pub(crate) fn within(self, what: &'static str) -> Result<Vec<T>, ReportError> {
        if self.over {
            return Err(ReportError::Limit { what, max: MAX });
        }
        Ok(self.items)
    }

    /// The first item, where there is one, however many there are.
    pub(crate) fn first(self) -> Option<T> {
        self.items.into_iter().next()
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Limited<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
    type Value = Limited<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < MAX {
            match list.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(Limited { items, over: false }),
            }
        }
        let mut over = false;
        while list.next_element::<IgnoredAny>()?.is_some() {
            over = true;
        }
        Ok(Limited { items, over })
    }
}
