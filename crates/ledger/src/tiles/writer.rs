//! Hash tiles, made as leaves arrive.

use super::path::{TILE_WIDTH, TileKind, TilePath};
use crate::{Hash, root};

/// A hash tile: its path and its hashes one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Where it belongs.
    pub path: TilePath,
    /// 32 bytes for each hash.
    pub bytes: Vec<u8>,
}

/// Turns leaf hashes into tiles, keeping one unfinished tile a level.
#[derive(Debug, Clone, Default)]
pub struct TileWriter {
    levels: Vec<Level>,
}

#[derive(Debug, Clone, Default)]
struct Level {
    full: u64,
    hashes: Vec<Hash>,
}

impl TileWriter {
    /// A writer that has seen no leaf.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next leaf hash, and gives the tiles it completes, lowest level first.
    pub fn push(&mut self, leaf: Hash) -> Vec<Tile> {
        let mut done = Vec::new();
        let mut node = leaf;
        for number in 0u8..8 {
            if self.levels.len() == usize::from(number) {
                self.levels.push(Level::default());
            }
            let level = &mut self.levels[usize::from(number)];
            level.hashes.push(node);
            if (level.hashes.len() as u64) < TILE_WIDTH {
                break;
            }
            // 256 hashes are a perfect subtree: its root is one hash of the next level.
            node = root(&level.hashes);
            done.extend(tile(number, level));
            level.hashes.clear();
            level.full += 1;
        }
        done
    }

    /// The unfinished tiles of the log as it is now, lowest level first.
    pub fn partial(&self) -> Vec<Tile> {
        (0u8..)
            .zip(&self.levels)
            .filter_map(|(number, level)| tile(number, level))
            .collect()
    }
}

fn tile(number: u8, level: &Level) -> Option<Tile> {
    let kind = TileKind::Hashes { level: number };
    let path = TilePath::new(kind, level.full, level.hashes.len() as u64)?;
    Some(Tile {
        path,
        bytes: level
            .hashes
            .iter()
            .flat_map(|hash| *hash.as_bytes())
            .collect(),
    })
}
