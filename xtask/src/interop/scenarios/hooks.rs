//! A server tells others what is recorded, and hears from a registry and from Alertmanager.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::super::pipeline::Pipeline;
use super::super::report::Report;
use super::super::world::World;
use crate::peers::background::Background;
use crate::peers::folder::write;
use crate::peers::packages;
use crate::peers::ports;
use crate::peers::program::Program;
use crate::peers::receiver::Receiver;
use crate::peers::trouble::Trouble;
use crate::peers::{http, skopeo};

const SOON: Duration = Duration::from_secs(90);
const SECRET: &str = "for-interop-only";
/// Random bytes would do; these are the same each time.
const KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Where everything listens.
struct Ports {
    registry: u16,
    server: u16,
    alerts: u16,
}

pub(super) fn run(world: &World, report: &mut Report<'_>) -> Result<(), Trouble> {
    let [registry, server, alerts] = ports::free()?;
    let ports = Ports {
        registry,
        server,
        alerts,
    };
    let repository = format!("127.0.0.1:{registry}/hooked");
    let shop = Pipeline::ungated(world, "hooked", &repository, false)?;
    let file = shop.folder.join("liftlock.yaml");
    let text = fs::read_to_string(&file).map_err(Trouble::file(&file))?;
    let allow = "allow: { incident: [\"token:hook.main\"] }\nenvironments:";
    write(&file, text.replace("environments:", allow))?;
    let key = shop.folder.join("key");
    write(&key, KEY)?;
    write(&shop.folder.join("secret"), SECRET)?;
    let receiver = Receiver::start(&shop.folder, &key, &mut |text| report.note(text))?;
    let Some(mut receiver) = receiver else {
        report.skip("webhooks", "there is no Python on this machine");
        return Ok(());
    };
    let _registry = notifying(&shop.folder, &ports)?;
    settings(&shop.folder, &ports, receiver.port)?;
    let (old, new) = (&world.v1_0, &world.v1_1);
    old.push(&shop.at("1.0.0"))?;
    let words = format!("serve --listen 127.0.0.1:{server} --hooks hooks.json");
    let promote = format!("promote {} --to staging", shop.at("1.0.0"));
    let outcome = shop.types("ci", &promote)?;
    report.ended("a release is promoted", &outcome, 0, &["is in staging"]);
    let log = shop.folder.join("serve.log");
    let mut served = shop.starts("ci", &words, &log)?;
    served.until(SOON, |log| log.contains("serving at").then_some(()))?;

    told(report, &mut receiver)?;
    given_up(report, &shop)?;
    heard(report, &shop, (&ports, new))?;
    alarmed(report, &shop, (&ports, &mut receiver))?;
    let ended = served.terminate()?;
    report.equal("the server ends well", Some(0), ended);
    let said = served.log()?;
    let silent = !said.contains(SECRET) && !said.contains("whsec_");
    report.that("no secret is in its log", silent, "none", said);
    Ok(())
}

/// Debian's docker-registry, which says what was pushed.
fn notifying(folder: &Path, ports: &Ports) -> Result<Background, Trouble> {
    let place = folder.join("registry");
    fs::create_dir_all(place.join("data")).map_err(Trouble::file(&place))?;
    let (port, server) = (ports.registry, ports.server);
    let data = place.join("data").display().to_string();
    let config = place.join("config.yml");
    write(
        &config,
        format!(
            "version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: {data}}}}}\n\
             http: {{addr: 127.0.0.1:{port}, secret: interop}}\nnotifications:\n  endpoints:\n    \
             - name: liftlock\n      url: http://127.0.0.1:{server}/hooks/registry/builds\n      \
             headers: {{Authorization: [Bearer {SECRET}]}}\n      timeout: 2s\n      \
             threshold: 3\n      backoff: 1s\n"
        ),
    )?;
    let config = config.display().to_string();
    let words = ["docker-registry", "serve", &config];
    let process = Background::start(&words, &place, &[], &place.join("log"))?;
    answers(port, "/v2/")?;
    Ok(process)
}

