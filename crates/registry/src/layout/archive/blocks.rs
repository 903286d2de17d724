//! An archive's bytes, read block by block, and what to say where they are not as they must be.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use tar::EntryType;

use super::LayoutError;
use super::extensions::{EXTENSION_BYTES_MAX, Extensions};
use super::header::{BLOCK, Block, MemberHeader};

/// The first bytes of what is compressed, and what undoes it.
const COMPRESSED: [(&[u8], &str); 4] = [
    (b"\x1f\x8b", "gunzip"),
    (b"\x28\xb5\x2f\xfd", "zstd -d"),
    (b"\xfd7zXZ", "unxz"),
    (b"BZh", "bunzip2"),
];

/// The archive's bytes.
pub(super) struct Blocks<'a> {
    pub(super) file: &'a File,
    pub(super) len: u64,
    pub(super) path: &'a Path,
}

impl Blocks<'_> {
    pub(super) fn header(&self, at: u64) -> Result<Block, LayoutError> {
        let mut block = [0; BLOCK as usize];
        // A short file is first of all no archive; what it is, its first bytes say.
        let short = usize::try_from(self.len).unwrap_or(block.len());
        if at == 0 && short < block.len() {
            self.read(at, &mut block[..short])?;
            return Err(self.damaged(at, &block));
        }
        self.read(at, &mut block)?;
        Ok(block)
    }

    /// Reads what an extension header says of the next member. `false` for any other header.
    pub(super) fn take_extension(
        &self,
        header: &MemberHeader,
        data: u64,
        next: &mut Extensions,
    ) -> Result<bool, LayoutError> {
        let bad = || self.refused("it has a pax header that cannot be read; pack it again");
        match header.kind {
            EntryType::GNULongName => next.take_name(&self.extension(data, header.size)?),
            EntryType::XHeader => {
                let records = self.extension(data, header.size)?;
                next.take_records(&records).ok_or_else(bad)?;
            }
            EntryType::XGlobalHeader => {
                let mut all = Extensions::default();
                let records = self.extension(data, header.size)?;
                all.take_records(&records).ok_or_else(bad)?;
                if !all.is_empty() {
                    return Err(self.refused("it has a global pax header for all members"));
                }
            }
            // The target of a link; links mean nothing here.
            EntryType::GNULongLink => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extension(&self, at: u64, size: u64) -> Result<Vec<u8>, LayoutError> {
        if size > EXTENSION_BYTES_MAX {
            let limit = EXTENSION_BYTES_MAX;
            let message = format!("it has an extension header of more than {limit} bytes");
            return Err(self.refused(&message));
        }
        let mut bytes = vec![0; size as usize];
        self.read(at, &mut bytes)?;
        Ok(bytes)
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> Result<(), LayoutError> {
        if at + bytes.len() as u64 > self.len {
            return Err(self.cut_off());
        }
        self.file
            .read_exact_at(bytes, at)
            .map_err(|error| LayoutError::io(self.path, error))
    }

    /// Where the next header is, behind `size` bytes of data from `data` on and their padding.
    pub(super) fn end_of(&self, data: u64, size: u64) -> Result<u64, LayoutError> {
        let end = data.checked_add(size).filter(|end| *end <= self.len);
        let padded = end.and_then(|end| end.checked_next_multiple_of(BLOCK));
        padded.ok_or_else(|| self.cut_off())
    }

    fn cut_off(&self) -> LayoutError {
        let message = "it ends in the middle; it was cut off, so get or pack it again";
        self.refused(message)
    }

    pub(super) fn damaged(&self, at: u64, block: &Block) -> LayoutError {
        if at > 0 {
            let message = format!("its header at byte {at} is damaged; get or pack it again");
            return self.refused(&message);
        }
        let packed = COMPRESSED
            .iter()
            .find(|(magic, _)| block.starts_with(magic));
        match packed {
            Some((_, tool)) => {
                self.refused(&format!("it is compressed; undo that first, with {tool}"))
            }
            None => self.refused("it is not a tar archive"),
        }
    }

    pub(super) fn refused(&self, message: &str) -> LayoutError {
        LayoutError::not_a_layout(self.path, message)
    }
}
