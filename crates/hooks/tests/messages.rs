//! What is told of the histories that were ever recorded, in every form.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use liftlock_core::{Entry, State};
use liftlock_hooks::outgoing::{CloudEventsMode, Format, Kind, Message, Source};
use serde_json::Value;

/// Every message of every golden stream, with its stream.
fn told() -> Vec<(String, Message)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../core/tests/golden");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|ext| ext == "jsonl"));
    files.sort();
    let mut told = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let mut state = State::default();
        for (seq, line) in text.lines().enumerate() {
            let entry: Entry = serde_json::from_str(line).unwrap();
            state.apply(&entry).unwrap();
            let message = Message::of(&entry, seq as u64, &state);
            assert_eq!(message.is_some(), Kind::of(&entry.event).is_some());
            told.extend(message.map(|message| (name.clone(), message)));
        }
    }
    told
}

fn source() -> Source {
    Source::new("https://liftlock.example.com/").unwrap()
}

fn body(message: &Message, format: Format) -> Vec<Value> {
    let requests = format.requests(message, &source(), CloudEventsMode::Binary);
    requests
        .iter()
        .map(|r| serde_json::from_slice(&r.body).unwrap())
        .collect()
}

#[test]
fn every_kind_is_told_in_the_golden_streams() {
    let kinds: BTreeSet<_> = told().iter().map(|(_, message)| message.kind).collect();
    let all: BTreeSet<_> = Kind::ALL.iter().copied().collect();
    let missing: Vec<_> = all.difference(&kinds).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for kind in Kind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(*kind));
    }
}

#[test]
fn chats_are_told_so() {
    let mut lines = String::new();
    let mut last = String::new();
    // Streams that are added later change nothing here.
    let streams = ["v1-decisions", "v1-drift", "v1-ends"];
    let told = told().into_iter();
    for (stream, message) in told.filter(|(stream, _)| streams.contains(&stream.as_str())) {
        if stream != last {
            lines.push_str(&format!("== {stream}\n"));
            last = stream;
        }
        let text = &body(&message, Format::Slack)[0]["text"];
        lines.push_str(&format!(
            "{}\n",
            text.as_str().unwrap().replace('\n', "\n    ")
        ));
    }
    insta::assert_snapshot!(lines);
}

#[test]
fn cdevents_are_what_another_implementation_reads() {
    let mut types = BTreeSet::new();
    for (_, message) in told() {
        let events = body(&message, Format::Cdevents);
        assert!(!events.is_empty());
        for event in events {
            let kind = event["context"]["type"].as_str().unwrap().to_owned();
            if kind.starts_with("dev.cdevents.") {
                let read: cdevents_sdk::CDEvent = serde_json::from_value(event.clone())
                    .unwrap_or_else(|e| panic!("{kind}: {e}\n{event}"));
                assert_eq!(read.ty(), kind);
                assert_eq!(serde_json::to_value(&read).unwrap(), event);
            } else {
                own(&kind);
            }
            assert_eq!(event["customData"], serde_json::to_value(&message).unwrap());
            types.insert(kind);
        }
    }
    insta::assert_snapshot!(types.into_iter().collect::<Vec<_>>().join("\n"));
}

/// CDEvents 0.5.1, `custom/schema.json`, the pattern of a type.
fn own(kind: &str) {
    let rest = kind.strip_prefix("dev.cdeventsx.").unwrap();
    let mut parts = rest.splitn(3, '.');
    let (subject, predicate, version) = (
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap(),
    );
    let (tool, thing) = subject.split_once('-').unwrap();
    for word in [tool, thing, predicate] {
        assert!(word.chars().all(|c| c.is_ascii_alphabetic()), "{kind}");
    }
    assert_eq!(version, "0.1.0");
}

#[test]
fn the_generic_payload_has_its_documented_frame() {
    for (_, message) in told() {
        let payload = &body(&message, Format::Standard)[0];
        let fields: Vec<_> = payload
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(fields, ["data", "timestamp", "type", "version"]);
        assert_eq!(payload["version"], 1);
        assert_eq!(payload["type"], message.kind.as_str());
        assert_eq!(payload["timestamp"], message.time.to_string());
        assert_eq!(payload["data"]["seq"], message.seq);
        assert_eq!(payload["data"]["pipeline"], message.pipeline.as_str());
    }
}

#[test]
fn the_same_message_is_the_same_requests() {
    for ((_, first), (_, second)) in told().into_iter().zip(told()) {
        for format in [Format::Standard, Format::Slack, Format::Cdevents] {
            let [one, other] = [&first, &second]
                .map(|message| format.requests(message, &source(), CloudEventsMode::Structured));
            assert_eq!(one, other);
            let ids: BTreeSet<_> = one.iter().map(|request| &request.id).collect();
            assert_eq!(
                ids.len(),
                one.len(),
                "each request of a message has its own id"
            );
        }
    }
}

/// Programs, files, URLs of checks and the like are in policies and plans, and in no message.
#[test]
fn nothing_of_how_is_told() {
    for (stream, message) in told() {
        for format in [Format::Standard, Format::Slack, Format::Cdevents] {
            for body in body(&message, format) {
                let text = body.to_string();
                for word in [
                    "\"deploy\":",
                    "\"command\":",
                    "\"env\":",
                    "\"steps\":",
                    "\"plan\":",
                ] {
                    assert!(!text.contains(word), "{stream}: {word} in {text}");
                }
            }
        }
    }
}
