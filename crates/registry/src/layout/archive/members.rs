//! The list of an archive's members.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use liftlock_oci::Digest;
use tar::EntryType;

use super::LayoutError;
use super::blocks::Blocks;
use super::extensions::Extensions;
use super::header::{BLOCK, MemberHeader};
use super::member_name::{MemberName, shown};

/// How many members, of whatever kind, an archive may have.
const MEMBERS_MAX: usize = 200_000;

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
    /// The first member that no layout has, and what is wrong with it.
    pub(super) stray: Option<String>,
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
            if !archive.take_extension(&header, data, &mut extensions)? {
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
        let twice = match MemberName::of(name) {
            MemberName::Marker => self.marker.replace(span).is_some(),
            MemberName::Index => self.index.replace(span).is_some(),
            // The first counts, and its bytes are compared with its digest when it is read.
            MemberName::Blob(digest) => {
                if self.blobs.contains_key(&digest) {
                    self.stray(name, "is there twice");
                }
                self.blobs.entry(digest).or_insert(span);
                false
            }
            MemberName::DockerArchive => {
                self.docker_archive = true;
                self.stray(name, "is no part of a layout");
                return Ok(());
            }
            MemberName::LayoutBelow => {
                self.below = Some(shown(name));
                self.stray(name, "is no part of a layout");
                return Ok(());
            }
            MemberName::Folder if header.kind == EntryType::Directory => return Ok(()),
            MemberName::Folder | MemberName::Other => {
                self.stray(name, stray(&header.kind, name));
                return Ok(());
            }
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

    /// Notes the first member that does not belong there.
    fn stray(&mut self, name: &[u8], problem: &str) {
        let line = || format!("its member {} {problem}", shown(name));
        self.stray.get_or_insert_with(line);
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

/// What is wrong with a member that no layout has.
fn stray(kind: &EntryType, name: &[u8]) -> &'static str {
    let escapes =
        name.starts_with(b"/") || name.split(|byte| *byte == b'/').any(|part| part == b"..");
    match kind {
        EntryType::Link | EntryType::Symlink => "is a link",
        EntryType::Char | EntryType::Block | EntryType::Fifo => "is a device",
        _ if escapes => "has a path that leads out of the folder",
        _ => "is no part of a layout",
    }
}
