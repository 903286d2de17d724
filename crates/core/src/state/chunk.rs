//! A stretch of a long list: the elements, the bytes they are written as, or both.

use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::slot::Slot;
use super::snapshot::SnapshotError;

/// How many elements a chunk holds: all but the last one of a list hold as many. More make a
/// snapshot smaller, and the first look at an old element slower.
pub(super) const CHUNK: usize = 32;

/// The most bytes the elements of one chunk may have as JSON: 64 MiB. An entry has less than
/// 64 KiB, and an element comes of few of them.
const CHUNK_BYTES_MAX: usize = 64 << 20;

/// Elements that are read from their bytes when one of them is first looked at, and written as
/// bytes once, however many snapshots they are in.
pub(super) struct Chunk<T> {
    items: OnceLock<Option<Vec<Arc<T>>>>,
    packed: OnceLock<Packed>,
}

/// A chunk's part of a snapshot: the length of its JSON, little endian in four bytes, and that
/// JSON compressed (LZ4's block format).
#[derive(Clone)]
struct Packed {
    whole: Arc<[u8]>,
    start: usize,
    end: usize,
}

impl<T> Clone for Chunk<T> {
    fn clone(&self) -> Self {
        Self {
            items: self.items.clone(),
            packed: self.packed.clone(),
        }
    }
}

impl<T> Default for Chunk<T> {
    fn default() -> Self {
        Self {
            items: OnceLock::from(Some(Vec::with_capacity(CHUNK))),
            packed: OnceLock::new(),
        }
    }
}

impl<T> Chunk<T> {
    /// The chunk that is written in `whole` from `start` to `end`.
    pub(super) fn written(whole: &Arc<[u8]>, start: usize, end: usize) -> Self {
        let whole = Arc::clone(whole);
        Self {
            items: OnceLock::new(),
            packed: OnceLock::from(Packed { whole, start, end }),
        }
    }

    /// Whether its bytes were not found to be unreadable.
    pub(super) fn is_intact(&self) -> bool {
        self.items.get().is_none_or(Option::is_some)
    }
}

impl<T: Slot> Chunk<T> {
    /// The elements; none where the bytes cannot be read.
    pub(super) fn items(&self) -> &[Arc<T>] {
        let items = self.items.get_or_init(|| unpack(self.packed.get()?));
        items.as_deref().unwrap_or_default()
    }

    /// The elements, to be changed; nothing where the bytes cannot be read.
    pub(super) fn items_mut(&mut self) -> Option<&mut Vec<Arc<T>>> {
        self.items();
        let items = self.items.get_mut()?.as_mut()?;
        self.packed = OnceLock::new();
        Some(items)
    }
}

impl<T: Serialize + Slot + PartialEq> Chunk<T> {
    /// The bytes, which were read again once to see that they are these elements.
    pub(super) fn bytes(&self) -> Result<&[u8], SnapshotError> {
        if self.packed.get().is_none() {
            let packed = self.pack()?;
            let _ = self.packed.set(packed);
        }
        let bytes = self.packed.get().and_then(Packed::bytes);
        bytes.ok_or(SnapshotError::Shape("a chunk has no bytes"))
    }

    fn pack(&self) -> Result<Packed, SnapshotError> {
        let items: Vec<&T> = self.items().iter().map(Arc::as_ref).collect();
        let json = serde_json::to_vec(&items)?;
        let length = u32::try_from(json.len()).ok();
        let length = length.filter(|_| json.len() <= CHUNK_BYTES_MAX);
        let length = length.ok_or(SnapshotError::Shape("a chunk is too large"))?;
        let mut whole = length.to_le_bytes().to_vec();
        whole.extend(lz4_flex::block::compress(&json));
        let packed = Packed {
            end: whole.len(),
            start: 0,
            whole: whole.into(),
        };
        if unpack(&packed).as_deref() != Some(self.items()) {
            return Err(SnapshotError::Shape("a chunk is not read as it is written"));
        }
        Ok(packed)
    }
}

impl Packed {
    fn bytes(&self) -> Option<&[u8]> {
        self.whole.get(self.start..self.end)
    }
}

fn unpack<T: Slot>(packed: &Packed) -> Option<Vec<Arc<T>>> {
    let (length, compressed) = packed.bytes()?.split_first_chunk()?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > CHUNK_BYTES_MAX {
        return None;
    }
    let json = lz4_flex::block::decompress(compressed, length).ok()?;
    let items = T::read_all(&json).ok()?;
    (items.len() <= CHUNK).then(|| items.into_iter().map(Arc::new).collect())
}
