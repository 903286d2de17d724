//! What Alertmanager's webhook sends (Prometheus Alertmanager, `webhook_config`, version 4).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use liftlock_oci::Digest;
use liftlock_verbs::Failure;
use serde::Deserialize;

/// The largest payload, in bytes.
const BYTES_MAX: u64 = 1024 * 1024;
/// The most alerts of one payload.
const ALERTS_MAX: usize = 1000;
/// How many alerts are told by name.
const TOLD_MAX: usize = 3;
/// The longest that a group's or an alert's words may be in a reason, in characters.
const WORDS_MAX: usize = 120;

/// A notification about a group of alerts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification {
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

/// Reads a payload from a file, or from standard input for `-`.
pub(super) fn read(path: &str) -> Result<Notification, Failure> {
    let unreadable = |e: std::io::Error| Failure::usage(format!("{path} cannot be read: {e}"));
    let mut bytes = Vec::new();
    match path {
        "-" => std::io::stdin().take(BYTES_MAX + 1).read_to_end(&mut bytes),
        path => File::open(path)
            .map_err(unreadable)?
            .take(BYTES_MAX + 1)
            .read_to_end(&mut bytes),
    }
    .map_err(unreadable)?;
    parse(&bytes).map_err(|why| Failure::usage(format!("{path}: {why}")))
}

fn parse(bytes: &[u8]) -> Result<Notification, String> {
    if bytes.len() as u64 > BYTES_MAX {
        return Err(format!("the payload is larger than {BYTES_MAX} bytes"));
    }
    let notification: Notification = serde_json::from_slice(bytes)
        .map_err(|e| format!("it is not what Alertmanager's webhook sends: {e}"))?;
    if notification.version != "4" {
        let version: String = notification.version.chars().take(20).collect();
        return Err(format!("its version is {version:?}; read is 4"));
    }
    if notification.alerts.is_empty() {
        return Err("it has no alert".to_owned());
    }
    if notification.alerts.len() > ALERTS_MAX {
        return Err(format!("it has more than {ALERTS_MAX} alerts"));
    }
    Ok(notification)
}

impl Notification {
    /// Whether any of its alerts fires: then the whole does, whatever it says itself.
    pub(super) fn fires(&self) -> bool {
        self.status == Status::Firing || self.firing().next().is_some()
    }

    fn firing(&self) -> impl Iterator<Item = &Alert> {
        let is_firing = |alert: &&Alert| alert.status == Status::Firing;
        self.alerts.iter().filter(is_firing)
    }

    /// How the reason of an incident of this group begins.
    pub(super) fn group(&self) -> String {
        let key = words(&self.group_key);
        if key == self.group_key {
            return format!("Alertmanager {key}: ");
        }
        // Two that begin alike, or differ in what is not shown, are two all the same.
        let digest = Digest::of(self.group_key.as_bytes());
        format!("Alertmanager {key} ({}): ", digest.short())
    }

    /// Why there is an incident: the group, how many alerts fire, and what the first say.
    pub(super) fn reason(&self) -> String {
        let count = self.firing().count() as u64 + self.truncated_alerts;
        let told: Vec<String> = self.firing().take(TOLD_MAX).map(Alert::told).collect();
        let more = count.saturating_sub(told.len() as u64);
        let more = match more {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let reason = format!("{}{count} firing: {}{more}", self.group(), told.join("; "));
        reason.chars().take(480).collect()
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

/// As one line, without what could turn a terminal's text around.
fn words(text: &str) -> String {
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let plain = text.chars().map(|c| if odd(c) { ' ' } else { c });
    plain.take(WORDS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Both were sent by Alertmanager 0.25.0.
    const FIRING: &str = include_str!("../../../tests/cli/files/alertmanager-firing.json");
    const RESOLVED: &str = include_str!("../../../tests/cli/files/alertmanager-resolved.json");

    #[test]
    fn a_real_payload_says_what_fires() {
        let firing = parse(FIRING.as_bytes()).unwrap();
        assert!(firing.fires());
        assert_eq!(
            firing.reason(),
            "Alertmanager {}:{alertname=\"ErrorRateHigh\", environment=\"production\"}: 2 firing: \
             ErrorRateHigh on web-1:8080 (5% of orders fail); ErrorRateHigh on web-2:8080 (7% of orders fail)"
        );
        let resolved = parse(RESOLVED.as_bytes()).unwrap();
        assert!(!resolved.fires());
        assert!(firing.reason().starts_with(&resolved.group()));
    }

    #[test]
    fn one_alert_that_fires_is_enough() {
        let mixed = FIRING.replacen("\"status\":\"firing\"", "\"status\":\"resolved\"", 2);
        let mixed = parse(mixed.as_bytes()).unwrap();
        assert!(mixed.fires());
        assert!(
            mixed
                .reason()
                .contains(": 1 firing: ErrorRateHigh on web-2:8080 (")
        );
    }

    #[test]
    fn what_is_something_else_is_refused() {
        for (text, why) in [
            (String::new(), "not what Alertmanager's webhook sends"),
            ("[]".to_owned(), "not what Alertmanager's webhook sends"),
            (
                FIRING.replace("\"version\":\"4\"", "\"version\":\"5\""),
                "its version is \"5\"",
            ),
            (
                FIRING.replace("\"firing\"", "\"unknown\""),
                "unknown variant",
            ),
            (" ".repeat(1024 * 1024 + 1), "larger than 1048576 bytes"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn many_and_odd_alerts_stay_one_line() {
        let alert = r#"{"status":"firing","labels":{"alertname":"a\nb\u202e"},"annotations":{}}"#;
        let alerts = vec![alert; 50].join(",");
        let text = format!(
            r#"{{"version":"4","groupKey":"{}","status":"firing","alerts":[{alerts}],"truncatedAlerts":7}}"#,
            "k".repeat(5000)
        );
        let reason = parse(text.as_bytes()).unwrap().reason();
        assert!(
            reason.contains(": 57 firing: a b ; a b ; a b ; and 54 more"),
            "{reason}"
        );
        assert!(reason.len() < 500);
        let other = text.replace("kkk\"", "kkl\"");
        let other = parse(other.as_bytes()).unwrap().group();
        assert_ne!(other, parse(text.as_bytes()).unwrap().group());
    }
}
