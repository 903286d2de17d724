//! The table.

use serde_json::{Value, json};

use super::shapes::{
    accepted, body, bytes, count, identity, list, made, nothing, null, numbers, ok, optional,
    optionally, query, say, sent, session, text, time, token, word,
};
use super::{Method, Operation, Takes, Who};

/// Defines a constant for each operation, and the table of all of them.
macro_rules! operations {
    ($($name:ident: $who:ident $method:ident $path:literal, $id:literal, $about:literal, $takes:expr, $answers:expr;)*) => {
        $(pub(crate) const $name: Operation = Operation {
            method: Method::$method,
            path: $path,
            id: $id,
            about: $about,
            who: Who::$who,
            takes: || $takes,
            answers: || $answers,
        };)*

        /// All of them.
        pub(crate) const TABLE: &[&Operation] = &[$(&$name),*];
    };
}

operations! {
    LIVES: Anyone Get "/healthz", "lives", "Whether the process lives", nothing(), text("text/plain");
    READY: Anyone Get "/readyz", "ready", "Whether it can answer, or why not", nothing(), readiness();
    METRICS: Figures Get "/metrics", "metrics", "Figures for Prometheus; on an address of its own where it has one", nothing(), text("application/openmetrics-text");
    CHECKPOINT: Known Get "/log/checkpoint", "log-checkpoint", "The ledger's size and root, signed (C2SP tlog-checkpoint)", nothing(), text("text/plain");
    LOG_KEY: Known Get "/log/key", "log-key", "The key that verifies checkpoints: to compare, not to trust", nothing(), text("text/plain");
    TILE: Known Get "/log/tile/{*path}", "log-tile", "A tile, or entries (C2SP tlog-tiles); entries are for auditors", nothing(), text("application/octet-stream");
    BLOB: Known Get "/log/blobs/sha256/{hex}", "log-blob", "A payload that an entry names by its digest; for auditors", nothing(), text("application/octet-stream");
    WEBHOOKS: Known Get "/api/v1/webhooks", "webhooks", "How far webhooks were told, and what was given up; for administrators", nothing(), ok(json!({ "size": { "type": "integer" }, "webhooks": list(standing()) }));
    DEAD_LETTERS: Known Get "/api/v1/webhooks/{name}/dead", "webhook-dead", "What was given up of a webhook, a page at a time; for administrators", query("after"), ok(json!({ "webhook": word(), "dead": list(letter()) }));
    RESEND_DEAD: Known Post "/api/v1/webhooks/{name}/dead/resend", "webhook-resend", "Asks that dead letters be sent again: that of an entry, or all; for administrators", letters(), ok(counted());
    DROP_DEAD: Known Post "/api/v1/webhooks/{name}/dead/drop", "webhook-drop", "Drops dead letters: that of an entry, or all; for administrators", letters(), ok(counted());
    EVENTS: Known Get "/api/v1/pipelines/{pipeline}/events", "events", "A pipeline's entries as server-sent events", events(), text("text/event-stream");
    DESCRIPTION: Anyone Get "/api/v1/openapi.json", "openapi", "This description", nothing(), ok(json!({ "openapi": { "type": "string" } }));
    WHOAMI: Known Get "/api/v1/whoami", "whoami", "Who asks, as the server knows them", nothing(), ok(whoami());
    SESSION: Known Get "/api/v1/session", "session", "The sessions of who asks, and what a browser's pages need to change something", nothing(), ok(json!({ "csrf_token": optional("string"), "sessions": list(session()) }));
    LOG_OUT: Known Post "/api/v1/logout", "logout", "Ends the session, or all of the person", body(json!({ "everywhere": { "type": "boolean" } }), &[]), say(&["204"]);
    TOKENS: Known Get "/api/v1/tokens", "tokens", "Tokens, a page at a time; for administrators", query("after"), ok(json!({ "tokens": list(token()), "next": optional("string") }));
    MAKE_TOKEN: Known Post "/api/v1/tokens", "token-create", "Makes a token, whose secret is shown this once; for administrators", new_token(), made(created());
    REVOKE_TOKEN: Known Delete "/api/v1/tokens/{which}", "token-revoke", "Revokes the tokens of a name, or one by its id", nothing(), ok(json!({ "tokens": list(token()) }));
    ADMINISTRATORS: Known Get "/api/v1/administrators", "administrators", "The administrators; for them", nothing(), ok(json!({ "administrators": list(identity()) }));
    NAME_ADMINISTRATOR: Known Put "/api/v1/administrators/{identity}", "administrator-name", "Names an administrator; for administrators", nothing(), say(&["204"]);
    REMOVE_ADMINISTRATOR: Known Delete "/api/v1/administrators/{identity}", "administrator-remove", "Removes an administrator; for administrators", nothing(), say(&["204"]);
    WORK: Known Get "/api/v1/work/pipelines", "work", "What there is for an agent to work on", nothing(), sent(json!({ "worker": word(), "labels": list(word()), "pipelines": list(word()) }));
    WORK_CHANGES: Known Get "/api/v1/work/changes", "work-changes", "What was recorded in an agent's pipelines from a place in the ledger on; waits for it", numbers(&["from"], &["wait"]), sent(json!({ "size": count(), "pipelines": { "type": "object", "additionalProperties": count() } }));
    WORK_ENTRIES: Known Get "/api/v1/work/pipelines/{pipeline}/entries", "work-entries", "Entries of one of an agent's pipelines", numbers(&["after"], &[]), sent(json!({ "entries": list(entry()), "more": { "type": "boolean" } }));
    WORK_LEASE: Known Post "/api/v1/work/pipelines/{pipeline}/environments/{environment}/lease", "work-lease", "Takes the lease of an environment for an agent, or goes on holding it", body(hold(), &[]), optionally(json!({ "epoch": count(), "seconds": count() }));
    WORK_LEASE_END: Known Delete "/api/v1/work/pipelines/{pipeline}/environments/{environment}/lease", "work-lease-end", "Gives it back", held(), say(&["204"]);
    WORK_TAKE: Known Post "/api/v1/work/pipelines/{pipeline}/environments/{environment}/take", "work-take", "What an agent is to carry out; decided here", body(hold(), &["epoch"]), sent(json!({ "promotion": optional("string") }));
    WORK_RESULTS: Known Post "/api/v1/work/pipelines/{pipeline}/environments/{environment}/results", "work-results", "What an agent begins, what came of it, and what it sees", body(json!({ "lease": { "type": ["object", "null"], "properties": hold() }, "handed": { "type": "object" } }), &["handed"]), sent(json!({ "events": list(json!({ "type": "object" })) }));
    WORK_OBSERVATIONS: Known Get "/api/v1/work/pipelines/{pipeline}/environments/{environment}/observations", "work-observations", "Observations of an environment", numbers(&[], &["after", "since"]), sent(json!({ "observations": list(observation()) }));
    WORK_OBSERVED: Known Post "/api/v1/work/pipelines/{pipeline}/environments/{environment}/observations", "work-observed", "Keeps an agent's observations", body(json!({ "epoch": count(), "after": count(), "observations": list(observation()) }), &["epoch", "after", "observations"]), null();
    WORK_BLOB: Known Post "/api/v1/work/pipelines/{pipeline}/environments/{environment}/blobs", "work-blob", "Keeps what a step printed", printed(), sent(json!({ "digest": word() }));
    EXCHANGE: Anyone Post "/api/v1/exchange", "exchange", "Exchanges the token of a CI job", body(json!({ "token": word(), "rule": optional("string") }), &["token"]), ok(exchanged());
    LOG_IN: Anyone Post "/api/v1/login", "login", "Begins a login of a program that waits on loopback", body(json!({ "redirect_uri": word() }), &["redirect_uri"]), ok(json!({ "url": word(), "login": word(), "expires": time() }));
    FINISH_LOG_IN: Anyone Post "/api/v1/login/finish", "login-finish", "Ends it", body(json!({ "login": word(), "query": word() }), &["login", "query"]), ok(logged_in());
    DEVICE_LOG_IN: Anyone Post "/api/v1/login/device", "login-device", "Begins a login on another device", nothing(), ok(device());
    DEVICE_POLL: Anyone Post "/api/v1/login/device/poll", "login-device-poll", "Whether it has ended", body(json!({ "login": word(), "device_code": word() }), &["login", "device_code"]), ok(polled());
    BROWSER_LOG_IN: Anyone Get "/login", "browser-login", "Begins a login of a browser", nothing(), say(&["303"]);
    BROWSER_LOGGED_IN: Anyone Get "/login/callback", "browser-login-callback", "Where the provider sends the browser", callback(), say(&["303"]);
    SETUP: Anyone Post "/api/v1/setup", "setup", "Makes the first administrator", first_administrator(), ok(json!({ "administrator": identity(), "created": { "type": ["object", "null"] } }));
    REGISTRY_HOOK: Hook Post "/hooks/registry/{name}", "hook-registry", "A registry says what was pushed; its form is the registry's", accepted(), ok(json!({ "read": { "type": "integer" }, "left_out": {}, "pipelines_woken": { "type": "integer" } }));
    ALERTMANAGER_HOOK: Hook Post "/hooks/alertmanager/{name}", "hook-alertmanager", "Alertmanager says what fires", accepted(), ok(json!({ "incidents": list(json!({ "type": "object" })), "left_out": {} }));
}

