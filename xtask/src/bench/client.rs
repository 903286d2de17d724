//! The clients, and how each is told what to do.

use std::path::PathBuf;

use super::row::Standing;

/// A program that copies and tags images.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) kind: Kind,
    pub(super) program: PathBuf,
}

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Liftlock,
    Crane,
    Regctl,
    Skopeo,
}

/// The name and the options that make skopeo change nothing on the way, over plain HTTP.
const SKOPEO: &str = "--insecure-policy copy --quiet --all --preserve-digests \
    --src-tls-verify=false --dest-tls-verify=false";

impl Kind {
    /// The product first.
    pub(super) const ALL: [Self; 4] = [Self::Liftlock, Self::Crane, Self::Regctl, Self::Skopeo];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Liftlock => "liftlock",
            Self::Crane => "crane",
            Self::Regctl => "regctl",
            Self::Skopeo => "skopeo",
        }
    }
}

impl Client {
    pub(super) fn name(&self) -> &'static str {
        self.kind.name()
    }

    pub(super) fn standing(&self) -> Standing {
        match self.kind {
            Kind::Liftlock => Standing::Ours,
            Kind::Crane | Kind::Regctl | Kind::Skopeo => Standing::Peer,
        }
    }

    /// What prints its version.
    pub(super) fn version(&self) -> &'static str {
        match self.kind {
            Kind::Liftlock | Kind::Skopeo => "--version",
            Kind::Crane | Kind::Regctl => "version",
        }
    }

    /// Points a tag of a repository at what another tag has.
    pub(super) fn retag(&self, repository: &str, from: &str, to: &str) -> Vec<String> {
        let source = format!("{repository}:{from}");
        match self.kind {
            Kind::Liftlock => self.words(&["image", "tag", &source, to]),
            Kind::Crane => self.words(&["tag", &source, to]),
            Kind::Regctl | Kind::Skopeo => self.copy(&source, &format!("{repository}:{to}")),
        }
    }

    /// Copies an image with all its platforms.
    pub(super) fn copy(&self, from: &str, to: &str) -> Vec<String> {
        match self.kind {
            Kind::Liftlock => self.words(&["image", "copy", from, to]),
            Kind::Crane => self.words(&["copy", from, to]),
            Kind::Regctl => {
                // Both ends, where they are two.
                let hosts = [from, to].map(|name| {
                    let host = name.split('/').next().unwrap_or_default();
                    format!("--host=reg={host},tls=disabled")
                });
                self.words(&["image", "copy", &hosts[0], &hosts[1], from, to])
            }
            Kind::Skopeo => {
                let ends = [from, to].map(|name| format!("docker://{name}"));
                let options = SKOPEO.split_whitespace();
                let words: Vec<_> = options.chain(ends.iter().map(String::as_str)).collect();
                self.words(&words)
            }
        }
    }

    /// The program with these arguments.
    pub(super) fn words(&self, arguments: &[&str]) -> Vec<String> {
        let program = self.program.display().to_string();
        let arguments = arguments.iter().map(|word| (*word).to_owned());
        [program].into_iter().chain(arguments).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, copy: &str, retag: &str) {
        let client = Client {
            kind,
            program: PathBuf::from("P"),
        };
        assert_eq!(client.copy("h:1/a:x", "h:2/b:y").join(" "), copy);
        assert_eq!(client.retag("h:1/a", "x", "z").join(" "), retag);
    }

    #[test]
    fn each_is_told_in_its_own_words() {
        check(
            Kind::Liftlock,
            "P image copy h:1/a:x h:2/b:y",
            "P image tag h:1/a:x z",
        );
        check(Kind::Crane, "P copy h:1/a:x h:2/b:y", "P tag h:1/a:x z");
        check(
            Kind::Regctl,
            "P image copy --host=reg=h:1,tls=disabled --host=reg=h:2,tls=disabled h:1/a:x h:2/b:y",
            "P image copy --host=reg=h:1,tls=disabled --host=reg=h:1,tls=disabled h:1/a:x h:1/a:z",
        );
        let skopeo = format!(
            "P {}",
            SKOPEO.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        check(
            Kind::Skopeo,
            &format!("{skopeo} docker://h:1/a:x docker://h:2/b:y"),
            &format!("{skopeo} docker://h:1/a:x docker://h:1/a:z"),
        );
    }
}
