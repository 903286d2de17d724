//! What Alertmanager's webhook sends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_hooks::incoming::{AlertmanagerHook, Notification, Place};

fuzz_target!(|body: &[u8]| {
    let Ok(notification) = Notification::read(body) else {
        return;
    };
    let hook = AlertmanagerHook {
        name: "fuzz".to_owned(),
        secrets: Vec::new(),
        pipeline: Place::Label("pipeline".to_owned()),
        environment: Place::Label("environment".to_owned()),
    };
    let whole = notification.whole();
    let placed = notification.placed(&hook);
    for alarm in placed.alarms.values().chain([&whole]) {
        // An incident is resolved by how its reason begins.
        assert_eq!(alarm.group, whole.group);
        if let Some(reason) = &alarm.reason {
            assert!(reason.starts_with(&alarm.group), "{reason}");
            assert!(reason.chars().count() <= 480);
            assert!(!reason.chars().any(char::is_control));
        }
    }
});
