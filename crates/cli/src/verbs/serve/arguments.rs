//! What can be said of the server on the command line and in the environment.

use std::path::PathBuf;

use super::identity;
use clap::{Args, ValueEnum};
use liftlock_core::policy::Who;
use liftlock_core::{Label, PersonName};
use liftlock_pipeline_file::{Listen, Network};

/// Serve the state to a team: people, CI jobs and auditors, until Ctrl-C
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock serve --state /var/lib/liftlock/state.db --listen 0.0.0.0:8443 \\\n    --tls-cert cert.pem --tls-key key.pem\n\nA first SIGTERM or Ctrl-C lets requests finish; a second one ends at once."
)]
pub(crate) struct Arguments {
    /// Read what is not said here or in the environment from this file, such as
    /// liftlock-server.yaml
    #[arg(long, value_name = "FILE", env = "LIFTLOCK_SERVER_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// Where to listen; other than on loopback only with TLS, or behind a proxy that has it
    /// [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", env = "LIFTLOCK_LISTEN")]
    pub(super) listen: Option<Listen>,
    /// Serve HTTPS with this certificate, and those between it and its root; read again when it
    /// changes
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        env = "LIFTLOCK_TLS_CERT"
    )]
    pub(super) tls_cert: Option<PathBuf>,
    /// The certificate's private key
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_cert",
        env = "LIFTLOCK_TLS_KEY"
    )]
    pub(super) tls_key: Option<PathBuf>,
    /// A proxy before the server has TLS, and nobody else reaches the server
    #[arg(long, env = "LIFTLOCK_BEHIND_PROXY")]
    pub(super) behind_proxy: bool,
    /// Believe the X-Forwarded-For and -Proto of this address or network; may be repeated
    #[arg(
        long = "trusted-proxy",
        value_name = "NETWORK",
        value_delimiter = ',',
        env = "LIFTLOCK_TRUSTED_PROXIES"
    )]
    pub(super) trusted_proxies: Vec<Network>,
    /// Show /metrics to everyone who reaches this address
    #[arg(long, value_name = "ADDRESS", env = "LIFTLOCK_METRICS_LISTEN")]
    pub(super) metrics_listen: Option<Listen>,
    /// Show /metrics to who has the token in this file
    #[arg(long, value_name = "FILE", env = "LIFTLOCK_METRICS_TOKEN_FILE")]
    pub(super) metrics_token_file: Option<PathBuf>,
    /// How lines of the log look [default: text]
    #[arg(long, value_name = "FORMAT", env = "LIFTLOCK_LOG_FORMAT")]
    pub(super) log_format: Option<Format>,
    /// The least that is logged [default: info]
    #[arg(long, value_name = "LEVEL", env = "LIFTLOCK_LOG_LEVEL")]
    pub(super) log_level: Option<Level>,
    /// Send traces to this OTLP receiver, such as http://127.0.0.1:4318
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub(super) otlp: Option<String>,
    /// Only answer: leave it to other servers of the same state to carry promotions out
    #[arg(long, env = "LIFTLOCK_NO_WORKER")]
    pub(super) no_worker: bool,
    /// The name of this server's worker, in the record of what it carries out
    #[arg(
        long,
        value_name = "NAME",
        default_value = "server",
        conflicts_with = "no_worker",
        env = "LIFTLOCK_WORKER_NAME"
    )]
    pub(super) worker_name: PersonName,
    /// Be an agent of this server and nothing else: carry out here what it decides, in the
    /// environments of the token's labels. The token is that of LIFTLOCK_TOKEN_FILE
    #[arg(
        long,
        value_name = "SERVER",
        conflicts_with_all = ["listen", "tls_cert", "behind_proxy", "no_worker", "hooks", "claimed"],
        env = "LIFTLOCK_WORKER"
    )]
    pub(super) worker: Option<String>,
    /// A label of this server, which then carries out what pipelines leave to workers with it
    /// alone; may be repeated [default: none]
    #[arg(
        long = "worker-label",
        value_name = "LABEL",
        value_delimiter = ',',
        env = "LIFTLOCK_WORKER_LABELS"
    )]
    pub(super) labels: Vec<Label>,
    /// Webhooks, in and out, as docs/webhooks.md says: a file of JSON
    #[arg(long, value_name = "FILE", env = "LIFTLOCK_HOOKS")]
    pub(super) hooks: Option<PathBuf>,
    /// Let pipelines run this program, as they name it; docker for compose, git for gitops, k6;
    /// may be repeated [default: none]
    #[arg(
        long = "allow-program",
        value_name = "PROGRAM",
        value_delimiter = ',',
        env = "LIFTLOCK_ALLOW_PROGRAMS"
    )]
    pub(super) programs: Vec<String>,
    /// Let pipelines' checks and repositories be at this host, or HOST:PORT; may be repeated
    /// [default: none]
    #[arg(
        long = "allow-host",
        value_name = "HOST",
        value_delimiter = ',',
        env = "LIFTLOCK_ALLOW_HOSTS"
    )]
    pub(super) hosts: Vec<String>,
    /// Who may read every pipeline and the whole ledger: an identity, or oidc-group:NAME
    #[arg(
        long = "auditor",
        value_name = "WHO",
        value_delimiter = ',',
        env = "LIFTLOCK_AUDITORS"
    )]
    pub(super) auditors: Vec<Who>,
    /// Who may make pipelines, beside the administrators: an identity, or oidc-group:NAME
    #[arg(
        long = "creator",
        value_name = "WHO",
        value_delimiter = ',',
        env = "LIFTLOCK_CREATORS"
    )]
    pub(super) creators: Vec<Who>,
    /// Take everyone for who they say they are, as a state's file does; on loopback only, to try
    /// the server out
    #[arg(long)]
    pub(super) claimed: bool,
    #[command(flatten)]
    pub(super) identity: identity::Who,
}

/// How lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// The least that is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Level {
    Error,
    Warn,
    Info,
    Debug,
}
