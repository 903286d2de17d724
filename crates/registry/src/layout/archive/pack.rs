//! Packing a layout.

use std::io::Read;
use std::path::Path;

use liftlock_oci::{Digest, Hasher};
use tar::{EntryType, Header};

use super::super::Layout;
use super::super::files::{folder_of, read_file};
use super::super::temporary::{TemporaryFile, sweep};
use super::header::{BLOCK, Block};
use super::{INDEX, INDEX_BYTES_MAX, LayoutError, MARKER, MARKER_BYTES_MAX};

/// The first size in bytes that the ustar format cannot say; GNU's can.
const USTAR_SIZE_END: u64 = 1 << 33;

const BUFFER_BYTES: usize = 256 * 1024;

/// Packs a layout as a tar file: `oci-layout`, `index.json`, then all blobs by digest, each
/// verified as it is packed. Nothing else is in it, and its times and modes are fixed, so the
/// same content makes the same bytes. It is written beside `target`, flushed, and renamed.
pub fn pack(layout: &Layout, target: &Path) -> Result<(), LayoutError> {
    if let Some(name) = target.file_name() {
        sweep(folder_of(target), |place| name == place);
    }
    let mut archive = TemporaryFile::beside(target)?;
    for (name, limit) in [(MARKER, MARKER_BYTES_MAX), (INDEX, INDEX_BYTES_MAX)] {
        let path = layout.root.join(name);
        let bytes = read_file(&path, limit)?
            .ok_or_else(|| LayoutError::not_a_layout(&path, "it is not there"))?;
        archive.write(&header(
            name,
            EntryType::Regular,
            bytes.len() as u64,
            &path,
        )?)?;
        archive.write(&bytes)?;
        archive.write(padding(bytes.len() as u64))?;
    }
    for folder in ["blobs/", "blobs/sha256/"] {
        archive.write(&header(folder, EntryType::Directory, 0, target)?)?;
    }
    let mut buffer = vec![0; BUFFER_BYTES];
    for digest in layout.blobs()? {
        add_blob(&mut archive, layout, digest, &mut buffer)?;
    }
    archive.write(&[0; 2 * BLOCK as usize])?;
    archive.put_in_place()
}

fn add_blob(
    archive: &mut TemporaryFile,
    layout: &Layout,
    digest: Digest,
    buffer: &mut [u8],
) -> Result<(), LayoutError> {
    let path = layout.blob_path(digest);
    let damaged = |message: String| LayoutError::Damaged {
        path: path.clone(),
        digest,
        message,
    };
    let gone = || damaged("it has gone since it was listed".to_owned());
    let (file, size) = layout.open_blob(digest)?.ok_or_else(gone)?;
    let name = format!("blobs/sha256/{}", digest.hex());
    archive.write(&header(&name, EntryType::Regular, size, &path)?)?;
    let mut hasher = Hasher::new();
    // Not a byte more than the header says, even if the file grows.
    let mut file = file.take(size);
    loop {
        let count = file
            .read(buffer)
            .map_err(|error| LayoutError::io(&path, error))?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        archive.write(&buffer[..count])?;
    }
    // A file that has become shorter has another digest.
    let actual = hasher.finish();
    if actual != digest {
        return Err(damaged(format!("its bytes have {actual}")));
    }
    archive.write(padding(size))
}

fn header(name: &str, kind: EntryType, size: u64, path: &Path) -> Result<Block, LayoutError> {
    let mut header = if size < USTAR_SIZE_END {
        Header::new_ustar()
    } else {
        Header::new_gnu()
    };
    header
        .set_path(name)
        .map_err(|error| LayoutError::io(path, error))?;
    header.set_entry_type(kind);
    let mode = if kind == EntryType::Directory {
        0o755
    } else {
        0o644
    };
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_cksum();
    Ok(*header.as_bytes())
}

fn padding(size: u64) -> &'static [u8] {
    static ZEROS: Block = [0; BLOCK as usize];
    let over = (size % BLOCK) as usize;
    if over == 0 { &[] } else { &ZEROS[over..] }
}
