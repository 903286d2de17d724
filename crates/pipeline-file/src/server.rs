//! The server's file: `liftlock-server.yaml`. Read like a pipeline file: all problems at once, each
//! with its place and the nearest known key.

mod limits;
mod network;

use liftlock_core::{Label, Span};

use crate::block::Block;
use crate::diagnostic::{Diagnostic, render};
use crate::finding::{Finding, Position};
use crate::node::{Entry, Node};
use crate::reader::Reader;
use crate::sequence;
use crate::shape::Shape;
use crate::source::Source;
use crate::{scalar, tree};

pub use limits::ServerLimits;
pub use network::{Listen, Network};

/// The one version of the file that is known.
const VERSION: u32 = 1;

const SERVER: Shape = Shape {
    name: "server",
    what: "a server's file",
    keys: &[
        "version",
        "state",
        "listen",
        "tls",
        "behind-proxy",
        "trusted-proxies",
        "metrics",
        "log",
        "traces",
        "shutdown",
        "worker-labels",
        "limits",
    ],
    later: &[],
};

const TLS: Shape = Shape {
    name: "tls",
    what: "a certificate",
    keys: &["cert", "key"],
    later: &[],
};

const METRICS: Shape = Shape {
    name: "metrics",
    what: "who reads metrics",
    keys: &["listen", "token-file"],
    later: &[],
};

const LOG: Shape = Shape {
    name: "log",
    what: "the log",
    keys: &["format", "level"],
    later: &[],
};

const TRACES: Shape = Shape {
    name: "traces",
    what: "where traces go",
    keys: &["otlp"],
    later: &[],
};

const SHUTDOWN: Shape = Shape {
    name: "shutdown",
    what: "how the server ends",
    keys: &["delay", "within"],
    later: &[],
};

/// Words for how the log looks; whether it is JSON.
const FORMATS: [(&str, bool); 2] = [("text", false), ("json", true)];

/// Words for the least that is logged.
const LEVELS: [(&str, &str); 4] = [
    ("error", "error"),
    ("warn", "warn"),
    ("info", "info"),
    ("debug", "debug"),
];

/// What a server's file says. What it does not say is for the command line, the environment and the
/// defaults. Paths are as they are written: relative to the file's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerFile {
    /// The state: a file or an address.
    pub state: Option<String>,
    /// Where to listen.
    pub listen: Option<Listen>,
    /// The certificate's file and its key's.
    pub tls: Option<(String, String)>,
    /// Whether a proxy before the server has TLS.
    pub behind_proxy: Option<bool>,
    /// Whose word on where a request comes from is believed.
    pub trusted_proxies: Vec<Network>,
    /// Where figures are read without more.
    pub metrics_listen: Option<Listen>,
    /// The file that holds the token to read figures with.
    pub metrics_token_file: Option<String>,
    /// Whether lines of the log are JSON.
    pub log_json: Option<bool>,
    /// The least that is logged: `error`, `warn`, `info` or `debug`.
    pub log_level: Option<&'static str>,
    /// The OTLP receiver's address.
    pub otlp: Option<String>,
    /// The labels of the server's worker.
    pub worker_labels: Vec<Label>,
    /// How long readiness says no before the server stops to listen.
    pub shutdown_delay: Option<Span>,
    /// How long what has begun may go on after that.
    pub shutdown_within: Option<Span>,
    /// Limits that are not the default.
    pub limits: ServerLimits,
}

/// Reads a server's file.
///
/// # Errors
/// Everything that is wrong with it, in order of position, at most
/// [`DIAGNOSTICS_MAX`](crate::DIAGNOSTICS_MAX).
pub fn parse_server(source: &Source<'_>) -> Result<ServerFile, Vec<Diagnostic>> {
    let text = source
        .checked()
        .map_err(|finding| render(vec![finding], source.name, ""))?;
    let tree::Tree { root, findings } = tree::read(text);
    let Some(root) = root else {
        let empty = Finding::new(Position::START, "the file is empty").hint("write `version: 1`");
        let findings = if findings.is_empty() {
            vec![empty]
        } else {
            findings
        };
        return Err(render(findings, source.name, text));
    };
    let mut reader = Reader::new(&root, &|_| Err("no file is read".to_owned()));
    reader.findings = findings;
    let file = read(&root, &mut reader);
    match file.filter(|_| reader.findings.is_empty()) {
        Some(file) => Ok(file),
        None => Err(render(reader.findings, source.name, text)),
    }
}

