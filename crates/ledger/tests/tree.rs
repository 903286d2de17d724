//! The tree and its proofs, against the reference vectors and by property.

use liftlock_ledger::{
    ConsistencyProof, Frontier, Hash, InclusionProof, empty_root, leaf_hash, root,
};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

/// The leaves and roots that Certificate Transparency's reference implementation tests with.
const REFERENCE: [(&str, &str); 8] = [
    (
        "",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    ),
    (
        "00",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    ),
    (
        "10",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    ),
    (
        "2021",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (
        "3031",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    ),
    (
        "40414243",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    ),
    (
        "5051525354555657",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    ),
    (
        "606162636465666768696a6b6c6d6e6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    digits
        .map(|pair| str::from_utf8(pair).expect("hex is ASCII"))
        .map(|pair| u8::from_str_radix(pair, 16).expect("two hex digits"))
        .collect()
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

fn flip(hash: &Hash, bit: usize) -> Hash {
    let mut value = *hash.as_bytes();
    value[bit / 8] ^= 1 << (bit % 8);
    Hash::from_bytes(value)
}

#[test]
fn roots_are_the_reference_ones() {
    assert_eq!(
        empty_root().hex(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let mut frontier = Frontier::new();
    let mut seen = Vec::new();
    for (leaf, expected) in REFERENCE {
        let leaf = leaf_hash(&bytes(leaf));
        seen.push(leaf);
        frontier.push(leaf);
        assert_eq!(root(&seen).hex(), expected);
        assert_eq!(frontier.root().hex(), expected);
    }
}

#[test]
fn proofs_of_all_small_trees_hold() {
    let all = leaves(70);
    for size in 1..=all.len() {
        let tree = &all[..size];
        for index in 0..size {
            let proof = InclusionProof::generate(tree, index as u64).unwrap();
            proof.verify(&tree[index], &root(tree)).unwrap();
        }
        for from in 0..=size {
            let proof = ConsistencyProof::generate(tree, from as u64).unwrap();
            proof.verify(&root(&tree[..from]), &root(tree)).unwrap();
        }
    }
}

#[test]
fn what_is_not_there_cannot_be_proven() {
    let tree = leaves(3);
    assert!(InclusionProof::generate(&tree, 3).is_err());
    assert!(InclusionProof::generate(&[], 0).is_err());
    assert!(ConsistencyProof::generate(&tree, 4).is_err());
    let endless = InclusionProof {
        index: 1,
        size: u64::MAX,
        path: vec![tree[0]; 100_000],
    };
    assert!(endless.verify(&tree[0], &root(&tree)).is_err());
    let endless = ConsistencyProof {
        from: 3,
        to: u64::MAX,
        path: vec![tree[0]; 100_000],
    };
    assert!(endless.verify(&tree[0], &root(&tree)).is_err());
    let nothing = ConsistencyProof {
        from: 0,
        to: 3,
        path: Vec::new(),
    };
    assert!(nothing.verify(&tree[0], &root(&tree)).is_err());
}

proptest! {
    #[test]
    fn frontier_and_definition_agree(count in 0usize..600, cut in 0usize..600) {
        let all = leaves(count);
        let cut = cut.min(count);
        let mut frontier = Frontier::new();
        frontier.extend(all[..cut].iter().copied());
        prop_assert_eq!(frontier.root(), root(&all[..cut]));
        let mut kept = Frontier::from_bytes(cut as u64, &frontier.to_bytes()).unwrap();
        prop_assert!(Frontier::from_bytes(cut as u64 ^ 1, &frontier.to_bytes()).is_err());
        kept.extend(all[cut..].iter().copied());
        prop_assert_eq!(kept.root(), root(&all));
        prop_assert_eq!(kept.size(), count as u64);
    }

    #[test]
    fn an_altered_inclusion_proof_fails(
        size in 1usize..300, place in any::<usize>(), other in any::<usize>(),
        node in any::<usize>(), bit in 0usize..256,
    ) {
        let tree = leaves(size);
        let (place, other) = (place % size, other % size);
        let (leaf, top) = (tree[place], root(&tree));
        let proof = InclusionProof::generate(&tree, place as u64).unwrap();
        prop_assert!(proof.verify(&leaf, &top).is_ok());
        prop_assert!(proof.verify(&flip(&leaf, bit), &top).is_err());
        prop_assert!(proof.verify(&leaf, &flip(&top, bit)).is_err());
        if !proof.path.is_empty() {
            let mut altered = proof.clone();
            let node = node % altered.path.len();
            altered.path[node] = flip(&altered.path[node], bit);
            prop_assert!(altered.verify(&leaf, &top).is_err());
            let mut short = proof.clone();
            short.path.pop();
            prop_assert!(short.verify(&leaf, &top).is_err());
        }
        let mut long = proof.clone();
        long.path.push(leaf);
        prop_assert!(long.verify(&leaf, &top).is_err());
        if other != place {
            let renumbered = InclusionProof { index: other as u64, ..proof.clone() };
            prop_assert!(renumbered.verify(&leaf, &top).is_err());
            // The same place in a log cut short: size and root go together.
            let cut = root(&tree[..=other]);
            let moved = InclusionProof { size: other as u64 + 1, ..proof };
            prop_assert!(other + 1 == size || moved.verify(&leaf, &cut).is_err());
        }
    }

    #[test]
    fn an_altered_consistency_proof_fails(
        size in 2usize..300, from in any::<usize>(), other in any::<usize>(),
        node in any::<usize>(), bit in 0usize..256,
    ) {
        let tree = leaves(size);
        let (from, other) = (1 + from % (size - 1), 1 + other % (size - 1));
        let (old, new) = (root(&tree[..from]), root(&tree));
        let proof = ConsistencyProof::generate(&tree, from as u64).unwrap();
        prop_assert!(proof.verify(&old, &new).is_ok());
        prop_assert!(proof.verify(&flip(&old, bit), &new).is_err());
        prop_assert!(proof.verify(&old, &flip(&new, bit)).is_err());
        let mut altered = proof.clone();
        let node = node % altered.path.len();
        altered.path[node] = flip(&altered.path[node], bit);
        prop_assert!(altered.verify(&old, &new).is_err());
        let mut short = proof.clone();
        short.path.pop();
        prop_assert!(short.verify(&old, &new).is_err());
        let mut long = proof.clone();
        long.path.push(old);
        prop_assert!(long.verify(&old, &new).is_err());
        if other != from {
            let moved = ConsistencyProof { from: other as u64, ..proof };
            prop_assert!(moved.verify(&root(&tree[..other]), &new).is_err());
        }
    }

    #[test]
    fn a_log_with_another_past_is_not_consistent(
        size in 2usize..200, from in any::<usize>(), changed in any::<usize>(),
    ) {
        let tree = leaves(size);
        let from = 1 + from % (size - 1);
        let old = root(&tree[..from]);
        let mut rewritten = tree;
        rewritten[changed % from] = leaf_hash(b"rewritten");
        let proof = ConsistencyProof::generate(&rewritten, from as u64).unwrap();
        prop_assert!(proof.verify(&old, &root(&rewritten)).is_err());
    }
}
