//! What an extension header says about the member behind it: GNU's long names and the records of
//! pax (POSIX.1-2024, pax, "pax Header Block").

use tar::PaxExtensions;

/// The largest extension header that is read, in bytes. A layout's names need none at all.
pub(super) const EXTENSION_BYTES_MAX: u64 = 64 * 1024;

/// What replaces the fields of the next header.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pub(super) name: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    /// The member is stored with its holes left out.
    pub(super) sparse: bool,
}

impl Extensions {
    /// Takes GNU's long name.
    pub(super) fn take_name(&mut self, bytes: &[u8]) {
        let end = bytes.iter().position(|byte| *byte == 0);
        self.name = Some(bytes[..end.unwrap_or(bytes.len())].to_vec());
    }

    /// Takes pax records; `None` where they cannot be read.
    pub(super) fn take_records(&mut self, bytes: &[u8]) -> Option<()> {
        for record in PaxExtensions::new(bytes) {
            let record = record.ok()?;
            match record.key_bytes() {
                b"path" => self.name = Some(record.value_bytes().to_vec()),
                b"size" => self.size = Some(record.value().ok()?.parse().ok()?),
                key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        }
        Some(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.name.is_none() && self.size.is_none() && !self.sparse
    }
}
