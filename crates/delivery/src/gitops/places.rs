//! How a file names an image.

use liftlock_core::policy::{GitopsForm, GitopsPlace};
use liftlock_oci::{Digest, PinnedRef, Reference, Repository};
use liftlock_yaml_edit::{Edits, Node, Yaml, YamlError};

use super::Placed;

/// The file's text with each image in its places.
///
/// # Errors
/// A file that is not as declared, or that cannot be changed in place.
pub(super) fn edit(text: &str, places: &[Placed<'_>]) -> Result<String, YamlError> {
    let yaml = Yaml::read(text)?;
    let mut edits = Edits::new(&yaml);
    for (place, image) in places {
        match place {
            GitopsPlace::Kustomize { name, .. } => {
                kustomize(&mut edits, entry(&yaml, name.as_deref(), image)?, image)?;
            }
            GitopsPlace::Helm { at, .. } => helm(&mut edits, yaml.find(at)?, image)?,
            GitopsPlace::Value { at, form, .. } => {
                let value = match form {
                    GitopsForm::Reference => image.to_string(),
                    GitopsForm::Digest => image.digest.to_string(),
                };
                edits.set(yaml.find(at)?, &value)?;
            }
        }
    }
    edits.finish()
}

/// The digest by which a place names its image; nothing where it does so without one.
///
/// # Errors
/// A file that is not as declared.
pub(super) fn digest(text: &str, (place, image): Placed<'_>) -> Result<Option<Digest>, YamlError> {
    let yaml = Yaml::read(text)?;
    let (map, at) = match place {
        GitopsPlace::Kustomize { name, .. } => (entry(&yaml, name.as_deref(), image)?, None),
        GitopsPlace::Helm { at, .. } => (yaml.find(at)?, None),
        GitopsPlace::Value { at, form, .. } => (yaml.find(at)?, Some(*form)),
    };
    let written = match at {
        None => map.text_of("digest")?,
        Some(_) => map.text(),
    };
    let written = written.unwrap_or_default();
    Ok(match at {
        Some(GitopsForm::Reference) => written.parse::<Reference>().ok().and_then(|r| r.digest),
        _ => written.parse().ok(),
    })
}

/// A kustomization's entry for the image (kustomize, `images`): its name there, or else the
/// repository that it stands for.
fn entry<'y>(
    yaml: &'y Yaml<'_>,
    name: Option<&str>,
    image: &PinnedRef,
) -> Result<&'y Node, YamlError> {
    let mut found = Vec::new();
    for document in yaml.documents() {
        let list = document.get("images")?;
        for entry in list.into_iter().flat_map(Node::items) {
            let is_it = match name {
                Some(name) => entry.text_of("name")? == Some(name),
                None => stands_for(entry)? == Some(image.repository.clone()),
            };
            if is_it {
                found.push(entry);
            }
        }
    }
    let wanted = || match name {
        Some(name) => name.to_owned(),
        None => image.repository.to_string(),
    };
    match found[..] {
        [one] => Ok(one),
        [] => Err(YamlError::Nothing {
            path: format!("images[name={}]", wanted()),
        }),
        _ => Err(YamlError::Several {
            path: format!("images[name={}]", wanted()),
            count: found.len(),
        }),
    }
}

/// The repository that a kustomization's entry puts in.
fn stands_for(entry: &Node) -> Result<Option<Repository>, YamlError> {
    let name = match entry.text_of("newName")? {
        Some(name) => Some(name),
        None => entry.text_of("name")?,
    };
    Ok(name.and_then(|name| name.parse().ok()))
}

fn kustomize(edits: &mut Edits<'_, '_>, entry: &Node, image: &PinnedRef) -> Result<(), YamlError> {
    if stands_for(entry)?.as_ref() != Some(&image.repository) {
        let repository = image.repository.to_string();
        edits.put(entry, "newName", &repository, &["name"])?;
    }
    let digest = image.digest.to_string();
    edits.put(entry, "digest", &digest, &["newTag", "newName", "name"])
}

