//! Git's own commands on a bare repository of our own, which lives as long as one deployment.

use std::ffi::OsString;
use std::fmt;
use std::io::Write;

use liftlock_engine::ports::DeliveryError;
use tempfile::{NamedTempFile, TempDir};

use super::{tree, unfit};
use crate::output::one_line;
use crate::session::Session;

/// Where the branch is kept in our repository.
const FETCHED: &str = "refs/liftlock/branch";

/// What git is told besides its own configuration: nothing of a repository is run, nothing is done
/// beside, and no name is made up from the machine's.
const SETTINGS: [&str; 6] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "push.followTags=false",
    "user.useConfigOnly=true",
];

/// The ways to a repository that are gone; `ext::` would run a program.
const PROTOCOLS: &str = "file:git:http:https:ssh";

/// What git and ssh read of this process's own environment to log in, to sign and to reach a host.
const PASSED: [&str; 17] = [
    "SSH_AUTH_SOCK",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO",
    "GIT_CONFIG_GLOBAL",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "GNUPGHOME",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "no_proxy",
    "NO_PROXY",
];

/// Who commits where git does not know.
const NAME_SETTING: &str = "user.name=Liftlock";
/// The address that goes with it.
const EMAIL_SETTING: &str = "user.email=liftlock@localhost";

/// A branch of a repository.
#[derive(Debug, Clone, Copy)]
pub(super) struct Branch<'a> {
    /// As git is told it.
    pub(super) repository: &'a str,
    pub(super) name: &'a str,
}

/// A commit's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit(String);

/// A file of a commit.
#[derive(Debug)]
pub(super) struct File {
    pub(super) mode: String,
    pub(super) text: String,
}

/// A file of the next commit.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) path: String,
    pub(super) mode: String,
    pub(super) text: String,
}

/// Git, a repository of our own, and the branch.
#[derive(Debug)]
pub(super) struct Git<'a> {
    session: Session,
    branch: Branch<'a>,
    folder: TempDir,
    folder_path: String,
}

impl<'a> Git<'a> {
    /// Makes the repository.
    ///
    /// # Errors
    /// [`DeliveryError::Start`] where there is no git, and [`DeliveryError::File`] where the folder
    /// for temporary files cannot be used.
    pub(super) async fn open(session: Session, branch: Branch<'a>) -> Result<Self, DeliveryError> {
        let folder = tempfile::Builder::new()
            .prefix("liftlock-git-")
            .tempdir()
            .map_err(|e| temporary(&e))?;
        let path = folder.path().to_str().map(str::to_owned);
        let path = path.ok_or_else(|| temporary(&"its path is not UTF-8; set TMPDIR"))?;
        let git = Self {
            session: session.with(variables(&path)),
            branch,
            folder,
            folder_path: path,
        };
        let path = git.folder_path.clone();
        git.answer(&["init", "--quiet", "--bare", "--template=", &path])
            .await?;
        Ok(git)
    }

    /// Whether there is such a branch.
    pub(super) async fn is_there(&self) -> Result<bool, DeliveryError> {
        let Branch { repository, name } = self.branch;
        let refs = format!("refs/heads/{name}");
        let listed = self.answer(&["ls-remote", repository, &refs]).await?;
        Ok(!listed.trim().is_empty())
    }

    /// The names of what a commit holds at its root.
    pub(super) async fn names(&self, commit: &Commit) -> Result<Vec<String>, DeliveryError> {
        let words = ["ls-tree", "-z", "--name-only", "--full-tree", &commit.0];
        let listed = self.answer(&words).await?;
        let names = listed.split_terminator('\0');
        Ok(names.map(str::to_owned).collect())
    }

    /// Gets the branch's last commit.
    pub(super) async fn fetch(&self) -> Result<Commit, DeliveryError> {
        let Branch { repository, name } = self.branch;
        let refs = format!("+refs/heads/{name}:{FETCHED}");
        let words = [
            "fetch",
            "--quiet",
            "--depth=1",
            "--no-tags",
            "--no-recurse-submodules",
        ];
        self.answer(&[&words[..], &[repository, &refs]].concat())
            .await?;
        let id = self.answer(&["rev-parse", "--verify", FETCHED]).await?;
        commit(&id)
    }

    /// Reads a file of a commit. No link on the way is followed.
    pub(super) async fn read(&self, commit: &Commit, path: &str) -> Result<File, DeliveryError> {
        let mut found = None;
        for step in tree::on_the_way(path) {
            let words = ["ls-tree", "-z", "-l", "--full-tree", &commit.0, "--", step];
            let listed = self.answer(&words).await?;
            let entry = tree::entry(&listed, step, step == path);
            found = Some(entry.map_err(|why| unfit(path, &why))?);
        }
        let Some(tree::Entry { mode, object }) = found else {
            return Err(unfit(path, &"the path is empty"));
        };
        let text = self.answer(&["cat-file", "blob", &object]).await?;
        Ok(File { mode, text })
    }

