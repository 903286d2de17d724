//! One header block of a tar file (POSIX.1-2024, pax, "ustar Interchange Format").

use tar::{EntryType, Header};

/// The size of a block, in bytes. Headers have one, and data fills whole ones.
pub(super) const BLOCK: u64 = 512;

pub(super) type Block = [u8; BLOCK as usize];

/// What a header says.
#[derive(Debug)]
pub(super) struct MemberHeader {
    pub(super) kind: EntryType,
    pub(super) name: Vec<u8>,
    /// The bytes of data behind the header, without their padding.
    pub(super) size: u64,
}

impl MemberHeader {
    /// Reads a header; `None` where its checksum or its size is wrong.
    pub(super) fn read(block: &Block) -> Option<Self> {
        let header = Header::from_byte_slice(block);
        let sum = header.cksum().ok()?;
        // Old archives summed the bytes as signed ones.
        if sum != sum_of(block, u32::from) && sum != sum_of(block, |b| b.cast_signed() as u32) {
            return None;
        }
        Some(Self {
            kind: header.entry_type(),
            name: header.path_bytes().into_owned(),
            size: header.entry_size().ok()?,
        })
    }

    /// Whether there is data behind the header; links, folders and devices have none, whatever
    /// size they say.
    pub(super) fn has_data(&self) -> bool {
        !matches!(
            self.kind,
            EntryType::Link
                | EntryType::Symlink
                | EntryType::Char
                | EntryType::Block
                | EntryType::Directory
                | EntryType::Fifo
        )
    }

    pub(super) fn is_regular(&self) -> bool {
        matches!(self.kind, EntryType::Regular | EntryType::Continuous)
    }
}

/// The sum of all bytes, with the checksum's own eight counted as spaces.
fn sum_of(block: &Block, value: impl Fn(u8) -> u32) -> u32 {
    let bytes = block.iter().enumerate();
    bytes
        .map(|(at, byte)| match at {
            148..156 => u32::from(b' '),
            _ => value(*byte),
        })
        .fold(0, u32::wrapping_add)
}
