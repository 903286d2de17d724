use super::super::Place;
use super::*;

// Both were sent by Alertmanager 0.25.0.
const FIRING: &str = include_str!("../../../tests/samples/alertmanager-firing.json");
const RESOLVED: &str = include_str!("../../../tests/samples/alertmanager-resolved.json");

fn read(text: &str) -> Notification {
    Notification::read(text.as_bytes()).unwrap()
}

fn by_label() -> AlertmanagerHook {
    AlertmanagerHook {
        name: "main".to_owned(),
        secrets: Vec::new(),
        pipeline: Place::Named("shop".parse().unwrap()),
        environment: Place::Label("environment".to_owned()),
    }
}

#[test]
fn a_real_payload_says_what_fires() {
    let firing = read(FIRING).whole();
    let reason = firing.reason.unwrap();
    assert_eq!(
        reason,
        "Alertmanager {}:{alertname=\"ErrorRateHigh\", environment=\"production\"}: 2 firing: \
         ErrorRateHigh on web-1:8080 (5% of orders fail); ErrorRateHigh on web-2:8080 (7% of orders fail)"
    );
    let resolved = read(RESOLVED).whole();
    assert_eq!(resolved.reason, None);
    assert!(reason.starts_with(&resolved.group));
}

#[test]
fn one_alert_that_fires_is_enough() {
    let mixed = FIRING.replacen("\"status\":\"firing\"", "\"status\":\"resolved\"", 2);
    let reason = read(&mixed).whole().reason.unwrap();
    assert!(reason.contains(": 1 firing: ErrorRateHigh on web-2:8080 ("));
}

#[test]
fn alerts_are_sorted_by_the_place_that_a_label_names() {
    let two = FIRING.replacen(
        "\"environment\":\"production\",\"instance\":\"web-1:8080\"",
        "\"environment\":\"staging\",\"instance\":\"web-1:8080\"",
        1,
    );
    let placed = read(&two).placed(&by_label());
    let said: Vec<_> = placed.alarms.iter().collect();
    assert_eq!(placed.left_out, 0);
    let ((_, production), first) = said[0];
    let ((_, staging), second) = said[1];
    assert_eq!(
        (production.as_str(), staging.as_str()),
        ("production", "staging")
    );
    assert!(
        first
            .reason
            .as_ref()
            .unwrap()
            .contains("1 firing: ErrorRateHigh on web-2")
    );
    assert!(
        second
            .reason
            .as_ref()
            .unwrap()
            .contains("1 firing: ErrorRateHigh on web-1")
    );
    assert_eq!(first.group, second.group);
}

#[test]
fn an_alert_that_names_no_place_is_left_out() {
    let mut hook = by_label();
    hook.environment = Place::Label("env".to_owned());
    let placed = read(FIRING).placed(&hook);
    assert_eq!((placed.alarms.len(), placed.left_out), (0, 2));
    hook.environment = Place::Named("production".parse().unwrap());
    let placed = read(FIRING).placed(&hook);
    assert_eq!((placed.alarms.len(), placed.left_out), (1, 0));
}

#[test]
fn where_alerts_were_cut_off_nothing_is_over_while_the_group_fires() {
    let one = r#"{"status":"resolved","labels":{"environment":"production"}}"#;
    let said = |status: &str, cut: u32| {
        let text = format!(
            r#"{{"version":"4","groupKey":"g","status":"{status}","alerts":[{one}],"truncatedAlerts":{cut}}}"#
        );
        let placed = read(&text).placed(&by_label());
        placed.alarms.values().next().unwrap().reason.clone()
    };
    assert_eq!(said("firing", 0), None);
    assert_eq!(said("resolved", 3), None);
    assert!(said("firing", 3).unwrap().contains("3 firing"));
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
        let error = Notification::read(text.as_bytes()).unwrap_err().to_string();
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
    let said = read(&text).whole();
    let reason = said.reason.unwrap();
    assert!(
        reason.contains(": 57 firing: a b ; a b ; a b ; and 54 more"),
        "{reason}"
    );
    assert!(reason.len() < 500);
    let other = read(&text.replace("kkk\"", "kkl\"")).whole();
    assert_ne!(other.group, said.group);
}
