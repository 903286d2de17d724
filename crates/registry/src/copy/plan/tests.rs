//! Plans over small graphs.

use liftlock_oci::{RawManifest, media_types};

use super::super::graph::Parts;
use super::*;

fn blob(name: &str) -> Descriptor {
    Descriptor::of("application/octet-stream", name.as_bytes())
}

fn node(name: &str, role: Role, blobs: &[&str], children: &[&str]) -> Node {
    let manifest = RawManifest::new(name.into(), media_types::OCI_MANIFEST, None).unwrap();
    let child = |name: &&str| Descriptor::of(media_types::OCI_MANIFEST, name.as_bytes());
    Node {
        manifest,
        role,
        depth: 0,
        platform: None,
        parts: Parts {
            children: children.iter().map(child).collect(),
            blobs: blobs.iter().map(|name| blob(name)).collect(),
            ..Parts::default()
        },
    }
}

fn digest(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

/// An index over two images that share a layer, with a signature under a tag and a referrer.
fn graph() -> Graph {
    let mut graph = Graph::default();
    let tag = "sha256-x.sig".parse().unwrap();
    for node in [
        node("amd64", Role::Child, &["shared", "amd64 layer"], &[]),
        node("arm64", Role::Child, &["shared", "arm64 layer!"], &[]),
        node("index", Role::Root, &[], &["amd64", "arm64"]),
        node(
            "sbom",
            Role::Referrer(digest("index")),
            &["sbom bytes"],
            &[],
        ),
        node(
            "sig",
            Role::Companion(digest("index"), tag),
            &["signature"],
            &[],
        ),
    ] {
        graph.add(node, "index").unwrap();
    }
    graph
}

fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

#[test]
fn tags_come_last_and_every_manifest_after_what_it_lists() {
    let tags = [tag("staging"), tag("1.0")];
    let plan = plan(&graph(), &[(Known::default(), &tags)]);
    assert_eq!(
        plan.writes[0],
        [
            Write::Child(0),
            Write::Child(1),
            Write::Root(2),
            Write::Referrer(3),
            Write::Companion(4, tag("sha256-x.sig")),
            Write::Tag(2, tag("staging")),
            Write::Tag(2, tag("1.0")),
        ]
    );
    let sizes: Vec<u64> = plan.blobs.iter().map(|b| b.blob.size).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    assert_eq!(plan.blobs.len(), 5, "the shared layer moves once");
}

#[test]
fn without_referrers_the_tags_write_is_enough() {
    let mut graph = Graph::default();
    graph
        .add(node("image", Role::Root, &["layer"], &[]), "image")
        .unwrap();
    let tags = [tag("staging")];
    let with_tag = plan(&graph, &[(Known::default(), &tags)]);
    assert_eq!(with_tag.writes[0], [Write::Tag(0, tag("staging"))]);
    let by_digest = plan(&graph, &[(Known::default(), &[])]);
    assert_eq!(by_digest.writes[0], [Write::Root(0)]);
}

#[test]
fn a_blob_is_moved_once_to_all_that_need_it() {
    let tags = [tag("staging")];
    let has_image = Known {
        has_image: true,
        ..Known::default()
    };
    let destinations = [
        (Known::default(), tags.as_slice()),
        (has_image, tags.as_slice()),
        (Known::default(), tags.as_slice()),
    ];
    let plan = plan(&graph(), &destinations);
    for moved in &plan.blobs {
        let of_image = ["shared", "amd64 layer", "arm64 layer!"]
            .iter()
            .any(|name| digest(name) == moved.blob.digest);
        let expected: &[usize] = if of_image { &[0, 2] } else { &[0, 1, 2] };
        assert_eq!(moved.to, expected);
    }
    assert!(
        !plan.writes[1]
            .iter()
            .any(|w| matches!(w, Write::Tag(..) | Write::Root(_)))
    );
}

#[test]
fn nothing_is_done_where_all_is_there() {
    let known = Known {
        has_image: true,
        has: [digest("sbom"), digest("sig")].into(),
        ..Known::default()
    };
    let tags = [tag("staging")];
    let plan = plan(&graph(), &[(known, &tags)]);
    assert_eq!(plan.blobs, []);
    assert_eq!(plan.writes[0], []);
}

#[test]
fn within_one_repository_only_tags_are_written() {
    let known = Known {
        same: true,
        ..Known::default()
    };
    let tags = [tag("staging")];
    let plan = plan(&graph(), &[(known, &tags)]);
    assert_eq!(plan.blobs, []);
    assert_eq!(plan.writes[0], [Write::Tag(2, tag("staging"))]);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Any number of images under one index, with referrers, over shared blobs.
    fn graphs() -> impl Strategy<Value = Graph> {
        let blobs = proptest::collection::vec(0..6u8, 1..4);
        (proptest::collection::vec(blobs, 1..5), 0..3usize).prop_map(|(images, referrers)| {
            let mut graph = Graph::default();
            let names: Vec<String> = (0..images.len()).map(|n| format!("image {n}")).collect();
            for (name, blobs) in names.iter().zip(&images) {
                let blobs: Vec<String> = blobs.iter().map(|b| format!("blob {b}")).collect();
                let blobs: Vec<&str> = blobs.iter().map(String::as_str).collect();
                graph
                    .add(node(name, Role::Child, &blobs, &[]), "x")
                    .unwrap();
            }
            let children: Vec<&str> = names.iter().map(String::as_str).collect();
            graph
                .add(node("index", Role::Root, &[], &children), "x")
                .unwrap();
            for n in 0..referrers {
                let role = Role::Referrer(digest("index"));
                let name = format!("referrer {n}");
                graph.add(node(&name, role, &["blob 0"], &[]), "x").unwrap();
            }
            graph
        })
    }

    fn known() -> impl Strategy<Value = Known> {
        (any::<bool>(), any::<bool>(), 0..4usize).prop_map(|(same, has_image, has)| Known {
            same,
            has_image,
            has: (0..has).map(|n| digest(&format!("referrer {n}"))).collect(),
        })
    }

    proptest! {
        /// Whatever is known, a manifest is written only where all that it lists and holds is
        /// there before or written earlier, and tags come after everything.
        #[test]
        fn nothing_is_written_before_what_it_needs(
            graph in graphs(),
            destinations in proptest::collection::vec(known(), 1..4),
        ) {
            let tags = [tag("a"), tag("b")];
            let with_tags: Vec<_> =
                destinations.iter().map(|k| (k.clone(), tags.as_slice())).collect();
            let plan = plan(&graph, &with_tags);
            for (at, known) in destinations.iter().enumerate() {
                let mut there: BTreeSet<Digest> = plan
                    .blobs
                    .iter()
                    .filter(|b| b.to.contains(&at))
                    .map(|b| b.blob.digest)
                    .collect();
                let mut tagged = false;
                for write in &plan.writes[at] {
                    let (node, tag) = match write {
                        Write::Child(n) | Write::Root(n) | Write::Referrer(n) => (*n, false),
                        Write::Companion(n, _) => (*n, false),
                        Write::Tag(n, _) => (*n, true),
                    };
                    let node = &graph.nodes()[node];
                    tagged |= tag;
                    prop_assert_eq!(tagged, tag, "a tag before something else");
                    if !known.same {
                        let parts = node.parts.blobs.iter().chain(&node.parts.children);
                        for part in parts {
                            prop_assert!(there.contains(&part.digest));
                        }
                    }
                    there.insert(node.manifest.digest());
                }
                let done = known.has_image && !known.same;
                prop_assert_eq!(tagged, !done);
            }
        }
    }
}
