//! Tiles: the specification's examples, and agreement with the tree.

use std::collections::BTreeMap;

use liftlock_ledger::tiles::{
    BundleError, TILE_WIDTH, TileKind, TilePath, TileWriter, decode_bundle, encode_bundle, paths,
};
use liftlock_ledger::{Hash, leaf_hash, root};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

#[test]
fn paths_are_the_specification_s() {
    let path = |index| TilePath::new(TileKind::Hashes { level: 0 }, index, 256).unwrap();
    assert_eq!(path(0).to_string(), "tile/0/000");
    assert_eq!(path(1234).to_string(), "tile/0/x001/234");
    assert_eq!(path(1_234_067).to_string(), "tile/0/x001/x234/067");
    let partial = TilePath::new(TileKind::Entries, 273, 112).unwrap();
    assert_eq!(partial.to_string(), "tile/entries/273.p/112");
    assert_eq!(TilePath::new(TileKind::Entries, 0, 0), None);
    assert_eq!(TilePath::new(TileKind::Entries, 0, 257), None);
    assert_eq!(TilePath::new(TileKind::Hashes { level: 64 }, 0, 1), None);
}

#[test]
fn a_log_of_70000_has_the_specification_s_tiles() {
    let all: Vec<String> = paths(70_000).map(|path| path.to_string()).collect();
    let of = |prefix: &str| {
        all.iter()
            .filter(|path| path.starts_with(prefix))
            .collect::<Vec<_>>()
    };
    assert_eq!(of("tile/0/").len(), 274);
    assert_eq!(of("tile/entries/").len(), 274);
    assert_eq!(of("tile/0/").last().unwrap().as_str(), "tile/0/273.p/112");
    assert_eq!(of("tile/1/"), ["tile/1/000", "tile/1/001.p/17"]);
    assert_eq!(of("tile/2/"), ["tile/2/000.p/1"]);
    assert_eq!(all.len(), 274 * 2 + 3);
    assert_eq!(paths(0).count(), 0);
    assert_eq!(paths(u64::MAX).take(3).count(), 3);
}

#[test]
fn one_tile_has_one_path() {
    for bad in [
        "",
        "tile/0",
        "tile/0/1",
        "tile/0/0001",
        "tile/0/x000/001",
        "tile/00/001",
        "tile/+1/001",
        "tile/0/001/234",
        "tile/0/x001/x234",
        "tile/64/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/../000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/entries/",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert!(bad.parse::<TilePath>().is_err(), "{bad}");
    }
    let endless = format!("tile/0/{}000", "x001/".repeat(10_000));
    assert!(endless.parse::<TilePath>().is_err());
}

#[test]
fn bundles_are_length_prefixed() {
    assert_eq!(encode_bundle(&["ab", ""]).unwrap(), b"\x00\x02ab\x00\x00");
    assert_eq!(
        decode_bundle(b"\x00\x02ab\x00\x00").unwrap(),
        [b"ab".as_slice(), b""]
    );
    assert_eq!(
        decode_bundle(b"\x00\x02ab\x00\x01"),
        Err(BundleError::Truncated(1))
    );
    assert_eq!(decode_bundle(b"\x00"), Err(BundleError::Truncated(0)));
    assert_eq!(decode_bundle(&[0; 514]), Err(BundleError::Count));
    assert_eq!(encode_bundle(&vec![b""; 257]), Err(BundleError::Count));
    assert_eq!(
        encode_bundle(&[vec![0; 65_536]]),
        Err(BundleError::EntrySize(65_536))
    );
    assert_eq!(encode_bundle(&[vec![0; 65_535]]).unwrap().len(), 65_537);
}

/// All tiles of a log, as a writer gives them.
fn written(leaves: &[Hash]) -> BTreeMap<TilePath, Vec<u8>> {
    let mut writer = TileWriter::new();
    let mut all = BTreeMap::new();
    for leaf in leaves {
        all.extend(
            writer
                .push(*leaf)
                .into_iter()
                .map(|tile| (tile.path, tile.bytes)),
        );
    }
    all.extend(
        writer
            .partial()
            .into_iter()
            .map(|tile| (tile.path, tile.bytes)),
    );
    all
}

#[test]
fn the_writer_makes_the_tiles_of_its_size() {
    let leaves: Vec<Hash> = (0..66_000u32)
        .map(|i| leaf_hash(&i.to_be_bytes()))
        .collect();
    for size in [0, 1, 255, 256, 257, 512, 65_535, 65_536, 65_537, 66_000] {
        let tiles = written(&leaves[..size]);
        let expected: Vec<TilePath> = paths(size as u64)
            .filter(|path| path.kind() != TileKind::Entries)
            .collect();
        assert_eq!(
            tiles.keys().copied().collect::<Vec<_>>(),
            expected,
            "{size}"
        );
    }
    let tiles = written(&leaves);
    let top: TilePath = "tile/2/000.p/1".parse().unwrap();
    assert_eq!(tiles[&top], root(&leaves[..65_536]).as_bytes());
}

proptest! {
    #[test]
    fn each_hash_is_its_subtree_s_root(size in 1usize..3000, pick in any::<usize>()) {
        let leaves: Vec<Hash> = (0..size).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let tiles = written(&leaves);
        let (path, bytes) = tiles.iter().nth(pick % tiles.len()).unwrap();
        prop_assert_eq!(bytes.len(), usize::from(path.width()) * 32);
        let TileKind::Hashes { level } = path.kind() else { panic!("{path}") };
        let span = 1usize << (8 * usize::from(level));
        for (i, hash) in bytes.chunks_exact(32).enumerate() {
            let start = (path.index() as usize * TILE_WIDTH as usize + i) * span;
            let expected = root(&leaves[start..start + span]);
            prop_assert_eq!(hash, expected.as_bytes());
        }
    }

    #[test]
    fn a_path_is_read_back(entries in any::<bool>(), level in 0u8..64, index: u64, width in 1u64..=256) {
        let kind = if entries { TileKind::Entries } else { TileKind::Hashes { level } };
        let path = TilePath::new(kind, index, width).unwrap();
        prop_assert_eq!(path.to_string().parse::<TilePath>().unwrap(), path);
        prop_assert!(!path.to_string().contains(".."));
    }

    #[test]
    fn a_bundle_is_read_back(
        entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..=256)
    ) {
        let bundle = encode_bundle(&entries).unwrap();
        prop_assert_eq!(decode_bundle(&bundle).unwrap(), entries);
    }

    #[test]
    fn any_bytes_are_a_bundle_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(entries) = decode_bundle(&bytes) {
            prop_assert_eq!(encode_bundle(&entries).unwrap(), bytes);
        }
    }
}
