//! A blob that is being written into a layout.

use liftlock_oci::{Digest, Hasher};

use super::temporary::TemporaryFile;
use super::{Layout, LayoutError};

/// A blob on its way into a layout: hashed as it is written, and put into its place only if its
/// bytes are those of its digest. Dropped before that, it leaves nothing behind.
pub struct BlobFile {
    file: TemporaryFile,
    hasher: Hasher,
    digest: Digest,
    size: u64,
    written: u64,
}

impl Layout {
    /// Begins to write the blob with this digest and size in bytes. One that is already there
    /// stays until the new one is complete.
    pub fn begin_blob(&self, digest: Digest, size: u64) -> Result<BlobFile, LayoutError> {
        self.sweep_once();
        Ok(BlobFile {
            file: TemporaryFile::beside(&self.blob_path(digest))?,
            hasher: Hasher::new(),
            digest,
            size,
            written: 0,
        })
    }
}

impl BlobFile {
    /// Takes the next bytes. Fails where they are more than the blob's size.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), LayoutError> {
        self.written += bytes.len() as u64;
        if self.written > self.size {
            let message = format!("more than its {} bytes came", self.size);
            return Err(self.damaged(message));
        }
        self.hasher.update(bytes);
        self.file.write(bytes)
    }

    /// Puts the blob into its place, flushed to the disk. Bytes of another size or digest are
    /// [`LayoutError::Damaged`], and nothing is kept of them.
    pub fn finish(self) -> Result<(), LayoutError> {
        if self.written != self.size {
            let message = format!("{} of its {} bytes came", self.written, self.size);
            return Err(self.damaged(message));
        }
        let actual = self.hasher.clone().finish();
        if actual != self.digest {
            return Err(self.damaged(format!("the bytes that came have {actual}")));
        }
        self.file.put_in_place()
    }

    fn damaged(&self, message: String) -> LayoutError {
        LayoutError::Damaged {
            path: self.file.place().to_owned(),
            digest: self.digest,
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &std::path::Path) -> usize {
        std::fs::read_dir(folder.join("blobs/sha256"))
            .unwrap()
            .count()
    }

    #[test]
    fn only_the_right_bytes_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let digest = Digest::of(b"layer");
        for (size, pieces) in [
            (5, ["lay", "eR"]),
            (5, ["lay", ""]),
            (4, ["lay", "er"]),
            (6, ["lay", "er"]),
        ] {
            let mut blob = layout.begin_blob(digest, size).unwrap();
            let written = pieces.iter().try_for_each(|p| blob.write(p.as_bytes()));
            let result = written.and_then(|()| blob.finish());
            assert!(matches!(result, Err(LayoutError::Damaged { .. })));
            assert_eq!(files(folder.path()), 0);
        }
        drop(layout.begin_blob(digest, 5).unwrap());
        assert_eq!(files(folder.path()), 0);
        let mut blob = layout.begin_blob(digest, 5).unwrap();
        blob.write(b"lay").unwrap();
        blob.write(b"er").unwrap();
        assert_eq!(layout.blob_size(digest).unwrap(), None);
        blob.finish().unwrap();
        assert_eq!(layout.blob_size(digest).unwrap(), Some(5));
        assert_eq!(files(folder.path()), 1);
    }

    #[test]
    fn a_damaged_blob_is_mended_by_writing_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let digest = layout.put_blob(b"layer").unwrap();
        std::fs::write(layout.blob_path(digest), "la").unwrap();
        layout.put_blob(b"layer").unwrap();
        assert_eq!(layout.blob_size(digest).unwrap(), Some(5));
    }

    #[test]
    fn leftovers_go_with_the_first_write() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let digest = Digest::of(b"layer");
        let left = folder
            .path()
            .join(format!("blobs/sha256/{}.1-0.tmp", digest.hex()));
        let foreign = folder.path().join("blobs/sha256/notes.1-0.tmp");
        let index = folder.path().join("index.json.1-0.tmp");
        for path in [&left, &foreign, &index] {
            std::fs::write(path, "left").unwrap();
        }
        let again = Layout::open(folder.path()).unwrap();
        assert!(left.exists(), "reading changes nothing");
        again.put_blob(b"x").unwrap();
        assert!(!left.exists() && !index.exists() && foreign.exists());
        drop(layout);
    }
}
