//! Maps that are cheap to clone and to load, however long a history they hold.

use std::fmt;
use std::ops::Index;

use super::places::{Key, Places};
use super::series::Series;
use super::slot::Slot;

/// A map of which a clone costs nothing: a list of what came, in that order, and where to find it.
/// What was removed leaves a gap, and comes in again at the end.
#[derive(Clone)]
pub struct Kept<K, V> {
    slots: Series<Option<(K, V)>>,
    places: Places,
    len: usize,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self {
            slots: Series::default(),
            places: Places::default(),
            len: 0,
        }
    }
}

impl<K, V> Kept<K, V> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Its parts, for a snapshot.
    pub(super) fn parts(&mut self) -> (&mut Series<Option<(K, V)>>, &mut Places, &mut usize) {
        (&mut self.slots, &mut self.places, &mut self.len)
    }
}

impl<K: Key, V> Kept<K, V>
where
    Option<(K, V)>: Slot,
{
    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.at(self.place(key)?).map(|(_, value)| value)
    }

    /// Whether a key has a value.
    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_some()
    }

    /// Keys and values, by key. All of them are read for it.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        let mut all: Vec<_> = self.in_order().collect();
        all.sort_by_key(|(key, _)| *key);
        all.into_iter()
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.iter().map(|(key, _)| key)
    }

    /// The values, by key.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.iter().map(|(_, value)| value)
    }

    /// Keys and values, in the order in which they came in.
    pub fn in_order(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        (0..self.slots.len()).filter_map(|place| self.at(place))
    }

    /// What is at a place in that order.
    pub(super) fn at(&self, place: usize) -> Option<(&K, &V)> {
        let slot = self.slots.get(place)?.as_ref();
        slot.map(|(key, value)| (key, value))
    }

    /// Where a key is in that order.
    pub(super) fn place(&self, key: &K) -> Option<usize> {
        let mut places = self.places.at(key.hashed());
        places.find(|place| self.at(*place).is_some_and(|(known, _)| known == key))
    }

    /// Puts a value in the place of the one before, or at the end. Where it is.
    pub(super) fn put(&mut self, key: K, value: V) -> usize {
        match self.place(&key) {
            Some(place) => {
                self.slots.set(place, Some((key, value)));
                place
            }
            None => self.push(key, value),
        }
    }

    /// Puts a value at the end, also where there was one before.
    pub(super) fn put_last(&mut self, key: K, value: V) {
        self.remove(&key);
        self.push(key, value);
    }

    pub(super) fn remove(&mut self, key: &K) {
        if let Some(place) = self.place(key) {
            self.slots.set(place, None);
            self.len -= 1;
        }
    }

    fn push(&mut self, key: K, value: V) -> usize {
        let place = self.slots.len();
        self.places.add(&key, place);
        self.slots.push(Some((key, value)));
        self.len += 1;
        place
    }
}

impl<K: Key + Clone, V: Clone> Kept<K, V>
where
    Option<(K, V)>: Slot,
{
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key)?;
        let slot = self.slots.get_mut(place)?.as_mut();
        slot.map(|(_, value)| value)
    }
}

impl<K: Key, V> Index<&K> for Kept<K, V>
where
    Option<(K, V)>: Slot,
{
    type Output = V;

    fn index(&self, key: &K) -> &V {
        self.get(key).as_slice()[0]
    }
}

impl<K: Eq, V: Eq> PartialEq for Kept<K, V>
where
    Option<(K, V)>: Slot,
{
    fn eq(&self, other: &Self) -> bool {
        self.slots == other.slots && self.places == other.places && self.len == other.len
    }
}

impl<K: Eq, V: Eq> Eq for Kept<K, V> where Option<(K, V)>: Slot {}

impl<'a, K: Key, V> IntoIterator for &'a Kept<K, V>
where
    Option<(K, V)>: Slot,
{
    type Item = (&'a K, &'a V);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        let all: Vec<_> = self.iter().collect();
        all.into_iter()
    }
}

impl<K, V> fmt::Debug for Kept<K, V>
where
    K: Key + fmt::Debug,
    V: fmt::Debug,
    Option<(K, V)>: Slot,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
