//! Logs on stderr, and traces over OTLP. Neither has a header, a query, a body, or what a person
//! wrote.

mod client;
mod promotions;
mod recorded;

use std::io;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use client::Client;
pub(crate) use promotions::Traced;
pub(crate) use recorded::log;

/// The name under which traces come.
const SERVICE: &str = "liftlock";

/// How long the last traces may take when the server ends.
const FLUSH_TIME: Duration = Duration::from_secs(5);

/// What is logged, and where traces go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// How lines of the log look.
    pub format: LogFormat,
    /// The least that is logged.
    pub level: LevelFilter,
    /// An OTLP receiver's address (`http://127.0.0.1:4318`), to which `/v1/traces` is added; HTTP
    /// with protobuf. `OTEL_EXPORTER_OTLP_HEADERS` adds headers, such as one with a token.
    pub otlp: Option<String>,
}

/// How lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON document a line.
    Json,
}

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The address or a header cannot be used.
    #[error("traces cannot be sent to the OTLP receiver: {0}")]
    Exporter(#[from] ExporterBuildError),
    /// The HTTP client cannot be made.
    #[error("no HTTP client can be made for traces: {0}")]
    Client(#[from] reqwest::Error),
    /// There is a subscriber already.
    #[error("this process logs already")]
    Taken,
}

/// Traces on their way; what waits to be sent goes with [`end`](Self::end).
#[derive(Debug, Default)]
pub struct Traces(Option<SdkTracerProvider>);

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: LevelFilter::INFO,
            otlp: None,
        }
    }
}

impl Telemetry {
    /// Begins for the whole process, on stderr.
    ///
    /// # Errors
    /// [`TelemetryError`].
    pub fn begin(&self) -> Result<Traces, TelemetryError> {
        let (subscriber, traces) = self.subscriber(io::stderr)?;
        tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::Taken)?;
        Ok(traces)
    }

    /// What takes in spans and events, with lines written to `writer`. Spans that are made without
    /// it, of this process, go to the same receiver.
    ///
    /// # Errors
    /// [`TelemetryError`].
    pub fn subscriber<W>(
        &self,
        writer: W,
    ) -> Result<(impl Subscriber + Send + Sync + use<W>, Traces), TelemetryError>
    where
        W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    {
        let traces = self.traces()?;
        if let Some(provider) = &traces.0 {
            opentelemetry::global::set_tracer_provider(provider.clone());
        }
        let tracer = traces.0.as_ref().map(|provider| provider.tracer(SERVICE));
        // What other crates say of connections is no part of a trace, nor of a log unless it is
        // a warning.
        let ours = Targets::new().with_target("liftlock", LevelFilter::INFO);
        let traced = tracer.map(|tracer| traced(tracer).with_filter(ours));
        let logged = Targets::new()
            .with_default(self.level.min(LevelFilter::WARN))
            .with_target("liftlock", self.level);
        let lines = self.lines(writer).with_filter(logged);
        Ok((Registry::default().with(lines).with(traced), traces))
    }

    fn lines<S, W>(&self, writer: W) -> Box<dyn Layer<S> + Send + Sync>
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
        W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    {
        let lines = tracing_subscriber::fmt::layer().with_writer(writer);
        match self.format {
            LogFormat::Text => lines.with_ansi(false).boxed(),
            LogFormat::Json => lines
                .json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false)
                .boxed(),
        }
    }

    fn traces(&self) -> Result<Traces, TelemetryError> {
        let Some(endpoint) = &self.otlp else {
            return Ok(Traces(None));
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new()?)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()?;
        let resource = Resource::builder().with_service_name(SERVICE).build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        Ok(Traces(Some(provider)))
    }
}

fn traced<S>(tracer: SdkTracer) -> impl Layer<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
}

impl Traces {
    /// Whoever makes spans of their own, besides those of `tracing`.
    pub(crate) fn tracer() -> opentelemetry::global::BoxedTracer {
        opentelemetry::global::tracer(SERVICE)
    }

    /// Sends what waits, for a few seconds at most.
    pub async fn end(self) {
        let Some(provider) = self.0 else { return };
        let ending = move || provider.shutdown_with_timeout(FLUSH_TIME);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(ending).await {
            tracing::warn!(%error, "the last traces may be lost");
        }
    }
}
