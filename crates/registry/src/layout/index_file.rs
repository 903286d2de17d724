//! `index.json`: which manifests a layout has, and their tags.

use std::collections::BTreeMap;

use liftlock_oci::{Descriptor, Digest, Tag, media_types};
use serde::{Deserialize, Serialize};

/// The annotation that holds a tag (OCI image specification, "Pre-Defined Annotation Keys").
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// A manifest with tags has one entry for each of them; one without has one entry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IndexFile {
    schema_version: u8,
    #[serde(default)]
    media_type: Option<String>,
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
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // A struct of texts and numbers always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(super) fn entries(&self) -> &[Descriptor] {
        &self.manifests
    }

    pub(super) fn find(&self, digest: Digest) -> Option<&Descriptor> {
        self.manifests.iter().find(|entry| entry.digest == digest)
    }

    pub(super) fn tagged(&self, tag: &Tag) -> Option<&Descriptor> {
        self.manifests.iter().find(|entry| has_tag(entry, tag))
    }

    /// Every entry's tag; a name that is no valid tag is none.
    pub(super) fn tags(&self) -> impl Iterator<Item = Tag> {
        let names = self
            .manifests
            .iter()
            .filter_map(|e| e.annotations.get(REF_NAME));
        names.filter_map(|name| name.parse().ok())
    }

    /// Lists a manifest, under `tag` where one is given. `false` where nothing changes.
    pub(super) fn put(&mut self, entry: Descriptor, tag: Option<&Tag>) -> bool {
        let Some(tag) = tag else {
            let new = self.find(entry.digest).is_none();
            if new {
                self.manifests.push(entry);
            }
            return new;
        };
        if self
            .tagged(tag)
            .is_some_and(|now| now.digest == entry.digest)
        {
            return false;
        }
        self.untag(tag);
        let untagged =
            |e: &&mut Descriptor| e.digest == entry.digest && !e.annotations.contains_key(REF_NAME);
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

    /// Takes a tag away; its manifest stays listed.
    pub(super) fn untag(&mut self, tag: &Tag) -> bool {
        let Some(at) = self.manifests.iter().position(|entry| has_tag(entry, tag)) else {
            return false;
        };
        let mut entry = self.manifests.remove(at);
        entry.annotations.remove(REF_NAME);
        if self.find(entry.digest).is_none() {
            self.manifests.insert(at, entry);
        }
        true
    }

    /// Takes a manifest away, with all its tags.
    pub(super) fn remove(&mut self, digest: Digest) -> bool {
        let before = self.manifests.len();
        self.manifests.retain(|entry| entry.digest != digest);
        self.manifests.len() != before
    }
}

fn has_tag(entry: &Descriptor, tag: &Tag) -> bool {
    entry.annotations.get(REF_NAME).map(String::as_str) == Some(tag.as_str())
}
