//! Where a passphrase comes from. Never from the arguments, which every user of the machine sees.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use liftlock_attest::{PASSPHRASE_BYTES_MAX, Passphrase};
use liftlock_verbs::Failure;

/// Looked at in this order; the second is what cosign reads.
const VARIABLES: [&str; 2] = ["LIFTLOCK_KEY_PASSPHRASE", "COSIGN_PASSWORD"];

/// The option of verbs that use a private key.
#[derive(Debug, Args)]
pub(crate) struct PassphraseArguments {
    /// Read the passphrase from a file, or from stdin with `-`
    /// [default: the variable LIFTLOCK_KEY_PASSPHRASE, or COSIGN_PASSWORD]
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// The passphrase. A last line end in a file is not part of it.
pub(crate) fn passphrase(arguments: &PassphraseArguments) -> Result<Passphrase, Failure> {
    let bytes = match &arguments.passphrase_file {
        Some(path) => without_line_end(read(path)?),
        None => of_environment()?,
    };
    parsed(bytes)
}

/// It as a passphrase.
pub(super) fn parsed(bytes: Vec<u8>) -> Result<Passphrase, Failure> {
    Passphrase::new(bytes).map_err(|error| Failure::usage(error.to_string()))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    // Room for a line end, and one byte more to see that it is too long.
    let limit = PASSPHRASE_BYTES_MAX as u64 + 3;
    let read = match path == Path::new("-") {
        true => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    };
    read.map_err(|error| {
        let shown = path.display();
        Failure::failed(
            "file",
            format!("the passphrase in {shown} cannot be read: {error}"),
        )
    })?;
    Ok(bytes)
}

fn without_line_end(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    bytes
}

/// The passphrase that the environment has.
pub(super) fn of_environment() -> Result<Vec<u8>, Failure> {
    let found = VARIABLES.iter().find_map(std::env::var_os);
    found.map(OsString::into_encoded_bytes).ok_or_else(|| {
        Failure::usage("the key's passphrase is missing").hint(
            "name a file with --passphrase-file FILE (- is stdin), or set \
             LIFTLOCK_KEY_PASSPHRASE",
        )
    })
}
