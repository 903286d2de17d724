//! Requests to registries.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use liftlock_registry::{Attempt, Telling};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Unit;

use super::Metrics;
use super::http::known;

/// How many registries have figures of their own. Those after them share `other`.
const REGISTRIES_MAX: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    registry: String,
    method: &'static str,
    /// The answer's status, or `none`.
    status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct At {
    registry: String,
}

impl Metrics {
    /// Counts the requests that are sent to registries from now on, each attempt for itself.
    pub fn registries(&self) -> Telling {
        let requests = Family::<Asked, Counter>::default();
        // A millisecond to a minute.
        let new = || Histogram::new(exponential_buckets(0.001, 4.0, 9));
        let took = Family::<At, Histogram, fn() -> Histogram>::new_with_constructor(new);
        let mut registry = self.registry();
        let help = "Requests to registries, by the answer's status";
        registry.register("registry_requests", help, requests.clone());
        registry.register_with_unit(
            "registry_request_duration",
            "Time until a registry's answer began",
            Unit::Seconds,
            took.clone(),
        );
        drop(registry);
        let hosts = Arc::new(Mutex::new(HashSet::new()));
        Telling::to(move |attempt| {
            let labels = labels(attempt, &hosts);
            let at = At {
                registry: labels.registry.clone(),
            };
            requests.get_or_create(&labels).inc();
            took.get_or_create(&at).observe(attempt.took.as_secs_f64());
        })
    }
}

fn labels(attempt: &Attempt<'_>, hosts: &Mutex<HashSet<String>>) -> Asked {
    let mut hosts = hosts.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = hosts.contains(attempt.host) || hosts.len() < REGISTRIES_MAX;
    if fits {
        hosts.insert(attempt.host.to_owned());
    }
    let registry = if fits { attempt.host } else { "other" };
    let status = attempt.status.map(|status| status.as_u16().to_string());
    Asked {
        registry: registry.to_owned(),
        method: known(attempt.method),
        status: status.unwrap_or_else(|| "none".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::{Method, StatusCode};

    use super::*;

    fn attempt(host: &str) -> Attempt<'_> {
        Attempt {
            host,
            method: &Method::GET,
            status: Some(StatusCode::OK),
            took: Duration::from_millis(3),
        }
    }

    #[test]
    fn there_are_never_too_many_registries() {
        let hosts = Mutex::default();
        for n in 0..REGISTRIES_MAX {
            let host = format!("registry-{n}.example.com");
            assert_eq!(labels(&attempt(&host), &hosts).registry, host);
        }
        let more = "one-more.example.com";
        assert_eq!(labels(&attempt(more), &hosts).registry, "other");
        let first = "registry-0.example.com";
        assert_eq!(labels(&attempt(first), &hosts).registry, first);
    }
}