fn readiness() -> Value {
    let reasons = || json!({ "status": word(), "reasons": list(word()) });
    let mut answers = ok(reasons());
    answers["503"] = ok(reasons())["200"].take();
    answers["503"]["description"] = json!("It cannot");
    answers
}

/// Which dead letters: one, or all.
fn letters() -> Takes {
    let seq = json!({ "type": ["integer", "null"], "minimum": 0 });
    body(json!({ "seq": seq, "all": { "type": "boolean" } }), &[])
}

fn counted() -> Value {
    json!({ "webhook": word(), "count": { "type": "integer" } })
}

fn standing() -> Value {
    let count = || json!({ "type": "integer" });
    json!({
        "type": "object",
        "properties": { "name": word(), "routed": count(), "pipelines_waiting": count(), "dead": count() },
        "required": ["name", "routed", "pipelines_waiting", "dead"],
    })
}

fn letter() -> Value {
    let count = || json!({ "type": "integer" });
    json!({
        "type": "object",
        "properties": {
            "webhook": word(), "pipeline": word(), "seq": count(), "n": count(),
            "tries": count(), "at": time(), "reason": word(), "again": { "type": "boolean" },
        },
        "required": ["pipeline", "seq", "n", "tries", "at", "reason", "again"],
    })
}

fn events() -> Takes {
    let mut takes = query("after");
    takes.parameters.extend(query("until").parameters);
    takes.parameters.push(json!({
        "name": "Last-Event-ID", "in": "header", "required": false,
        "description": "Goes on after this entry",
        "schema": { "type": "string" },
    }));
    takes
}

