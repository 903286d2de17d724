//! Proof files: made for any entry of any log, and changed by someone.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use liftlock_ledger::{
    Checkpoint, ConsistencyProof, Continuation, ContinuationError, Hash, InclusionProof, ProofFile,
    ProofFileError, SavedCheckpoint, Seal, SignedCheckpoint, SigningKey, Subtree, leaf_hash, root,
};
use proptest::prelude::*;

fn key() -> SigningKey {
    SigningKey::unnamed(&[9; 32]).unwrap()
}

fn entry(index: u64) -> Vec<u8> {
    format!("\"entry {index}\"").into_bytes()
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| leaf_hash(&entry(index))).collect()
}

fn signed(size: u64, root: Hash, key: &SigningKey) -> SignedCheckpoint {
    match Seal::Signed(key).seal(size, root).unwrap() {
        SavedCheckpoint::Signed(signed) => signed,
        SavedCheckpoint::Unsigned(_) => panic!("it was signed"),
    }
}

fn proof(index: u64, size: u64) -> ProofFile {
    let leaves = leaves(size);
    let inclusion = InclusionProof::generate(&leaves, index).unwrap();
    ProofFile::make(entry(index), inclusion, signed(size, root(&leaves), &key())).unwrap()
}

#[test]
fn a_proof_file_is_written_as_the_specification_says() {
    let text = proof(2, 3).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "c2sp.org/tlog-proof@v1");
    assert_eq!(lines[1], "extra ImVudHJ5IDIi");
    assert_eq!(lines[2], "index 2");
    assert_eq!(lines[3], root(&leaves(3)[..2]).base64());
    assert_eq!(lines[4], "");
    assert_eq!(lines[5], key().verifier().name());
    let read: ProofFile = text.parse().unwrap();
    assert_eq!(read.to_string(), text);
    assert_eq!(read.verify(key().verifier()).unwrap(), entry(2));
}

#[test]
fn every_bit_of_a_proof_file_matters() {
    let text = proof(5, 11).to_string();
    for place in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[place / 8] ^= 1 << (place % 8);
        let read = String::from_utf8(bytes)
            .ok()
            .and_then(|t| t.parse::<ProofFile>().ok());
        let proven = read.is_some_and(|file| file.verify(key().verifier()).is_ok());
        assert!(!proven, "bit {place}");
    }
}

#[test]
fn a_proof_is_not_made_of_what_does_not_prove() {
    let leaves = leaves(4);
    let inclusion = InclusionProof::generate(&leaves, 1).unwrap();
    let made = ProofFile::make(entry(2), inclusion, signed(4, root(&leaves), &key()));
    assert!(matches!(made, Err(ProofFileError::Proof(_))), "{made:?}");
}

#[test]
fn another_key_proves_nothing() {
    let other = SigningKey::unnamed(&[8; 32]).unwrap();
    assert!(matches!(
        proof(0, 1).verify(other.verifier()),
        Err(ProofFileError::Checkpoint(_))
    ));
}

#[test]
fn other_forms_are_refused() {
    let text = proof(2, 3).to_string();
    for bad in [
        String::new(),
        text.replace("@v1", "@v2"),
        text.replace("extra ", "more "),
        text.replace("index 2", "index 02"),
        text.replace("index 2", "index +2"),
        text.replace("index 2\n", ""),
        text.replacen("\n\n", "\n", 1),
        text.replace("index 2\n", &format!("index 2\n{}", "x\n".repeat(3))),
        text.replace(
            "index 2\n",
            &format!("index 2\n{}", format!("{}\n", leaves(1)[0]).repeat(70)),
        ),
        text.replace("extra ", &format!("extra {}", "AAAA".repeat(50_000))),
    ] {
        assert!(bad.parse::<ProofFile>().is_err(), "{bad:.200}");
    }
}