/// A chart's mapping: `digest`, and where it is there `repository`, or `registry` and `repository`.
fn helm(edits: &mut Edits<'_, '_>, map: &Node, image: &PinnedRef) -> Result<(), YamlError> {
    let registry = map.text_of("registry")?.filter(|text| !text.is_empty());
    if let Some(path) = map.text_of("repository")? {
        let whole = match registry {
            Some(registry) => format!("{registry}/{path}"),
            None => path.to_owned(),
        };
        if whole.parse::<Repository>().as_ref() != Ok(&image.repository) {
            let (host, path) = (image.repository.host(), image.repository.path());
            let whole = image.repository.to_string();
            if registry.is_some() {
                edits.put(map, "registry", host, &[])?;
            }
            let repository = if registry.is_some() { path } else { &whole };
            edits.put(map, "repository", repository, &[])?;
        }
    }
    let digest = image.digest.to_string();
    edits.put(map, "digest", &digest, &["tag", "repository"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> PinnedRef {
        let repository: Repository = "r.example.com/shop/api".parse().unwrap();
        repository.pinned(Digest::of(b"image"))
    }

    fn check(place: &GitopsPlace, before: &str, after: &str) {
        let image = image();
        let after = after.replace("DIGEST", &image.digest.to_string());
        let edited = edit(before, &[(place, &image)]);
        assert_eq!(edited.as_deref(), Ok(&*after), "{before}");
        assert_eq!(digest(&after, (place, &image)), Ok(Some(image.digest)));
        assert_eq!(edit(&after, &[(place, &image)]).as_deref(), Ok(&*after));
    }

    fn kustomize(name: Option<&str>) -> GitopsPlace {
        GitopsPlace::Kustomize {
            file: "kustomization.yaml".to_owned(),
            name: name.map(str::to_owned),
        }
    }

    #[test]
    fn kustomizations() {
        check(
            &kustomize(None),
            "kind: Kustomization # top\nimages:\n  - name: r.example.com/shop/api # ours\n    newTag: '1.0'\n  - name: db\n",
            "kind: Kustomization # top\nimages:\n  - name: r.example.com/shop/api # ours\n    newTag: '1.0'\n    digest: DIGEST\n  - name: db\n",
        );
        check(
            &kustomize(None),
            "images:\n- name: api\n  newName: r.example.com/shop/api\n  digest: sha256:00 # old\n",
            "images:\n- name: api\n  newName: r.example.com/shop/api\n  digest: DIGEST # old\n",
        );
        // The environment has the image elsewhere than the base says.
        check(
            &kustomize(Some("api")),
            "images:\n- name: db\n- name: api\n",
            "images:\n- name: db\n- name: api\n  newName: r.example.com/shop/api\n  digest: DIGEST\n",
        );
        check(
            &kustomize(Some("api")),
            "images:\n- digest: sha256:00\n  name: api\n  newName: old.example.com/api\n",
            "images:\n- digest: DIGEST\n  name: api\n  newName: r.example.com/shop/api\n",
        );
        let error = |text, name| edit(text, &[(&kustomize(name), &image())]).unwrap_err();
        let nothing = error("images:\n- name: db\n", None).to_string();
        assert!(
            nothing.contains("images[name=r.example.com/shop/api]"),
            "{nothing}"
        );
        let two = error("images:\n- name: a\n- name: a\n", Some("a")).to_string();
        assert!(two.contains("leads to 2"), "{two}");
    }

    #[test]
    fn charts() {
        let helm = |at: &str| GitopsPlace::Helm {
            file: "values.yaml".to_owned(),
            at: at.parse().unwrap(),
        };
        check(
            &helm("image"),
            "image:\n  repository: r.example.com/shop/api\n  tag: 1.0 # from CI\nreplicas: 2\n",
            "image:\n  repository: r.example.com/shop/api\n  tag: 1.0 # from CI\n  digest: DIGEST\nreplicas: 2\n",
        );
        check(
            &helm("api.image"),
            "api:\n    image: {registry: old.example.com, repository: api, digest: \"\"}\n",
            "api:\n    image: {registry: r.example.com, repository: shop/api, digest: \"DIGEST\"}\n",
        );
        check(
            &helm("image"),
            "image:\n  repository: \"api\"\n  digest: ''\n",
            "image:\n  repository: \"r.example.com/shop/api\"\n  digest: 'DIGEST'\n",
        );
    }

    #[test]
    fn values() {
        let value = |form| GitopsPlace::Value {
            file: "deployment.yaml".to_owned(),
            at: "spec.containers[name=web].image".parse().unwrap(),
            form,
        };
        let before = "kind: Service\n---\nspec:\n  containers:\n  - name: web\n    image: \"r.example.com/shop/api:1.0\" # x\n";
        let after = before.replace("api:1.0", "api@DIGEST");
        check(&value(GitopsForm::Reference), before, &after);
        let after = before.replace("r.example.com/shop/api:1.0", "DIGEST");
        check(&value(GitopsForm::Digest), before, &after);
        let image = image();
        let bare = digest(before, (&value(GitopsForm::Reference), &image));
        assert_eq!(bare, Ok(None));
    }
}