fn callback() -> Takes {
    let mut takes = query("code");
    takes.parameters.extend(query("state").parameters);
    takes
}

fn whoami() -> Value {
    json!({
        "identity": identity(),
        "name": optional("string"),
        "groups": list(word()),
        "pipelines": scope(),
        "credential": { "enum": ["token", "access", "session"] },
        "administrator": { "type": "boolean" },
        "expires": time(),
    })
}

/// Every pipeline, or these.
fn scope() -> Value {
    json!({ "oneOf": [
        { "const": "all" },
        { "type": "object", "properties": { "pipelines": list(word()) }, "required": ["pipelines"] },
    ] })
}

fn new_token() -> Takes {
    let fields = json!({
        "name": word(),
        "lasts": optional("string"),
        "pipelines": { "type": ["array", "null"], "items": word() },
        "labels": { "type": ["array", "null"], "items": word() },
    });
    body(fields, &["name"])
}

fn created() -> Value {
    json!({ "secret": word(), "token": token() })
}

fn exchanged() -> Value {
    json!({
        "token": word(),
        "identity": identity(),
        "pipelines": scope(),
        "expires": time(),
        "matched": {},
    })
}

fn logged_in() -> Value {
    json!({
        "status": { "const": "done" },
        "token": word(),
        "identity": identity(),
        "name": optional("string"),
        "expires": time(),
    })
}

fn device() -> Value {
    json!({
        "user_code": word(),
        "verification_uri": word(),
        "verification_uri_complete": optional("string"),
        "login": word(),
        "device_code": word(),
        "interval_s": { "type": "integer" },
        "expires": time(),
    })
}

fn polled() -> Value {
    json!({ "status": { "enum": ["pending", "done"] } })
}

fn first_administrator() -> Takes {
    let one = |name: &str| json!({ "type": "object", "properties": { name: word() }, "required": [name], "additionalProperties": false });
    let fields = json!({
        "setup_token": word(),
        "administrator": { "oneOf": [one("token"), one("person")] },
    });
    body(fields, &["setup_token", "administrator"])
}

/// Which lease of an environment, and under which epoch it is held.
fn hold() -> Value {
    json!({ "watch": { "type": "boolean" }, "epoch": { "type": ["integer", "null"], "minimum": 0 } })
}

fn held() -> Takes {
    let mut takes = numbers(&[], &["epoch"]);
    takes.parameters.push(json!({
        "name": "watch", "in": "query", "required": false, "schema": { "type": "boolean" },
    }));
    takes
}

/// Bytes, under a lease.
fn printed() -> Takes {
    Takes {
        parameters: held().parameters,
        ..bytes()
    }
}

/// An entry as it lies in the ledger; its bytes are JSON.
fn entry() -> Value {
    json!({
        "type": "object",
        "properties": { "version": count(), "seq": count(), "entry": word() },
        "required": ["version", "seq", "entry"],
    })
}

fn observation() -> Value {
    json!({
        "type": "object",
        "properties": {
            "n": count(), "promotion": word(), "check": word(),
            "at_us": { "type": "integer" }, "passed": { "type": "boolean" }, "summary": word(),
        },
        "required": ["promotion", "check", "at_us", "passed", "summary"],
        "additionalProperties": false,
    })
}
