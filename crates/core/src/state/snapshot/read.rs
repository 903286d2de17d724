//! Reading a state's parts: where each chunk is, not what is in it.

use std::sync::Arc;

use rpds::VectorSync;

use super::{Element, Parts, SnapshotError};
use crate::State;
use crate::state::chunk::{CHUNK, Chunk};
use crate::state::places::Places;
use crate::state::series::Series;

pub(super) struct Reader<'a> {
    whole: &'a Arc<[u8]>,
    at: usize,
}

const SHORT: SnapshotError = SnapshotError::Shape("it ends too early");

impl<'a> Reader<'a> {
    pub(super) fn new(whole: &'a Arc<[u8]>) -> Result<(State, Self), SnapshotError> {
        let mut reader = Self { whole, at: 0 };
        let length = reader.long()?;
        let state = serde_json::from_slice(reader.take(length)?)?;
        Ok((state, reader))
    }

    pub(super) fn finish(self) -> Result<(), SnapshotError> {
        if self.at == self.whole.len() {
            return Ok(());
        }
        Err(SnapshotError::Shape("something follows its end"))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], SnapshotError> {
        let end = self.at.checked_add(length).ok_or(SHORT)?;
        let taken = self.whole.get(self.at..end).ok_or(SHORT)?;
        self.at = end;
        Ok(taken)
    }

    fn long(&mut self) -> Result<usize, SnapshotError> {
        let bytes = self.take(8)?.first_chunk().ok_or(SHORT)?;
        usize::try_from(u64::from_le_bytes(*bytes)).map_err(|_| SHORT)
    }

    fn shorts(
        &mut self,
        count: usize,
    ) -> Result<impl Iterator<Item = u32> + use<'a>, SnapshotError> {
        let bytes = self.take(count.checked_mul(4).ok_or(SHORT)?)?;
        let numbers = bytes.chunks_exact(4).filter_map(<[u8]>::first_chunk);
        Ok(numbers.map(|bytes| u32::from_le_bytes(*bytes)))
    }
}

impl Parts for Reader<'_> {
    fn series<T: Element>(&mut self, series: &mut Series<T>) -> Result<(), SnapshotError> {
        let len = self.long()?;
        let lengths = self.shorts(len.div_ceil(CHUNK))?;
        let mut chunks = VectorSync::new_sync();
        for length in lengths {
            let start = self.at;
            self.take(length as usize)?;
            chunks.push_back_mut(Chunk::written(self.whole, start, self.at));
        }
        *series = Series::of(chunks, len);
        Ok(())
    }

    fn places(&mut self, places: &mut Places) -> Result<(), SnapshotError> {
        let count = self.long()?;
        let mut numbers = self.shorts(count.checked_mul(2).ok_or(SHORT)?)?;
        let mut pairs = Vec::with_capacity(count);
        while let (Some(hash), Some(place)) = (numbers.next(), numbers.next()) {
            pairs.push((hash, place));
        }
        *places = Places::read(pairs);
        Ok(())
    }

    fn number(&mut self, number: &mut usize) -> Result<(), SnapshotError> {
        *number = self.long()?;
        Ok(())
    }
}