fn answers(port: u16, path: &str) -> Result<(), Trouble> {
    let start = std::time::Instant::now();
    while !http::get(port, path).is_ok_and(|answer| answer.status == 200) {
        if start.elapsed() > SOON {
            let what = format!("port {port}");
            let (within, said) = (SOON, String::new());
            return Err(Trouble::Timeout { what, within, said });
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn settings(folder: &Path, ports: &Ports, receiver: u16) -> Result<(), Trouble> {
    let secret = json!([{ "from_file": folder.join("secret") }]);
    let keys = json!([{ "from_file": folder.join("key") }]);
    let at = |path: &str| format!("http://127.0.0.1:{receiver}{path}");
    let hook = |name: &str, path: &str, more: serde_json::Value| {
        let mut hook = json!({ "name": name, "url": at(path), "from_start": true });
        if let (Some(hook), serde_json::Value::Object(more)) = (hook.as_object_mut(), more) {
            hook.extend(more);
        }
        hook
    };
    let settings = json!({
        "source": "https://liftlock.example.com",
        "webhooks": [
            hook("standard", "/standard", json!({ "format": "standard", "secrets": keys })),
            hook("binary", "/cloudevents-binary", json!({ "format": "cdevents" })),
            hook("structured", "/cloudevents-structured",
                json!({ "format": "cdevents", "mode": "structured" })),
            hook("chat", "/chat", json!({ "format": "slack" })),
            hook("busy", "/busy", json!({ "format": "standard", "secrets": keys })),
            hook("never", "/never",
                json!({ "format": "slack", "kinds": ["release.created"], "tries": 1 })),
        ],
        "hooks": {
            "registries": [{ "name": "builds", "kind": "distribution",
                "host": format!("127.0.0.1:{}", ports.registry), "secrets": secret }],
            "alertmanagers": [{ "name": "main", "secrets": secret, "pipeline": "hooked",
                "environment": { "label": "environment" } }],
        },
    });
    write(&folder.join("hooks.json"), settings.to_string())
}

/// Each receiver is told of the promotion, and its library reads it.
fn told(report: &mut Report<'_>, receiver: &mut Receiver) -> Result<(), Trouble> {
    let has = |came: &[Vec<String>], at: usize, word: &str| {
        came.iter()
            .any(|line| line.get(at).is_some_and(|found| found.contains(word)))
    };
    let ended = |came: &[Vec<String>]| has(came, 1, "promotion.ended");
    let came = receiver.came("/standard", SOON, ended)?;
    let kinds: Vec<_> = came.iter().map(|line| line[1].as_str()).collect();
    let expected = [
        "policy.adopted",
        "release.created",
        "promotion.requested",
        "promotion.committed",
        "promotion.ended",
    ];
    report.equal(
        "Standard Webhooks' library verifies each, in order",
        &expected[..],
        &kinds[..],
    );
    for path in ["/cloudevents-binary", "/cloudevents-structured"] {
        let ended = |came: &[Vec<String>]| has(came, 1, "environment.modified");
        let came = receiver.came(path, SOON, ended)?;
        let source = "https://liftlock.example.com/pipelines/hooked";
        let all = came
            .iter()
            .all(|line| line.get(2).is_some_and(|from| from == source));
        report.that(
            &format!("CloudEvents' library reads {path}"),
            all,
            source,
            format!("{came:?}"),
        );
        let finished = has(&came, 1, "dev.cdevents.pipelinerun.finished.0.3.0");
        report.that(
            "and finds CDEvents in it",
            finished,
            "pipelinerun.finished",
            format!("{came:?}"),
        );
    }
    let said = |came: &[Vec<String>]| has(came, 0, "is in staging");
    let came = receiver.came("/chat", SOON, said)?;
    report.that(
        "a chat is told",
        said(&came),
        "is in staging",
        format!("{came:?}"),
    );
    let all = |came: &[Vec<String>]| came.len() >= kinds.len();
    let busy = receiver.came("/busy", SOON, all)?;
    let busy: Vec<_> = busy.into_iter().map(|mut line| line.remove(0)).collect();
    let ids: Vec<_> = came_ids(receiver)?;
    report.equal(
        "one that is busy every other time gets all, in order",
        &ids[..busy.len()],
        &busy[..],
    );
    Ok(())
}

fn came_ids(receiver: &mut Receiver) -> Result<Vec<String>, Trouble> {
    let came = receiver.came("/standard", SOON, |_| true)?;
    Ok(came.into_iter().map(|mut line| line.remove(0)).collect())
}

/// What nobody takes is a dead letter.
fn given_up(report: &mut Report<'_>, shop: &Pipeline<'_>) -> Result<(), Trouble> {
    let outcome = shop.types("ci", "webhook dead never")?;
    report.ended(
        "a message that nobody takes is given up",
        &outcome,
        0,
        &["status 422"],
    );
    let outcome = shop.types("ci", "webhook list")?;
    report.ended(
        "and is counted",
        &outcome,
        0,
        &["never  routed", "1 dead letter"],
    );
    let outcome = shop.types("ci", "webhook drop never --all")?;
    report.ended(
        "it can be dropped",
        &outcome,
        0,
        &["1 dead letter of never dropped"],
    );
    Ok(())
}

/// docker-registry says what was pushed.
fn heard(
    report: &mut Report<'_>,
    shop: &Pipeline<'_>,
    (ports, new): (&Ports, &super::super::image::Image),
) -> Result<(), Trouble> {
    let url = format!("http://127.0.0.1:{}/hooks/registry/builds", ports.server);
    let wrong = [
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-d",
        "{}",
        &url,
    ];
    let status = Program::new("curl", wrong).must()?;
    report.equal("without the secret nothing is heard", "401", status.trim());
    new.push(&shop.at("1.1.0"))?;
    let to = format!("docker://{}", shop.at("staging"));
    skopeo::copy(&format!("docker://{}", shop.at("1.1.0")), &to)?;
    let start = std::time::Instant::now();
    loop {
        let looked = shop.types("ci", "drift staging")?;
        let said = "its registry says: ";
        if looked.stdout.contains(said) || start.elapsed() > SOON {
            let what = "drift shows where docker-registry says that a tag was moved";
            report.ended(what, &looked, 5, &[said, &shop.at("staging")]);
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Alertmanager opens an incident, and resolves it.
fn alarmed(
    report: &mut Report<'_>,
    shop: &Pipeline<'_>,
    (ports, receiver): (&Ports, &mut Receiver),
) -> Result<(), Trouble> {
    let Some(program) = packages::find("prometheus-alertmanager") else {
        report.skip(
            "Alertmanager",
            "there is no prometheus-alertmanager on this machine",
        );
        return Ok(());
    };
    let _alertmanager = alertmanager(&shop.folder, &program, ports)?;
    for (ends, word) in [(false, "incident.opened"), (true, "incident.resolved")] {
        alert(ports.alerts, ends)?;
        let has = |came: &[Vec<String>]| came.iter().any(|line| line[1] == word);
        let came = receiver.came("/standard", SOON, has)?;
        report.that(
            &format!("Alertmanager leads to {word}"),
            has(&came),
            word,
            format!("{came:?}"),
        );
    }
    Ok(())
}

fn alertmanager(folder: &Path, program: &Path, ports: &Ports) -> Result<Background, Trouble> {
    let place = folder.join("alertmanager");
    fs::create_dir_all(&place).map_err(Trouble::file(&place))?;
    let config = place.join("config.yml");
    let (server, port) = (ports.server, ports.alerts);
    write(
        &config,
        format!(
            "route: {{receiver: liftlock, group_wait: 1s, group_interval: 2s, repeat_interval: 1h}}\n\
             receivers:\n  - name: liftlock\n    webhook_configs:\n      \
             - url: http://127.0.0.1:{server}/hooks/alertmanager/main\n        \
             send_resolved: true\n        \
             http_config: {{authorization: {{credentials: {SECRET}}}}}\n"
        ),
    )?;
    let words = [
        program.display().to_string(),
        format!("--config.file={}", config.display()),
        format!("--storage.path={}", place.join("data").display()),
        format!("--web.listen-address=127.0.0.1:{port}"),
        "--cluster.listen-address=".to_owned(),
    ];
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let process = Background::start(&words, &place, &[], &place.join("log"))?;
    answers(port, "/-/ready")?;
    Ok(process)
}

/// An alert fires from an hour ago on; or is over since then.
fn alert(port: u16, ends: bool) -> Result<(), Trouble> {
    let mut alert = json!({
        "labels": { "alertname": "ErrorRateHigh", "environment": "staging" },
        "annotations": { "summary": "5% of orders fail" },
    });
    if ends {
        alert["endsAt"] = json!("2020-01-01T00:00:00Z");
        alert["startsAt"] = json!("2019-01-01T00:00:00Z");
    }
    let url = format!("http://127.0.0.1:{port}/api/v2/alerts");
    let body = json!([alert]).to_string();
    let words = [
        "-sf",
        "-H",
        "content-type: application/json",
        "-d",
        &body,
        &url,
    ];
    Program::new("curl", words).must().map(drop)
}
