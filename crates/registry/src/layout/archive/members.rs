//! The list of an archive's members.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use liftlock_oci::Digest;
use tar::EntryType;

use super::super::layout_files::digest_of_hex;
use super::extensions::{EXTENSION_BYTES_MAX, Extensions};
use super::header::{BLOCK, Block, MemberHeader};
use super::{INDEX, LayoutError, MARKER};

/// How many members, of whatever kind, an archive may have.
const MEMBERS_MAX: usize = 200_000;

/// The first bytes of what is compressed, and what undoes it.
const COMPRESSED: [(&[u8], &str); 4] = [
    (b"\x1f\x8b", "gunzip"),
    (b"\x28\xb5\x2f\xfd", "zstd -d"),
    (b"\xfd7zXZ", "unxz"),
    (b"BZh", "bunzip2"),
];

/// Where a member's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) offset: u64,
    pub(super) size: u64,
}

/// The members that a layout has.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) marker: Option<Span>,
    pub(super) index: Option<Span>,
    pub(super) blobs: HashMap<Digest, Span>,
    /// What older versions of docker save have instead of a layout.
    docker_archive: bool,
    /// A layout that is not at the top.
    below: Option<String>,
}

impl Members {
    /// Reads the headers of an archive of `len` bytes.
    pub(super) fn read(file: &File, len: u64, path: &Path) -> Result<Self, LayoutError> {
        let archive = Blocks { file, len, path };
        let mut members = Self::default();
        let mut extensions = Extensions::default();
        let mut at = 0;
        for _ in 0..MEMBERS_MAX {
            let block = archive.header(at)?;
            if block.iter().all(|byte| *byte == 0) {
                return Ok(members);
            }
            let mut header =
                MemberHeader::read(&block).ok_or_else(|| archive.damaged(at, &block))?;
            let data = at + BLOCK;
            match header.kind {
                EntryType::GNULongName => {
                    extensions.take_name(&archive.extension(data, header.size)?);
                }
                EntryType::XHeader => {
                    let records = archive.extension(data, header.size)?;
                    let taken = extensions.take_records(&records);
                    taken.ok_or_else(|| archive.damaged(at, &block))?;
                }
                EntryType::XGlobalHeader => {
                    let mut all = Extensions::default();
                    let records = archive.extension(data, header.size)?;
                    if all.take_records(&records).is_none() || !all.is_empty() {
                        return Err(archive.refused("it has a global pax header for all members"));
                    }
                }
                EntryType::GNULongLink => {}
                _ => {
                    let said = std::mem::take(&mut extensions);
                    if said.sparse || header.kind == EntryType::GNUSparse {
                        let message = "it has sparse members; pack it without --sparse";
                        return Err(archive.refused(message));
                    }
                    header.name = said.name.unwrap_or(header.name);
                    header.size = match said.size {
                        _ if !header.has_data() => 0,
                        Some(size) => size,
                        None => header.size,
                    };
                    members.take(&header, data, &archive)?;
                }
            }
            at = archive.end_of(data, header.size)?;
        }
        Err(archive.refused(&format!("it has more than {MEMBERS_MAX} members")))
    }

    fn take(
        &mut self,
        header: &MemberHeader,
        offset: u64,
        archive: &Blocks<'_>,
    ) -> Result<(), LayoutError> {
        let span = Span {
            offset,
            size: header.size,
        };
        let mut name = header.name.as_slice();
        while let Some(rest) = name.strip_prefix(b"./") {
            name = rest;
        }
        let twice = match Named::of(name) {
            Named::Marker => self.marker.replace(span).is_some(),
            Named::Index => self.index.replace(span).is_some(),
            // The first counts, and its bytes are compared with its digest when it is read.
            Named::Blob(digest) => {
                self.blobs.entry(digest).or_insert(span);
                false
            }
            Named::DockerArchive => {
                self.docker_archive = true;
                return Ok(());
            }
            Named::LayoutBelow => {
                self.below = Some(shown(name));
                return Ok(());
            }
            Named::Other => return Ok(()),
        };
        if !header.is_regular() {
            let name = shown(name);
            return Err(archive.refused(&format!("its member {name} is no regular file")));
        }
        if twice {
            let name = shown(name);
            return Err(archive.refused(&format!("its member {name} is there twice")));
        }
        Ok(())
    }

    /// Why an archive without `oci-layout` is none.
    pub(super) fn no_layout(&self, path: &Path) -> LayoutError {
        let message = match &self.below {
            Some(below) => format!(
                "its layout is not at the top, but at {below}; pack the layout's folder with \
                 tar -C FOLDER -cf ARCHIVE ."
            ),
            None if self.docker_archive => format!(
                "it is a docker archive; save the image as a layout, with docker 25 or later or \
                 crane pull --format=oci, or convert it with \
                 skopeo copy docker-archive:{} oci-archive:NEW",
                path.display()
            ),
            None => "it has no oci-layout file".to_owned(),
        };
        LayoutError::not_a_layout(path, &message)
    }
}

/// What a name means in a layout.
enum Named {
    Marker,
    Index,
    Blob(Digest),
    DockerArchive,
    LayoutBelow,
    Other,
}

impl Named {
    fn of(name: &[u8]) -> Self {
        let Ok(name) = std::str::from_utf8(name) else {
            return Self::Other;
        };
        match name {
            MARKER => Self::Marker,
            INDEX => Self::Index,
            "manifest.json" => Self::DockerArchive,
            _ if name.ends_with("/oci-layout") => Self::LayoutBelow,
            _ => name
                .strip_prefix("blobs/sha256/")
                .and_then(digest_of_hex)
                .map_or(Self::Other, Self::Blob),
        }
    }
}

/// A name for a message.
fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    name.chars()
        .take(120)
        .flat_map(char::escape_debug)
        .collect()
}

/// The archive's bytes.
struct Blocks<'a> {
    file: &'a File,
    len: u64,
    path: &'a Path,
}

impl Blocks<'_> {
    fn header(&self, at: u64) -> Result<Block, LayoutError> {
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
    fn end_of(&self, data: u64, size: u64) -> Result<u64, LayoutError> {
        let end = data.checked_add(size).filter(|end| *end <= self.len);
        let padded = end.and_then(|end| end.checked_next_multiple_of(BLOCK));
        padded.ok_or_else(|| self.cut_off())
    }

    fn cut_off(&self) -> LayoutError {
        let message = "it ends in the middle; it was cut off, so get or pack it again";
        self.refused(message)
    }

    fn damaged(&self, at: u64, block: &Block) -> LayoutError {
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

    fn refused(&self, message: &str) -> LayoutError {
        LayoutError::not_a_layout(self.path, message)
    }
}
