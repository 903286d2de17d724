//! Requests by route and status.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// What requests come to. A route is its pattern, so there are as many as the server has.
pub(crate) struct Http {
    requests: Family<Answered, Counter>,
    took: Family<Route, Histogram>,
    pub(crate) at_work: Gauge,
    pub(crate) streams: Gauge,
    pub(crate) panics: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

impl Http {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let http = Self {
            requests: Family::default(),
            // A millisecond to a minute.
            took: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.001, 4.0, 9))
            }),
            at_work: Gauge::default(),
            streams: Gauge::default(),
            panics: Counter::default(),
        };
        registry.register("http_requests", "Requests answered", http.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time until an answer began",
            Unit::Seconds,
            http.took.clone(),
        );
        let at_work = "Requests whose answer has not begun";
        registry.register("http_requests_at_work", at_work, http.at_work.clone());
        let streams = "Streams of events that are open";
        registry.register("event_streams_open", streams, http.streams.clone());
        let panics = "Handlers that panicked";
        registry.register("http_panics", panics, http.panics.clone());
        http
    }

    pub(crate) fn answered(
        &self,
        (method, route): (&Method, Option<&str>),
        status: StatusCode,
        took: Duration,
    ) {
        let route = route.unwrap_or("none").to_owned();
        let labels = Answered {
            method: known(method),
            route: route.clone(),
            status: status.as_u16(),
        };
        self.requests.get_or_create(&labels).inc();
        let took_of = self.took.get_or_create(&Route { route });
        took_of.observe(took.as_secs_f64());
    }
}

/// A client can make methods up.
pub(super) fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
