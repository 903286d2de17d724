//! A world, and a transcript of what was typed in it and what came back.

use std::collections::BTreeSet;
use std::path::Path;

use liftlock_oci::Image;
use liftlock_store::SCHEMA_VERSION;
use liftlock_testkit::{Output, World};
use serde_json::Value;

use crate::asked::Asked;
use crate::normalise::normalise;

/// The binary under test.
pub(crate) const LIFTLOCK: &str = env!("CARGO_BIN_EXE_liftlock");

/// The longest word of a command line that a transcript repeats.
const WORD_CHARS_MAX: usize = 160;

pub(crate) struct Scenario {
    pub(crate) world: World,
    asked: Asked,
    known: BTreeSet<String>,
    transcript: String,
}

impl Scenario {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self {
            world: World::new(),
            asked: Asked::default(),
            known: BTreeSet::new(),
            transcript: String::new(),
        }
    }

    fn run(&self, words: &[&str]) -> Output {
        self.asked.run(&self.world, words)
    }

    /// Pushes an image of two platforms; transcripts show its digests as they are.
    pub(crate) fn push(&mut self, repository: &str, tag: &str, content: &str) -> Image {
        let image = self.world.registry().push(repository, tag, content);
        self.know(&image);
        image
    }

    pub(crate) fn know(&mut self, image: &Image) {
        let platforms = image.platforms.iter().map(|(_, digest)| digest);
        let digests = [&image.digest].into_iter().chain(platforms);
        self.known.extend(digests.map(ToString::to_string));
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.transcript.push_str(&format!("# {text}\n\n"));
    }

    /// Types a command, and keeps what it prints.
    pub(crate) fn check(&mut self, words: &[&str]) -> Output {
        let output = self.run(words);
        self.keep("liftlock", words, &output);
        output
    }

    /// As [`check`](Self::check), and it must end like this.
    pub(crate) fn ends(&mut self, code: i32, words: &[&str]) -> Output {
        let output = self.check(words);
        assert_eq!(output.code, code, "{words:?}: {output:?}");
        output
    }

    /// Types a command with `--json`: one document on stdout, with the exit code in it.
    pub(crate) fn json(&mut self, code: i32, words: &[&str]) -> Value {
        let words = [words, &["--json"]].concat();
        let output = self.check(&words);
        document(code, &words, &output)
    }

    /// The command must be refused with one clear error, and leave ledger and tags as they were.
    pub(crate) fn refused(&mut self, code: i32, words: &[&str]) -> Output {
        self.asked.begin(&self.world, words);
        let before = self.fingerprint();
        let output = self.ends(code, words);
        assert_eq!(self.fingerprint(), before, "{words:?} changed something");
        one_error(words, &output);
        output
    }

    /// Types a command that must succeed, and keeps nothing of it.
    pub(crate) fn quietly(&self, words: &[&str]) -> Output {
        let output = self.run(words);
        assert_eq!(output.code, 0, "{words:?}: {output:?}");
        output
    }

    /// The transcript must be as it was, and as it was read then.
    pub(crate) fn end(self, name: &str) {
        self.replays();
        let transcript = self.asked.normalise(&self.transcript);
        let text = normalise(&self.world.normalise(&transcript), &self.known);
        // A new version of the state changes nothing that anyone reads here.
        let known = format!("this one knows {SCHEMA_VERSION})");
        let text = text.replace(&known, "this one knows VERSION)");
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, text));
    }

    /// Whatever was done, every decision that was recorded can be made again.
    fn replays(&self) {
        if !self.world.folder().join(".liftlock/state.db").exists() {
            return;
        }
        let output = self.world.run(LIFTLOCK, &["log", "verify", "--json"]);
        let document: Value = serde_json::from_str(&output.stdout).unwrap_or_default();
        let pipelines = document["result"]["audit"]["pipelines"].as_array();
        for pipeline in pipelines.into_iter().flatten() {
            assert_eq!(pipeline["findings"], Value::Array(Vec::new()));
        }
    }

    /// Ledger and tags, as they can be told from outside.
    fn fingerprint(&self) -> (Option<String>, Vec<String>) {
        let state = self.world.folder().join(".liftlock/state.db");
        let ledger = state.exists().then(|| {
            let output = self.world.run(LIFTLOCK, &["log", "checkpoint"]);
            output.stdout
        });
        let repository = self.world.folder().join("../registry/shop/api");
        let tags = match repository.exists() {
            true => self.world.registry().tags("shop/api"),
            false => Default::default(),
        };
        let tags = tags.iter().map(|(tag, digest)| format!("{tag} {digest}"));
        (ledger, tags.collect())
    }

    /// Keeps what was printed.
    pub(crate) fn keep(&mut self, program: &str, words: &[&str], output: &Output) {
        let words: Vec<String> = words.iter().map(|word| shown(word)).collect();
        let program = Path::new(program).file_name().unwrap_or_default();
        let typed = format!("$ {} {}", program.to_string_lossy(), words.join(" "));
        self.transcript.push_str(typed.trim_end());
        self.transcript.push('\n');
        self.transcript.push_str(&output.stdout);
        for line in output.stderr.lines() {
            self.transcript.push_str(&format!("! {line}\n"));
        }
        self.transcript.push_str(&format!("[{}]\n\n", output.code));
    }
}

/// Stdout is one document, and it says how the command ended.
pub(crate) fn document(code: i32, words: &[&str], output: &Output) -> Value {
    assert_eq!(output.code, code, "{words:?}: {output:?}");
    let document = output.json();
    assert_eq!(document["version"], 1, "{words:?}");
    assert_eq!(document["exit"], code, "{words:?}");
    let (result, error) = (&document["result"], &document["error"]);
    assert!(result.is_null() != error.is_null(), "{words:?}: {document}");
    document
}

fn one_error(words: &[&str], output: &Output) {
    assert_eq!(output.stdout, "", "{words:?}");
    let errors = output.stderr.lines();
    let errors = errors.filter(|line| line.starts_with("error: "));
    assert_eq!(errors.count(), 1, "{words:?}: {}", output.stderr);
    let raw = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || c == '\u{202e}';
    assert!(!output.stderr.contains(raw), "{words:?}: {output:?}");
}

fn shown(word: &str) -> String {
    let chars = word.chars().count();
    if chars > WORD_CHARS_MAX {
        let start: String = word.chars().take(8).collect();
        return format!("{start}...({chars} characters)");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,".contains(c);
    if word.is_empty() || !word.chars().all(plain) {
        format!("'{}'", word.escape_debug())
    } else {
        word.to_owned()
    }
}
