//! The server's settings: what the command line and the environment say, then the file, then the
//! defaults.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use ipnet::IpNet;
use liftlock_core::{Label, Span};
use liftlock_pipeline_file::{
    Listen, Network, ServerFile, ServerLimits, Source, TEXT_BYTES_MAX, parse_server,
};
use liftlock_server::{
    Config, Limits, LogFormat, MetricsAccess, MetricsToken, Telemetry, TlsFiles,
};
use liftlock_verbs::{Exit, Failure};
use serde_json::json;

use super::arguments::{Arguments, Format, Level};

/// Where to listen when nobody says otherwise.
const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);

/// The most of a token's file that is read.
const TOKEN_BYTES_MAX: u64 = 4096;

/// The server's settings.
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) telemetry: Telemetry,
    /// The state that the file names.
    pub(super) state: Option<String>,
    /// The labels of who carries out here.
    pub(super) labels: BTreeSet<Label>,
}

impl Settings {
    /// Reads the file, where one is named, and lays the arguments over it.
    pub(super) fn of(arguments: &Arguments) -> Result<Self, Failure> {
        let (file, folder) = match &arguments.config {
            Some(path) => (read(path)?, path.parent().unwrap_or(Path::new(""))),
            None => (ServerFile::default(), Path::new("")),
        };
        let beside = |path: &String| folder.join(path);
        let given = arguments.tls_cert.clone().zip(arguments.tls_key.clone());
        let named = file.tls.as_ref();
        let tls = given.or_else(|| named.map(|(cert, key)| (beside(cert), beside(key))));
        let proxies = match arguments.trusted_proxies.as_slice() {
            [] => &file.trusted_proxies,
            given => given,
        };
        let token = arguments.metrics_token_file.clone();
        let token = token.or_else(|| file.metrics_token_file.as_ref().map(beside));
        let metrics = MetricsAccess {
            listen: arguments.metrics_listen.or(file.metrics_listen).map(socket),
            token: token.as_deref().map(token_in).transpose()?,
        };
        let labels = match arguments.labels.as_slice() {
            [] => file.worker_labels.iter().cloned().collect(),
            given => given.iter().cloned().collect(),
        };
        let listen = arguments.listen.or(file.listen).map(socket);
        let config = Config {
            tls: tls.map(|(cert, key)| TlsFiles { cert, key }),
            behind_proxy: arguments.behind_proxy || file.behind_proxy == Some(true),
            trusted_proxies: proxies.iter().filter_map(network).collect(),
            shutdown_delay: file.shutdown_delay.map_or(Duration::ZERO, duration),
            metrics,
            limits: limits(&file),
            ..Config::new(listen.unwrap_or_else(|| LISTEN.into()))
        };
        let is_address = |state: &String| state.contains("://");
        let state = file.state.as_ref().map(|state| match is_address(state) {
            true => state.clone(),
            false => beside(state).to_string_lossy().into_owned(),
        });
        Ok(Self {
            config,
            telemetry: telemetry(arguments, &file),
            state,
            labels,
        })
    }
}

fn telemetry(arguments: &Arguments, file: &ServerFile) -> Telemetry {
    let json = arguments.log_format.map(|format| format == Format::Json);
    let level = match (arguments.log_level, file.log_level) {
        (Some(Level::Error), _) => "error",
        (Some(Level::Warn), _) => "warn",
        (Some(Level::Info), _) => "info",
        (Some(Level::Debug), _) => "debug",
        (None, level) => level.unwrap_or("info"),
    };
    Telemetry {
        format: match json.or(file.log_json) {
            Some(true) => LogFormat::Json,
            _ => LogFormat::Text,
        },
        // The words are known to both.
        level: level.parse().unwrap_or(Telemetry::default().level),
        otlp: arguments.otlp.clone().or_else(|| file.otlp.clone()),
    }
}

fn limits(file: &ServerFile) -> Limits {
    let mut limits = Limits::default();
    let ServerLimits {
        connections,
        connections_per_address,
        requests,
        requests_per_second,
        burst,
        body_bytes,
        event_streams,
    } = file.limits;
    let set = |limit: &mut usize, value: Option<u32>| {
        *limit = value.map_or(*limit, |value| value as usize);
    };
    set(&mut limits.connections, connections);
    set(&mut limits.connections_per_address, connections_per_address);
    set(&mut limits.requests, requests);
    set(&mut limits.body_bytes, body_bytes);
    set(&mut limits.event_streams, event_streams);
    for rate in [&mut limits.rate_per_address, &mut limits.rate_per_actor] {
        rate.per_second = requests_per_second.unwrap_or(rate.per_second);
        rate.burst = burst.unwrap_or(rate.burst);
    }
    let time = file.shutdown_within.map(duration);
    limits.shutdown_time = time.unwrap_or(limits.shutdown_time);
    limits
}

fn read(path: &Path) -> Result<ServerFile, Failure> {
    let name = path.display().to_string();
    // One byte over the limit is enough for the parser to see, and say, that it is too large.
    let text = bytes(path, TEXT_BYTES_MAX as u64 + 1)?;
    let source = Source {
        name: &name,
        text: &text,
    };
    parse_server(&source).map_err(|found| {
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        let mut failure = Failure::new(Exit::Usage, "server-file", lines.join("\n"));
        failure.details = json!({ "diagnostics": found });
        failure
    })
}

fn token_in(path: &Path) -> Result<MetricsToken, Failure> {
    let text = bytes(path, TOKEN_BYTES_MAX)?;
    let text = String::from_utf8(text).unwrap_or_default();
    MetricsToken::new(&text).map_err(|wrong| Failure::usage(format!("{}: {wrong}", path.display())))
}

fn bytes(path: &Path, max: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::usage(format!("{} cannot be read: {error}", path.display()));
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(max).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn socket(listen: Listen) -> SocketAddr {
    (listen.ip, listen.port).into()
}

fn network(network: &Network) -> Option<IpNet> {
    IpNet::new(network.ip, network.prefix).ok()
}

fn duration(span: Span) -> Duration {
    Duration::from_micros(span.us().max(0).cast_unsigned())
}
