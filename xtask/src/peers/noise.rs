//! Bytes that cannot be compressed, and are the same each time.

use std::io::Write;

/// How many bytes are written at once.
const CHUNK: usize = 1 << 16;

/// A stream of bytes that a seed determines: SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", 2014).
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Writes this many bytes.
    pub(crate) fn write(mut self, to: &mut impl Write, size: u64) -> std::io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        let mut left = size;
        while left > 0 {
            for word in chunk.chunks_exact_mut(8) {
                word.copy_from_slice(&self.next().to_le_bytes());
            }
            let some = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            to.write_all(&chunk[..some])?;
            left -= some as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_determines_the_bytes() {
        let bytes = |seed, size| {
            let mut bytes = Vec::new();
            Noise::new(seed).write(&mut bytes, size).unwrap();
            bytes
        };
        // The first value that the authors' program gives for the seed 0.
        assert_eq!(bytes(0, 8), 0xe220_a839_7b1d_cdaf_u64.to_le_bytes());
        let long = bytes(5, 100_001);
        assert_eq!(long.len(), 100_001);
        assert_eq!(long, bytes(5, 100_001));
        assert_ne!(long, bytes(6, 100_001));
        assert_ne!(long[..CHUNK - 8], long[8..CHUNK]);
    }
}