proptest! {
    /// The proof from perfect subtrees is the one from all leaves.
    #[test]
    fn subtrees_make_the_same_proof(size in 1u64..600, place in any::<prop::sample::Index>()) {
        let leaves = leaves(size);
        let index = place.index(leaves.len()) as u64;
        let hash = |part: &Subtree| {
            let (from, to) = part.leaves();
            root(&leaves[from as usize..to as usize])
        };
        let subtrees = InclusionProof::subtrees(index, size).unwrap();
        let hashes: Vec<Vec<Hash>> =
            subtrees.iter().map(|parts| parts.iter().map(hash).collect()).collect();
        let made = InclusionProof::from_subtrees(index, size, &hashes);
        prop_assert_eq!(made, InclusionProof::generate(&leaves, index).unwrap());
    }

    /// That of consistency, too; and it is the only one there is.
    #[test]
    fn subtrees_make_the_same_continuation(to in 1u64..600, place in any::<prop::sample::Index>()) {
        let leaves = leaves(to);
        let from = place.index(leaves.len() + 1) as u64;
        let hash = |part: &Subtree| {
            let (from, to) = part.leaves();
            root(&leaves[from as usize..to as usize])
        };
        let subtrees = ConsistencyProof::subtrees(from, to).unwrap();
        let hashes: Vec<Vec<Hash>> =
            subtrees.iter().map(|parts| parts.iter().map(hash).collect()).collect();
        let made = ConsistencyProof::from_subtrees(from, to, &hashes);
        prop_assert_eq!(made, ConsistencyProof::generate(&leaves, from).unwrap());
    }
}

fn continuation(from: u64, to: u64) -> Continuation {
    let leaves = leaves(to);
    let proof = ConsistencyProof::generate(&leaves, from).unwrap();
    let later = signed(to, root(&leaves), &key());
    Continuation::make(&earlier(from), proof, later).unwrap()
}

fn earlier(size: u64) -> Checkpoint {
    let root = root(&leaves(size));
    Checkpoint::new(key().verifier().name(), size, root).unwrap()
}

#[test]
fn a_continuation_is_written_as_the_specification_says() {
    let text = continuation(2, 3).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "old 2");
    assert_eq!(lines[1], leaves(3)[2].base64());
    assert_eq!(lines[2], "");
    assert_eq!(lines[3], key().verifier().name());
    for (from, to) in [(0, 1), (1, 1), (5, 11), (8, 11), (11, 11)] {
        let text = continuation(from, to).to_string();
        let read: Continuation = text.parse().unwrap();
        assert_eq!(read.to_string(), text);
        read.verify(&earlier(from), key().verifier()).unwrap();
    }
}

#[test]
fn every_bit_of_a_continuation_matters() {
    let text = continuation(5, 11).to_string();
    for place in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[place / 8] ^= 1 << (place % 8);
        let read = String::from_utf8(bytes)
            .ok()
            .and_then(|t| t.parse::<Continuation>().ok());
        let good = read.is_some_and(|c| c.verify(&earlier(5), key().verifier()).is_ok());
        assert!(!good, "bit {place}");
    }
}

#[test]
fn a_fork_is_no_continuation() {
    let mut other = leaves(11);
    other[3] = leaf_hash(b"another past");
    let proof = ConsistencyProof::generate(&other, 5).unwrap();
    let later = signed(11, root(&other), &key());
    let made = Continuation::make(&earlier(5), proof, later);
    assert!(matches!(made, Err(ContinuationError::Proof(_))), "{made:?}");
    let good = continuation(5, 11);
    let found = good.verify(&earlier(6), key().verifier());
    let other = ContinuationError::OtherSize { from: 5, known: 6 };
    assert_eq!(found, Err(other));
    let stranger = SigningKey::unnamed(&[8; 32]).unwrap();
    let found = good.verify(&earlier(5), stranger.verifier());
    assert!(
        matches!(found, Err(ContinuationError::Checkpoint(_))),
        "{found:?}"
    );
    let many = format!("old 5\n{}\n", "x\n".repeat(70));
    for bad in [
        "",
        "old 05\n\n",
        "new 5\n\n",
        "old 5\n",
        &many,
        &"o".repeat(30_000),
    ] {
        assert!(bad.parse::<Continuation>().is_err(), "{bad:.80}");
    }
}
