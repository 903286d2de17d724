//! Lists that are cheap to clone, however long a history they hold: what is the same is shared.

use std::fmt;
use std::ops::Index;
use std::sync::Arc;

use rpds::VectorSync;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list that only grows, of which a clone costs nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Series<T>(VectorSync<Arc<T>>);

impl<T> Default for Series<T> {
    fn default() -> Self {
        Self(VectorSync::new_sync())
    }
}

impl<T> Series<T> {
    /// The element at a place, from 0.
    pub fn get(&self, place: usize) -> Option<&T> {
        self.0.get(place).map(Arc::as_ref)
    }

    /// The last one.
    pub fn last(&self) -> Option<&T> {
        self.0.last().map(Arc::as_ref)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.0.iter().map(Arc::as_ref)
    }

    pub(super) fn push(&mut self, element: T) {
        self.0.push_back_mut(Arc::new(element));
    }
}

impl<T: Clone> Series<T> {
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        self.0.get_mut(place).map(Arc::make_mut)
    }
}

impl<T> Index<usize> for Series<T> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        &self.0[place]
    }
}

impl<T: PartialEq, const N: usize> PartialEq<[T; N]> for Series<T> {
    fn eq(&self, other: &[T; N]) -> bool {
        self.iter().eq(other)
    }
}

impl<'a, T> IntoIterator for &'a Series<T> {
    type Item = &'a T;
    type IntoIter = Box<dyn Iterator<Item = Self::Item> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl<T: fmt::Debug> fmt::Debug for Series<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Serialize> Serialize for Series<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Series<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut series = Self::default();
        for element in Vec::deserialize(deserializer)? {
            series.push(element);
        }
        Ok(series)
    }
}
