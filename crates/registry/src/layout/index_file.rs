//! `index.json`: which manifests a layout has, and their tags.

use std::collections::{BTreeMap, BTreeSet};

use super::cosign;
use liftlock_oci::{Descriptor, Digest, Reference, Tag, media_types};
use serde::{Deserialize, Deserializer, Serialize};

/// The annotation that holds a tag (OCI image specification, "Pre-Defined Annotation Keys").
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// The annotation in which containerd, buildx and docker keep a whole reference.
const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// A manifest with tags has one entry for each of them; one without has one entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IndexFile {
    schema_version: u8,
    #[serde(default)]
    media_type: Option<String>,
    /// Some versions of docker save write `null` for none.
    #[serde(deserialize_with = "null_is_empty")]
    manifests: Vec<Descriptor>,
    /// What else is in the file stays in it.
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

impl Default for IndexFile {
    fn default() -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media_types::OCI_INDEX.to_owned()),
            manifests: Vec::new(),
            rest: BTreeMap::new(),
        }
    }
}

impl IndexFile {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // A struct of texts and numbers always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Gives what `cosign save` listed without names those that it has in a registry.
    pub(crate) fn name_cosign_parts(&mut self) {
        for (at, name) in cosign::names(&self.manifests) {
            let annotations = &mut self.manifests[at].annotations;
            annotations.entry(REF_NAME.to_owned()).or_insert(name);
        }
    }

    pub(crate) fn entries(&self) -> &[Descriptor] {
        &self.manifests
    }

    /// The manifests, each once, by digest.
    pub(crate) fn unique(&self) -> Vec<Descriptor> {
        let entries = self.manifests.iter();
        let unique: BTreeMap<Digest, &Descriptor> = entries.map(|e| (e.digest, e)).collect();
        unique.into_values().cloned().collect()
    }

    pub(crate) fn find(&self, digest: Digest) -> Option<&Descriptor> {
        self.manifests.iter().find(|entry| entry.digest == digest)
    }

    /// The manifests that `tag` names, each once: those with exactly this name, else those whose
    /// name is a reference with this tag. Other tools can list several of one tag.
    pub(crate) fn tagged(&self, tag: &Tag) -> Vec<&Descriptor> {
        let exact = self.distinct(|entry| name(entry) == Some(tag.as_str()));
        if exact.is_empty() {
            self.distinct(|entry| has_tag(entry, tag))
        } else {
            exact
        }
    }

    fn distinct(&self, wanted: impl Fn(&Descriptor) -> bool) -> Vec<&Descriptor> {
        let mut found: Vec<&Descriptor> = Vec::new();
        for entry in self.manifests.iter().filter(|entry| wanted(entry)) {
            if found.iter().all(|other| other.digest != entry.digest) {
                found.push(entry);
            }
        }
        found
    }

    /// The tags of all entries, each once; a name that is no valid tag, nor a reference with one,
    /// is none.
    pub(crate) fn tags(&self) -> BTreeSet<Tag> {
        self.manifests.iter().filter_map(tag_of).collect()
    }

    /// Lists a manifest, under `tag` where one is given. `false` where nothing changes.
    pub(crate) fn put(&mut self, entry: Descriptor, tag: Option<&Tag>) -> bool {
        let Some(tag) = tag else {
            let new = self.find(entry.digest).is_none();
            if new {
                self.manifests.push(entry);
            }
            return new;
        };
        if matches!(self.tagged(tag).as_slice(), [now] if now.digest == entry.digest) {
            return false;
        }
        self.untag(tag);
        let untagged = |e: &&mut Descriptor| e.digest == entry.digest && full_name(e).is_none();
        let name = (REF_NAME.to_owned(), tag.to_string());
        match self.manifests.iter_mut().find(untagged) {
            Some(listed) => listed.annotations.extend([name]),
            None => {
                let mut tagged = entry;
                tagged.annotations.extend([name]);
                self.manifests.push(tagged);
            }
        }
        true
    }

    /// Takes a tag away from all that have it; the manifests stay listed.
    pub(crate) fn untag(&mut self, tag: &Tag) -> bool {
        let mut untagged = false;
        while let Some(at) = self.manifests.iter().position(|entry| has_tag(entry, tag)) {
            let mut entry = self.manifests.remove(at);
            for name in [REF_NAME, CONTAINERD_NAME] {
                entry.annotations.remove(name);
            }
            if self.find(entry.digest).is_none() {
                self.manifests.insert(at, entry);
            }
            untagged = true;
        }
        untagged
    }

    /// Takes a manifest away, with all its tags.
    pub(crate) fn remove(&mut self, digest: Digest) -> bool {
        let before = self.manifests.len();
        self.manifests.retain(|entry| entry.digest != digest);
        self.manifests.len() != before
    }
}

fn name(entry: &Descriptor) -> Option<&str> {
    entry.annotations.get(REF_NAME).map(String::as_str)
}

/// The name a person knows an entry by: containerd and docker write the whole one beside the tag.
pub(crate) fn full_name(entry: &Descriptor) -> Option<&str> {
    let full = entry.annotations.get(CONTAINERD_NAME);
    full.map(String::as_str).or(name(entry))
}

/// Some tools write `registry.example.com/app:1.0` where others write `1.0`, or write only the
/// whole reference.
fn tag_of(entry: &Descriptor) -> Option<Tag> {
    let name = name(entry).or_else(|| full_name(entry))?;
    let whole = || name.parse::<Reference>().ok()?.tag;
    name.parse().ok().or_else(whole)
}

fn has_tag(entry: &Descriptor, tag: &Tag) -> bool {
    // The end is compared first: it tells most of them apart without parsing.
    let name = name(entry).or_else(|| full_name(entry));
    name.is_some_and(|name| name.ends_with(tag.as_str()))
        && tag_of(entry).is_some_and(|its| its == *tag)
}

fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Descriptor>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
