//! What Alertmanager's webhook sends (Prometheus Alertmanager, `webhook_config`, version 4).

use std::collections::BTreeMap;

use liftlock_core::{EnvironmentName, PipelineName};
use liftlock_oci::Digest;
use serde::Deserialize;

use super::error::bounded;
use super::{AlertmanagerHook, IncomingError};
use crate::words::words;

/// The most alerts of one notification.
pub const ALERTS_MAX: usize = 1000;
/// How many alerts are told by name.
const TOLD_MAX: usize = 3;
/// The longest reason, in characters.
const REASON_CHARS_MAX: usize = 480;

/// A notification about a group of alerts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    version: String,
    group_key: String,
    status: Status,
    alerts: Vec<Alert>,
    #[serde(default)]
    truncated_alerts: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Firing,
    Resolved,
}

#[derive(Debug, Deserialize)]
struct Alert {
    status: Status,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// What a group of alerts says about one place. The same notification says the same again: an
/// incident that is open is not opened twice, and one that is over is not resolved twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// How the reason of an incident of this group begins, whatever fires in it.
    pub group: String,
    /// Why there is an incident: the group, how many alerts fire, and what the first say. `None`:
    /// none fires any more, and the incident of this group is over.
    pub reason: Option<String>,
}

/// What a notification says, place by place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placed {
    /// The alarm of each place that is named.
    pub alarms: BTreeMap<(PipelineName, EnvironmentName), Alarm>,
    /// How many alerts do not say which place they are about.
    pub left_out: usize,
}

impl Notification {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`IncomingError`] where it is too large, of another version, or something else.
    pub fn read(body: &[u8]) -> Result<Self, IncomingError> {
        let notification: Self =
            serde_json::from_slice(bounded(body)?).map_err(|source| IncomingError::Shape {
                sender: "Alertmanager's webhook",
                source,
            })?;
        if notification.version != "4" {
            return Err(IncomingError::Version {
                found: notification.version.chars().take(20).collect(),
                read: "4",
            });
        }
        match notification.alerts.len() {
            0 => Err(IncomingError::NoAlert),
            1..=ALERTS_MAX => Ok(notification),
            _ => Err(IncomingError::ManyAlerts),
        }
    }

    /// What it says where all its alerts are about one place.
    pub fn whole(&self) -> Alarm {
        let alerts: Vec<&Alert> = self.alerts.iter().collect();
        let fires = self.status == Status::Firing;
        self.alarm(&alerts, fires)
    }

    /// What it says of each place that its alerts name. An alert that was left out by Alertmanager
    /// may be about any of them: none is over then, as long as the group fires.
    pub fn placed(&self, hook: &AlertmanagerHook) -> Placed {
        let mut places: BTreeMap<_, Vec<&Alert>> = BTreeMap::new();
        let mut left_out = 0;
        for alert in &self.alerts {
            let pipeline = hook.pipeline.of(&alert.labels);
            match pipeline.zip(hook.environment.of(&alert.labels)) {
                Some(place) => places.entry(place).or_default().push(alert),
                None => left_out += 1,
            }
        }
        let fires = self.status == Status::Firing && self.truncated_alerts > 0;
        let alarm = |(place, alerts): (_, Vec<&Alert>)| (place, self.alarm(&alerts, fires));
        let alarms = places.into_iter().map(alarm).collect();
        Placed { alarms, left_out }
    }

    /// The alarm of some of its alerts, where any of them fires, or `fires` says so.
    fn alarm(&self, alerts: &[&Alert], fires: bool) -> Alarm {
        let group = self.group();
        let mut firing = alerts.to_vec();
        firing.retain(|alert| alert.status == Status::Firing);
        let reason = (fires || !firing.is_empty()).then(|| {
            let count = firing.len() as u64 + self.truncated_alerts;
            let told: Vec<String> = firing
                .iter()
                .take(TOLD_MAX)
                .map(|alert| alert.told())
                .collect();
            let more = match count.saturating_sub(told.len() as u64) {
                0 => String::new(),
                more => format!("; and {more} more"),
            };
            let reason = format!("{group}{count} firing: {}{more}", told.join("; "));
            reason.chars().take(REASON_CHARS_MAX).collect()
        });
        Alarm { group, reason }
    }

    fn group(&self) -> String {
        let key = words(&self.group_key);
        if key == self.group_key {
            return format!("Alertmanager {key}: ");
        }
        // Two that begin alike, or differ in what is not shown, are two all the same.
        let digest = Digest::of(self.group_key.as_bytes());
        format!("Alertmanager {key} ({}): ", digest.short())
    }
}

impl Alert {
    /// Its name, what it is about, and its summary.
    fn told(&self) -> String {
        let label = |name: &str| self.labels.get(name).map(String::as_str);
        let name = label("alertname").unwrap_or("an alert without a name");
        let instance = label("instance").map(|instance| format!(" on {instance}"));
        let said = ["summary", "description", "message"]
            .iter()
            .find_map(|name| self.annotations.get(*name))
            .map(|said| format!(" ({said})"));
        let (instance, said) = (instance.unwrap_or_default(), said.unwrap_or_default());
        words(&format!("{name}{instance}{said}"))
    }
}

#[cfg(test)]
mod tests;
