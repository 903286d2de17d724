//! An archive, taken apart and put together otherwise.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use liftlock_oci::Digest;
use serde_json::{Value, json};
use tar::{Archive, Builder, EntryType, Header};

/// The members of an archive, in memory.
#[derive(Clone)]
pub(crate) struct ArchiveFile(Vec<(String, EntryType, Vec<u8>)>);

impl ArchiveFile {
    pub(crate) fn read(path: &Path) -> Self {
        let mut archive = Archive::new(File::open(path).expect("an archive"));
        let members = archive.entries().expect("members").map(|member| {
            let mut member = member.expect("a member");
            let name = member.path().expect("a name").display().to_string();
            let kind = member.header().entry_type();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).expect("bytes");
            (name, kind, bytes)
        });
        Self(members.collect())
    }

    pub(crate) fn write(&self, path: &Path) {
        let mut builder = Builder::new(Vec::new());
        for (name, kind, bytes) in &self.0 {
            let mut header = Header::new_gnu();
            // As it is: what no builder would write.
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(0o644);
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            builder.append(&header, bytes.as_slice()).expect("appended");
        }
        fs::write(path, builder.into_inner().expect("packed")).expect("written");
    }

    /// With one member more.
    pub(crate) fn with(&self, name: &str, kind: u8, bytes: &[u8]) -> Self {
        let mut other = self.clone();
        other
            .0
            .push((name.to_owned(), EntryType::new(kind), bytes.to_vec()));
        other
    }

    pub(crate) fn blob(&self, digest: &str) -> &[u8] {
        let name = format!("blobs/sha256/{}", &digest["sha256:".len()..]);
        let found = self.0.iter().find(|(member, ..)| *member == name);
        &found.unwrap_or_else(|| panic!("{name} is there")).2
    }

    pub(crate) fn json(&self, digest: &str) -> Value {
        serde_json::from_slice(self.blob(digest)).expect("JSON")
    }

    /// Puts a blob in. Its descriptor.
    pub(crate) fn put(&mut self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes);
        let name = format!("blobs/sha256/{}", digest.hex());
        if !self.0.iter().any(|(member, ..)| *member == name) {
            self.0.push((name, EntryType::Regular, bytes.to_vec()));
        }
        json!({ "mediaType": media_type, "digest": digest.to_string(), "size": bytes.len() })
    }

    pub(crate) fn put_json(&mut self, media_type: &str, value: &Value) -> Value {
        self.put(media_type, value.to_string().as_bytes())
    }

    pub(crate) fn remove(&mut self, digest: &str) {
        let name = format!("blobs/sha256/{}", &digest["sha256:".len()..]);
        self.0.retain(|(member, ..)| *member != name);
    }

    /// Changes a blob's bytes under its old name.
    pub(crate) fn damage(&mut self, digest: &str) {
        let name = format!("blobs/sha256/{}", &digest["sha256:".len()..]);
        for (_, _, bytes) in self.0.iter_mut().filter(|(member, ..)| *member == name) {
            bytes[0] ^= 1;
        }
    }

    pub(crate) fn index(&self) -> Value {
        let index = self.0.iter().find(|(name, ..)| name == "index.json");
        serde_json::from_slice(&index.expect("an index").2).expect("JSON")
    }

    pub(crate) fn change_index(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        let mut index = self.index();
        change(index["manifests"].as_array_mut().expect("a list"));
        let text = index.to_string().into_bytes();
        for (name, _, bytes) in &mut self.0 {
            if name == "index.json" {
                bytes.clone_from(&text);
            }
        }
    }

    /// The digest that a tag is at.
    pub(crate) fn tagged(&self, tag: &str) -> String {
        let index = self.index();
        let listed = index["manifests"].as_array().expect("a list").iter();
        let mut found = listed
            .filter(|e| e["annotations"]["org.opencontainers.image.ref.name"] == tag)
            .map(|e| e["digest"].as_str().expect("a digest").to_owned());
        found.next().unwrap_or_else(|| panic!("{tag} is listed"))
    }

    /// Every listed manifest with its digest.
    pub(crate) fn listed(&self) -> Vec<(String, Value)> {
        let index = self.index();
        let listed = index["manifests"].as_array().expect("a list").iter();
        listed
            .map(|entry| {
                let digest = entry["digest"].as_str().expect("a digest").to_owned();
                let manifest = self.json(&digest);
                (digest, manifest)
            })
            .collect()
    }

    /// Puts a changed manifest in the place of one, in the index too.
    pub(crate) fn replace(&mut self, digest: &str, manifest: &Value) {
        let kind = "application/vnd.oci.image.manifest.v1+json";
        let new = self.put_json(kind, manifest);
        self.change_index(|entries| {
            for entry in entries.iter_mut().filter(|e| e["digest"] == digest) {
                entry["digest"] = new["digest"].clone();
                entry["size"] = new["size"].clone();
            }
        });
        self.remove(digest);
    }

    /// Lists one manifest more.
    pub(crate) fn list(&mut self, manifest: &Value) {
        let kind = "application/vnd.oci.image.manifest.v1+json";
        let new = self.put_json(kind, manifest);
        self.change_index(|entries| entries.push(new));
    }
}
