//! Writing a state's parts one after the other.

use super::{Element, Parts, SnapshotError};
use crate::State;
use crate::state::places::Places;
use crate::state::series::Series;

pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn new(state: &State) -> Result<Self, SnapshotError> {
        let json = serde_json::to_vec(state)?;
        let mut writer = Self { bytes: Vec::new() };
        writer.long(json.len());
        writer.bytes.extend(json);
        Ok(writer)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn long(&mut self, number: usize) {
        self.bytes.extend((number as u64).to_le_bytes());
    }

    fn short(&mut self, number: u32) {
        self.bytes.extend(number.to_le_bytes());
    }
}

impl Parts for Writer {
    fn series<T: Element>(&mut self, series: &mut Series<T>) -> Result<(), SnapshotError> {
        self.long(series.len());
        for chunk in series.chunks() {
            let length = u32::try_from(chunk.bytes()?.len());
            self.short(length.map_err(|_| SnapshotError::Shape("a chunk is too large"))?);
        }
        for chunk in series.chunks() {
            self.bytes.extend(chunk.bytes()?);
        }
        Ok(())
    }

    fn places(&mut self, places: &mut Places) -> Result<(), SnapshotError> {
        let pairs = places.sorted();
        self.long(pairs.len());
        for (hash, place) in pairs {
            self.short(hash);
            self.short(place);
        }
        Ok(())
    }

    fn number(&mut self, number: &mut usize) -> Result<(), SnapshotError> {
        self.long(*number);
        Ok(())
    }
}
