//! Inputs as tar files.

/// A tar file's block, in bytes (POSIX.1-2024, pax, "ustar Interchange Format").
const BLOCK: usize = 512;
/// Where a header has its checksum, and where the word `ustar`.
const SUM: std::ops::Range<usize> = 148..156;
const MAGIC: std::ops::Range<usize> = 257..262;

/// The input as whole blocks with two empty ones behind, and with right checksums: a mutation
/// hardly ever makes one.
pub fn tar_of(data: &[u8]) -> Vec<u8> {
    let mut tar = data.to_vec();
    tar.resize(data.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
    for header in tar
        .chunks_exact_mut(BLOCK)
        .filter(|block| block[MAGIC] == *b"ustar")
    {
        header[SUM].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    tar
}
