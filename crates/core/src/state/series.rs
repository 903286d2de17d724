//! Lists that are cheap to clone and to load, however long a history they hold: what is the same is
//! shared, and what is in a snapshot is read when it is first looked at.

use std::fmt;
use std::ops::Index;
use std::sync::Arc;

use rpds::VectorSync;

use super::chunk::{CHUNK, Chunk};
use super::slot::Slot;

/// A list that only grows, of which a clone costs nothing.
#[derive(Clone)]
pub struct Series<T> {
    chunks: VectorSync<Chunk<T>>,
    len: usize,
}

impl<T> Default for Series<T> {
    fn default() -> Self {
        Self {
            chunks: VectorSync::new_sync(),
            len: 0,
        }
    }
}

impl<T> Series<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn of(chunks: VectorSync<Chunk<T>>, len: usize) -> Self {
        Self { chunks, len }
    }

    pub(super) fn chunks(&self) -> impl Iterator<Item = &Chunk<T>> {
        self.chunks.iter()
    }
}

impl<T: Slot> Series<T> {
    /// The element at a place, from 0.
    pub fn get(&self, place: usize) -> Option<&T> {
        let chunk = self.chunks.get(place / CHUNK)?;
        chunk.items().get(place % CHUNK).map(Arc::as_ref)
    }

    /// The last one.
    pub fn last(&self) -> Option<&T> {
        self.get(self.len.checked_sub(1)?)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        (0..self.len).filter_map(|place| self.get(place))
    }

    pub(super) fn push(&mut self, element: T) {
        if self.len.is_multiple_of(CHUNK) {
            self.chunks.push_back_mut(Chunk::default());
        }
        if let Some(items) = self.items_mut(self.len / CHUNK) {
            items.push(Arc::new(element));
        }
        self.len += 1;
    }

    pub(super) fn set(&mut self, place: usize, element: T) {
        let items = self.items_mut(place / CHUNK);
        if let Some(kept) = items.and_then(|items| items.get_mut(place % CHUNK)) {
            *kept = Arc::new(element);
        }
    }

    /// The elements of a chunk, to be changed. They are read first where they are shared, so that
    /// the list as it was has them too, and knows whether they could be read.
    fn items_mut(&mut self, chunk: usize) -> Option<&mut Vec<Arc<T>>> {
        self.chunks.get(chunk)?.items();
        self.chunks.get_mut(chunk)?.items_mut()
    }
}

impl<T: Slot + Clone> Series<T> {
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        let items = self.items_mut(place / CHUNK)?;
        items.get_mut(place % CHUNK).map(Arc::make_mut)
    }
}

impl<T: Slot> Index<usize> for Series<T> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        &self.chunks[place / CHUNK].items()[place % CHUNK]
    }
}

impl<T: Slot + PartialEq> PartialEq for Series<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<T: Slot + Eq> Eq for Series<T> {}

impl<T: Slot + PartialEq, const N: usize> PartialEq<[T; N]> for Series<T> {
    fn eq(&self, other: &[T; N]) -> bool {
        self.iter().eq(other)
    }
}

impl<'a, T: Slot> IntoIterator for &'a Series<T> {
    type Item = &'a T;
    type IntoIter = Box<dyn Iterator<Item = Self::Item> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl<T: Slot + fmt::Debug> fmt::Debug for Series<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
