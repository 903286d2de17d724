//! The files a policy names are what was adopted.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use liftlock_engine::ports::DeliveryError;
use liftlock_oci::{Digest, Hasher};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// The largest file a policy may name, in bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Reads each file and compares its digest with the adopted one.
///
/// # Errors
/// [`DeliveryError::File`] for a file that is not there, not readable, too large or not in
/// the adopted policy; [`DeliveryError::FileChanged`].
pub(crate) async fn verify(
    base_dir: &Path,
    named: &[&String],
    adopted: &BTreeMap<String, Digest>,
) -> Result<(), DeliveryError> {
    if let Some(file) = named
        .iter()
        .find(|file| !adopted.contains_key(file.as_str()))
    {
        return Err(failed(
            file,
            "the adopted policy has no digest of it; run `liftlock policy apply`",
        ));
    }
    for (file, adopted) in adopted {
        let found = digest(base_dir, file).await?;
        if found != *adopted {
            return Err(DeliveryError::FileChanged {
                file: file.clone(),
                adopted: *adopted,
                found,
            });
        }
    }
    Ok(())
}

async fn digest(base_dir: &Path, file: &str) -> Result<Digest, DeliveryError> {
    let unreadable = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound => failed(
            file,
            &format!("there is no such file in {}", base_dir.display()),
        ),
        _ => failed(file, &e.to_string()),
    };
    let path = base_dir.join(file);
    // Asked of the path and not of the open file: opening a fifo would wait for its writer.
    let metadata = tokio::fs::metadata(&path).await.map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(failed(file, "it is not a regular file"));
    }
    let opened = File::open(&path).await.map_err(unreadable)?;
    let mut limited = opened.take(FILE_BYTES_MAX + 1);
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = limited.read(&mut buffer).await.map_err(unreadable)?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
    }
    if limited.limit() == 0 {
        return Err(failed(
            file,
            &format!("it is larger than {FILE_BYTES_MAX} bytes"),
        ));
    }
    Ok(hasher.finish())
}

fn failed(file: &str, message: &str) -> DeliveryError {
    DeliveryError::File {
        file: file.to_owned(),
        message: message.to_owned(),
    }
}