    /// Makes a commit upon another, or the first, signed where git is configured so.
    pub(super) async fn commit(
        &self,
        parent: Option<&Commit>,
        changes: &[Change],
        message: &str,
    ) -> Result<Commit, DeliveryError> {
        let before = parent.map_or("--empty", |parent| &parent.0);
        self.answer(&["read-tree", before]).await?;
        for Change { path, mode, text } in changes {
            let object = self.store(text).await?;
            let entry = format!("{mode},{object},{path}");
            self.answer(&["update-index", "--add", "--cacheinfo", &entry])
                .await?;
        }
        let tree = self.answer(&["write-tree"]).await?;
        let mut words = self.committer().await;
        words.extend(["commit-tree", tree.trim(), "-m", message]);
        words.extend(parent.iter().flat_map(|parent| ["-p", &parent.0]));
        // What makes commits by itself, as this command does, is not told by the configuration.
        let signs = ["config", "--type=bool", "--get", "commit.gpgSign"];
        if self
            .answer(&signs)
            .await
            .is_ok_and(|signs| signs.trim() == "true")
        {
            words.push("-S");
        }
        let id = self.answer(&words).await?;
        self::commit(&id)
    }

    /// Pushes a commit to the branch, upon what is there and nothing else.
    pub(super) async fn push(&self, commit: &Commit) -> Result<(), DeliveryError> {
        let Branch { repository, name } = self.branch;
        let refs = format!("{}:refs/heads/{name}", commit.0);
        let pushed = self.answer(&["push", "--quiet", repository, &refs]).await;
        pushed.map(drop).map_err(refusal)
    }

    /// What a commit changed, for people.
    pub(super) async fn difference(
        &self,
        from: &Commit,
        to: &Commit,
    ) -> Result<String, DeliveryError> {
        let plain = ["diff", "--no-color", "--no-ext-diff", "--no-textconv"];
        self.answer(&[&plain[..], &[&from.0, &to.0]].concat()).await
    }

    /// Puts a file's content into the repository; its id.
    async fn store(&self, text: &str) -> Result<String, DeliveryError> {
        let mut file = NamedTempFile::new_in(self.folder.path()).map_err(|e| temporary(&e))?;
        file.write_all(text.as_bytes()).map_err(|e| temporary(&e))?;
        let path = file.path().to_string_lossy();
        let id = self
            .answer(&["hash-object", "-w", "--no-filters", &path])
            .await?;
        Ok(id.trim().to_owned())
    }

    /// Settings for a commit where git does not know who commits.
    async fn committer(&self) -> Vec<&'static str> {
        let known = self.answer(&["var", "GIT_COMMITTER_IDENT"]).await.is_ok();
        match known && self.answer(&["var", "GIT_AUTHOR_IDENT"]).await.is_ok() {
            true => Vec::new(),
            false => [NAME_SETTING, EMAIL_SETTING]
                .into_iter()
                .flat_map(|setting| ["-c", setting])
                .collect(),
        }
    }

    async fn answer(&self, words: &[&str]) -> Result<String, DeliveryError> {
        let mut all = vec!["git".to_owned(), format!("--git-dir={}", self.folder_path)];
        for setting in SETTINGS {
            all.extend(["-c".to_owned(), setting.to_owned()]);
        }
        all.extend(words.iter().map(|word| (*word).to_owned()));
        let verb = words
            .iter()
            .find(|word| !word.starts_with('-') && !word.contains('='));
        let name = format!("git {}", verb.unwrap_or(&""));
        self.session.answer(&name, &all).await
    }
}

/// What git reads besides the clean environment: no question is ever asked.
fn variables(folder: &str) -> Vec<(&'static str, OsString)> {
    let mut all: Vec<(&'static str, OsString)> = vec![
        ("GIT_TERMINAL_PROMPT", "0".into()),
        ("GIT_ASKPASS", "".into()),
        ("GIT_SSH_COMMAND", "ssh -o BatchMode=yes".into()),
        ("GIT_ALLOW_PROTOCOL", PROTOCOLS.into()),
        ("GIT_LITERAL_PATHSPECS", "1".into()),
        ("GIT_INDEX_FILE", format!("{folder}/index").into()),
        ("GIT_PAGER", "cat".into()),
        ("LC_ALL", "C".into()),
    ];
    let set = |name: &&'static str| std::env::var_os(name).map(|value| (*name, value));
    all.extend(PASSED.iter().filter_map(set));
    all
}

/// With what the other side said as the message, rather than git's last line.
fn refusal(error: DeliveryError) -> DeliveryError {
    let DeliveryError::Failed {
        program,
        status,
        message,
        output,
    } = error
    else {
        return error;
    };
    let text = String::from_utf8_lossy(&output);
    let said = text.lines().filter_map(|line| {
        let line = line.trim();
        line.strip_prefix("remote:")
            .or(line.strip_prefix("! "))
            .map(str::trim)
    });
    let said: Vec<&str> = said.filter(|line| !line.is_empty()).collect();
    let message = match said.is_empty() {
        true => message,
        false => one_line(&said.join("; ")),
    };
    DeliveryError::Failed {
        program,
        status,
        message,
        output,
    }
}

fn commit(id: &str) -> Result<Commit, DeliveryError> {
    let id = id.trim();
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|b| b.is_ascii_hexdigit());
    match is_id {
        true => Ok(Commit(id.to_owned())),
        false => Err(DeliveryError::Answer {
            what: "git's answer about a commit".to_owned(),
            message: format!("{:?} is no id", id.chars().take(80).collect::<String>()),
        }),
    }
}

fn temporary(why: &impl ToString) -> DeliveryError {
    DeliveryError::File {
        file: "the folder for temporary files".to_owned(),
        message: why.to_string(),
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.get(..12).unwrap_or(&self.0))
    }
}
