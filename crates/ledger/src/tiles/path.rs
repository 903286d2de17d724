//! Tile paths (C2SP tlog-tiles, "Merkle Tree" and "Log Entries").

use std::fmt;
use std::str::FromStr;

/// The number of hashes or entries in a full tile.
pub const TILE_WIDTH: u64 = 256;

/// The highest level of hash tiles.
pub const LEVEL_MAX: u8 = 63;

/// The longest path that is read: seven groups of an index, and a partial width.
const PATH_BYTES_MAX: usize = 64;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// The entries themselves.
    Entries,
    /// Hashes of perfect subtrees of 256^level leaves.
    Hashes {
        /// 0 for leaf hashes.
        level: u8,
    },
}

/// A tile's place: `tile/<level>/<index>[.p/<width>]`, or `tile/entries/...`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// A text is not a tile's path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a tile path")]
pub struct TilePathError(String);

impl TilePath {
    /// The tile at `index` with `width` hashes or entries. `None` where the width is not 1 to 256
    /// or the level over [`LEVEL_MAX`].
    pub fn new(kind: TileKind, index: u64, width: u64) -> Option<Self> {
        let level_fits = !matches!(kind, TileKind::Hashes { level } if level > LEVEL_MAX);
        let width = u16::try_from(width).ok()?;
        let width_fits = (1..=TILE_WIDTH).contains(&u64::from(width));
        (level_fits && width_fits).then_some(Self { kind, index, width })
    }

    /// What it holds.
    pub const fn kind(&self) -> TileKind {
        self.kind
    }

    /// Its place among the tiles of its kind, from 0.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes or entries it holds: 256 where it is full.
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether it will be replaced when the log grows.
    pub fn is_partial(&self) -> bool {
        u64::from(self.width) < TILE_WIDTH
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Entries => f.write_str("tile/entries/")?,
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        // Every group but the last is marked, so that a folder is never also a tile.
        for group in groups.iter().skip(1).rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if self.is_partial() {
            write!(f, ".p/{}", self.width)
        } else {
            Ok(())
        }
    }
}

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(text: &str) -> Result<Self, TilePathError> {
        let error = || TilePathError(text.chars().take(PATH_BYTES_MAX).collect());
        if text.len() > PATH_BYTES_MAX {
            return Err(error());
        }
        let path = read(text).ok_or_else(error)?;
        // One tile has one path: other ways to write its numbers are refused here.
        if path.to_string() == text {
            Ok(path)
        } else {
            Err(error())
        }
    }
}

fn read(text: &str) -> Option<TilePath> {
    let (kind, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let kind = match kind {
        "entries" => TileKind::Entries,
        level => TileKind::Hashes {
            level: level.parse().ok()?,
        },
    };
    let (groups, width) = match rest.split_once(".p/") {
        Some((groups, width)) => (groups, width.parse().ok()?),
        None => (rest, TILE_WIDTH),
    };
    let index = groups.split('/').try_fold(0u64, |index, group| {
        let number: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index.checked_mul(1000)?.checked_add(number)
    })?;
    TilePath::new(kind, index, width)
}

/// The paths of all tiles of a log with `size` entries: bundles first, then hash tiles from level
/// 0 up, each in order. Lazy: a claimed size costs nothing before it is walked.
pub fn paths(size: u64) -> impl Iterator<Item = TilePath> {
    let levels = (0..8u8).map(move |level| {
        let count = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        (TileKind::Hashes { level }, count)
    });
    std::iter::once((TileKind::Entries, size))
        .chain(levels)
        .flat_map(|(kind, count)| {
            (0..count.div_ceil(TILE_WIDTH)).filter_map(move |index| {
                TilePath::new(kind, index, TILE_WIDTH.min(count - index * TILE_WIDTH))
            })
        })
}
