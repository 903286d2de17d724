//! Tree, proofs, tiles, checkpoints and notes, held against other implementations of the same
//! specifications: `ct-merkle`, `tlog_tiles` and `signed_note`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::BTreeMap;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof as TheirConsistency, InclusionProof as TheirInclusion, RootHash};
use liftlock_ledger::tiles::{TileKind, TileWriter, paths};
use liftlock_ledger::{
    Checkpoint, ConsistencyProof, Hash, InclusionProof, SignedNote, SigningKey, VerifierKey,
    leaf_hash, root,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sha2::Sha256;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{HashReader, check_record, check_tree, prove_record, prove_tree, tree_hash};

type Tree = MemoryBackedTree<Sha256, Vec<u8>>;

fn entries(count: u64) -> Vec<Vec<u8>> {
    (0..count)
        .map(|n| format!("entry {n}").into_bytes())
        .collect()
}

fn leaves(entries: &[Vec<u8>]) -> Vec<Hash> {
    entries.iter().map(|entry| leaf_hash(entry)).collect()
}

fn tree(entries: &[Vec<u8>]) -> Tree {
    let mut tree = Tree::new();
    entries.iter().for_each(|entry| tree.push(entry.clone()));
    tree
}

fn joined(path: &[Hash]) -> Vec<u8> {
    path.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

fn theirs(hash: Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(*hash.as_bytes())
}

/// Where the other implementation keeps its hashes.
#[derive(Default)]
struct Kept(Vec<tlog_tiles::Hash>);

impl HashReader for Kept {
    fn read_hashes(&self, places: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(places.iter().map(|place| self.0[*place as usize]).collect())
    }
}

impl Kept {
    fn of(entries: &[Vec<u8>]) -> Self {
        let mut kept = Self::default();
        for (n, entry) in (0..).zip(entries) {
            let more = tlog_tiles::stored_hashes(n, entry, &kept).unwrap();
            kept.0.extend(more);
        }
        kept
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn roots_are_the_same(count in 0u64..700) {
        let entries = entries(count);
        let ours = root(&leaves(&entries));
        let tree_root = tree(&entries).root();
        prop_assert_eq!(ours.as_bytes().as_slice(), tree_root.as_bytes().as_slice());
        if count > 0 {
            let read = tree_hash(count, &Kept::of(&entries)).unwrap();
            prop_assert_eq!(theirs(ours).0, read.0);
        }
    }

    #[test]
    fn inclusion_proofs_are_the_same_and_accepted_both_ways(count in 1u64..500, at in any::<Index>()) {
        let entries = entries(count);
        let (leaves, tree) = (leaves(&entries), tree(&entries));
        let place = at.index(entries.len());
        let ours = InclusionProof::generate(&leaves, place as u64).unwrap();
        let other = tree.prove_inclusion(place);
        prop_assert_eq!(joined(&ours.path), other.as_bytes());
        let given = TheirInclusion::try_from_bytes(joined(&ours.path)).unwrap();
        tree.root().verify_inclusion(&entries[place], place as u64, &given).unwrap();
        let third = prove_record(count, place as u64, &Kept::of(&entries)).unwrap();
        let path: Vec<_> = ours.path.iter().map(|hash| theirs(*hash)).collect();
        prop_assert!(third.iter().map(|h| h.0).eq(path.iter().map(|h| h.0)));
        let (top, leaf) = (theirs(root(&leaves)), theirs(leaves[place]));
        check_record(&path, count, top, place as u64, leaf).unwrap();
    }

    #[test]
    fn consistency_proofs_are_the_same_and_accepted_both_ways(
        count in 1u64..500,
        at in any::<Index>(),
    ) {
        let entries = entries(count);
        let (leaves, tree) = (leaves(&entries), tree(&entries));
        let from = at.index(entries.len()) as u64 + 1;
        let ours = ConsistencyProof::generate(&leaves, from).unwrap();
        let (early, late) = (root(&leaves[..from as usize]), root(&leaves));
        if from < count {
            let other = tree.prove_consistency((count - from) as usize);
            prop_assert_eq!(joined(&ours.path), other.as_bytes());
            let given = TheirConsistency::try_from_bytes(joined(&ours.path)).unwrap();
            let before = RootHash::<Sha256>::new((*early.as_bytes()).into(), from);
            tree.root().verify_consistency(&before, &given).unwrap();
            let third = prove_tree(count, from, &Kept::of(&entries)).unwrap();
            let path: Vec<_> = ours.path.iter().map(|hash| theirs(*hash)).collect();
            prop_assert!(third.iter().map(|h| h.0).eq(path.iter().map(|h| h.0)));
            check_tree(&path, count, theirs(late), from, theirs(early)).unwrap();
        }
        prop_assert!(ours.verify(&early, &late).is_ok());
    }

    /// What one accepts of a changed proof, the other does too: nothing.
    #[test]
    fn a_changed_proof_is_refused_by_both(
        count in 2u64..300,
        at in any::<Index>(),
        change in any::<Index>(),
        bit in 0u8..8,
    ) {
        let entries = entries(count);
        let (leaves, tree) = (leaves(&entries), tree(&entries));
        let place = at.index(entries.len());
        let ours = InclusionProof::generate(&leaves, place as u64).unwrap();
        let mut bytes = joined(&ours.path);
        let byte = change.index(bytes.len());
        bytes[byte] ^= 1 << bit;
        let chunks = bytes.chunks(32).map(|chunk| Hash::from_slice(chunk).unwrap());
        let changed = InclusionProof { path: chunks.collect(), ..ours };
        prop_assert!(changed.verify(&leaves[place], &root(&leaves)).is_err());
        let given = TheirInclusion::try_from_bytes(bytes).unwrap();
        let refused = tree.root().verify_inclusion(&entries[place], place as u64, &given);
        prop_assert!(refused.is_err());
    }

    /// Every tile of a log, where the other looks for it and with the hashes that it reads there.
    #[test]
    fn tiles_are_the_same(count in 1u64..1200) {
        let entries = entries(count);
        let mut writer = TileWriter::new();
        let mut ours: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for leaf in leaves(&entries) {
            let done = writer.push(leaf);
            ours.extend(done.into_iter().map(|tile| (tile.path.to_string(), tile.bytes)));
        }
        let partial = writer.partial().into_iter();
        ours.extend(partial.map(|tile| (tile.path.to_string(), tile.bytes)));
        let named = paths(count).filter(|path| path.kind() != TileKind::Entries);
        let named: Vec<String> = named.map(|path| path.to_string()).collect();
        prop_assert_eq!(ours.len(), named.len());
        let kept = Kept::of(&entries);
        for tile in tlog_tiles::Tile::new_tiles(8, 0, count) {
            // The height is part of the older paths; in tlog-tiles it is always 8.
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            let bytes = tile.read_data(&kept).unwrap();
            prop_assert_eq!(ours.get(&path), Some(&bytes), "{}", path);
            prop_assert!(named.contains(&path));
        }
    }

    #[test]
    fn checkpoints_are_read_and_written_the_same(
        origin in "[a-z][a-z0-9./-]{0,40}",
        size in 0u64..1 << 62,
        bytes in any::<[u8; 32]>(),
    ) {
        let ours = Checkpoint::new(&origin, size, Hash::from_bytes(bytes)).unwrap();
        let other = tlog_tiles::Checkpoint::new(&origin, size, tlog_tiles::Hash(bytes), "").unwrap();
        let text = ours.to_string();
        prop_assert_eq!(text.as_bytes(), other.to_bytes());
        let read = tlog_tiles::Checkpoint::from_bytes(text.as_bytes()).unwrap();
        prop_assert_eq!((read.origin(), read.size()), (ours.origin(), ours.size()));
        let back: Checkpoint = String::from_utf8(other.to_bytes()).unwrap().parse().unwrap();
        prop_assert_eq!(back, ours);
    }

    #[test]
    fn notes_are_signed_and_read_the_same(
        seed in any::<[u8; 32]>(),
        name in "[a-z][a-z0-9./-]{0,40}",
        lines in vec("[ -~äé—]{0,40}", 1..5),
    ) {
        let text = format!("x{}\n", lines.join("\n"));
        let key = SigningKey::from_seed(&name, &seed).unwrap();
        let public = key.verifier().to_string();
        let signer = StandardSigner::new(&key.to_private_text()).unwrap();
        let ours = SignedNote::sign(&text, &key).unwrap().to_string();
        let mut other = Note::new(text.as_bytes(), &[]).unwrap();
        other.add_sigs(&[&signer]).unwrap();
        prop_assert_eq!(ours.as_bytes(), other.to_bytes());
        let verifier = StandardVerifier::new(&public).unwrap();
        let known = VerifierList::new(vec![Box::new(verifier)]);
        Note::from_bytes(ours.as_bytes()).unwrap().verify(&known).unwrap();
        let read: SignedNote = String::from_utf8(other.to_bytes()).unwrap().parse().unwrap();
        let public: VerifierKey = public.parse().unwrap();
        prop_assert_eq!(read.verify(&public), Ok(text.as_str()));
    }

    /// A note with a bit turned is refused by both, or read by both as the same text.
    #[test]
    fn a_changed_note_is_judged_the_same(
        seed in any::<[u8; 32]>(),
        at in any::<Index>(),
        bit in 0u8..8,
    ) {
        let key = SigningKey::from_seed("example.org/log", &seed).unwrap();
        let note = SignedNote::sign("one line\nanother\n", &key).unwrap();
        let mut bytes = note.to_string().into_bytes();
        let place = at.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let verifier = StandardVerifier::new(&key.verifier().to_string()).unwrap();
        let known = VerifierList::new(vec![Box::new(verifier)]);
        let other = Note::from_bytes(&bytes);
        let other = other.is_ok_and(|note| note.verify(&known).is_ok());
        let ours = String::from_utf8(bytes).ok().and_then(|t| t.parse::<SignedNote>().ok());
        let ours = ours.is_some_and(|note| note.verify(key.verifier()).is_ok());
        prop_assert_eq!(ours, other);
        prop_assert!(!ours);
    }
}