fn read(root: &Node, reader: &mut Reader<'_>) -> Option<ServerFile> {
    let block = Block::open(root.at, root, &SERVER, reader)?;
    if let Some(node) = block.need("version", "write `version: 1`", reader)
        && scalar::number::<u32>(node, reader).is_some_and(|version| version != VERSION)
    {
        let message = "this version of the server's file is not known";
        reader.report(Finding::new(node.at, message).hint("write `version: 1`"));
    }
    let mut file = ServerFile {
        state: text(&block, "state", "a state", reader),
        listen: listen(&block, reader),
        tls: tls(&block, reader),
        ..ServerFile::default()
    };
    if let Some(node) = block.get("behind-proxy") {
        file.behind_proxy = scalar::boolean(node, reader);
    }
    if let Some(node) = block.get("trusted-proxies") {
        let networks = sequence::parsed(node, "a network such as 10.0.0.0/8", reader);
        file.trusted_proxies = networks.unwrap_or_default();
    }
    if let Some(metrics) = open(&block, "metrics", &METRICS, reader) {
        file.metrics_listen = listen(&metrics, reader);
        file.metrics_token_file = text(&metrics, "token-file", "a path", reader);
    }
    if let Some(log) = open(&block, "log", &LOG, reader) {
        file.log_json = choice(&log, "format", &FORMATS, reader);
        file.log_level = choice(&log, "level", &LEVELS, reader);
    }
    if let Some(traces) = open(&block, "traces", &TRACES, reader) {
        file.otlp = otlp(&traces, reader);
    }
    if let Some(shutdown) = open(&block, "shutdown", &SHUTDOWN, reader) {
        let span = |key| shutdown.get(key);
        file.shutdown_delay = span("delay").and_then(|node| scalar::span(node, reader));
        file.shutdown_within = span("within").and_then(|node| scalar::span(node, reader));
    }
    if let Some(node) = block.get("worker-labels") {
        file.worker_labels = sequence::parsed(node, "a label", reader).unwrap_or_default();
    }
    if let Some(limits) = open(&block, "limits", &limits::LIMITS, reader) {
        file.limits = limits::read(&limits, reader);
    }
    Some(file)
}

/// A block within the block.
fn open<'n>(
    block: &Block<'n>,
    key: &'static str,
    shape: &'static Shape,
    reader: &mut Reader<'_>,
) -> Option<Block<'n>> {
    let Entry { at, value, .. } = block.entry(key)?;
    Block::open(*at, value, shape, reader)
}

fn text(
    block: &Block<'_>,
    key: &'static str,
    what: &str,
    reader: &mut Reader<'_>,
) -> Option<String> {
    let text = scalar::text(block.get(key)?, what, reader)?;
    Some(text.to_owned())
}

fn listen(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<Listen> {
    scalar::parsed(block.get("listen")?, "an address and a port", reader)
}

fn choice<T: Copy>(
    block: &Block<'_>,
    key: &'static str,
    words: &[(&'static str, T)],
    reader: &mut Reader<'_>,
) -> Option<T> {
    scalar::choice(block.get(key)?, "one of these", words, &[], reader)
}

fn tls(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<(String, String)> {
    let tls = open(block, "tls", &TLS, reader)?;
    let cert = tls.need("cert", "name the certificate's file", reader);
    let key = tls.need("key", "name the file of its private key", reader);
    let cert = cert.and_then(|node| scalar::text(node, "a path", reader));
    let key = key.and_then(|node| scalar::text(node, "a path", reader));
    Some((cert?.to_owned(), key?.to_owned()))
}

/// An address without a name or password: those belong into OTLP's headers.
fn otlp(block: &Block<'_>, reader: &mut Reader<'_>) -> Option<String> {
    let node = block.get("otlp")?;
    let text = scalar::text(node, "an address", reader)?;
    let rest = text
        .strip_prefix("http://")
        .or(text.strip_prefix("https://"));
    if rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('@')) {
        return Some(text.to_owned());
    }
    let message = "expected an http or https address without a user";
    let finding = Finding::new(node.at, message).hidden();
    reader.report(finding.hint("a token belongs into OTEL_EXPORTER_OTLP_HEADERS"));
    None
}

#[cfg(test)]
mod tests;
