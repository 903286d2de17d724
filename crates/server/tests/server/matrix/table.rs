//! Who comes how far with what. A letter for each of [`ACTORS`](super::ACTORS): `y` is let through,
//! `f` may not, `n` is told what is told where there is no pipeline, `-` is not known.

pub(super) struct Row {
    /// The operation, by its id in the description.
    pub(super) id: &'static str,
    /// What is sent: a document, `FILE` for a pipeline file, or a query.
    pub(super) body: &'static str,
    /// How far each comes.
    pub(super) comes: &'static str,
    /// Whether it is asked where there is no pipeline yet.
    pub(super) is_new: bool,
}

impl Row {
    /// The operation of a row; some have two.
    pub(super) fn operation(&self) -> &'static str {
        match self.id {
            "policy-make" => "policy-apply",
            "log-entries" => "log-tile",
            id => id,
        }
    }
}

const fn row(id: &'static str, body: &'static str, comes: &'static str) -> Row {
    Row {
        id,
        body,
        comes,
        is_new: false,
    }
}

pub(super) const ROWS: &[Row] = &[
    // nobody, claimed | ci, bound | person, approver | administrator, auditor, creator | worker
    row("administrators", "", "--ffffyfff"),
    row("administrator-remove", "", "--ffffyfff"),
    row("administrator-name", "", "--ffffyfff"),
    row("exchange", r#"{"token":"x"}"#, "----------"),
    row(
        "login",
        r#"{"redirect_uri":"http://127.0.0.1:1/callback"}"#,
        "yyyyyyyyyy",
    ),
    row("login-device", "", "yyyyyyyyyy"),
    row(
        "login-device-poll",
        r#"{"login":"x","device_code":"y"}"#,
        "yyyyyyyyyy",
    ),
    row("login-finish", r#"{"login":"x","query":""}"#, "yyyyyyyyyy"),
    row("logout", "", "--yy--yyy-"),
    row("openapi", "", "yyyyyyyyyy"),
    row("pipelines", "", "--yfyyyyyy"),
    row(
        "approve",
        r#"{"release":"none","to":"production"}"#,
        "--yfnyyynf",
    ),
    row(
        "inspect",
        r#"{"release":"none","to":"production"}"#,
        "--yfnyyyny",
    ),
    row(
        "cancel",
        r#"{"release":"none","to":"production","reason":"r"}"#,
        "--yfnyyynf",
    ),
    row("drift", "", "--yfnyyyny"),
    row("events", "", "--yfnyyyny"),
    row(
        "evidence-add",
        r#"{"release":"none","gate":"tests","pass":true}"#,
        "--yfnyyynf",
    ),
    row("evidence-revoke", r#"{"reason":"r"}"#, "--yfnyyynf"),
    row(
        "freeze",
        r#"{"environment":"production","until":"2h","reason":"r"}"#,
        "--ffnfyfnf",
    ),
    row("unfreeze", r#"{"environment":"production"}"#, "--ffnfyfnf"),
    row(
        "hold",
        r#"{"environment":"production","reason":"r"}"#,
        "--ffnfyfnf",
    ),
    row("resume", r#"{"environment":"production"}"#, "--ffnfyfnf"),
    row(
        "incident-open",
        r#"{"environment":"production","reason":"r"}"#,
        "--ffnfyfnf",
    ),
    row(
        "incident-resolve",
        r#"{"environment":"production"}"#,
        "--ffnfyfnf",
    ),
    row("override-list", "", "--yfnyyyny"),
    row(
        "override-request",
        r#"{"release":"none","to":"production","gate":"tests","reason":"r"}"#,
        "--yfnyyynf",
    ),
    row("override-confirm", "", "--yfnyyynf"),
    row("override-review", r#"{"finding":"f"}"#, "--yfnyyynf"),
    row("plan", "?release=none&to=production", "--yfnyyyny"),
    row("policy-show", "", "--yfnyyyny"),
    row("policy-apply", "FILE", "--ffnfyfnf"),
    row("policy-diff", "FILE", "--yfnyyyny"),
    row("history", "", "--yfnyyyny"),
    row(
        "promote",
        r#"{"release":"none","to":"production"}"#,
        "--yfnyyynf",
    ),
    row(
        "reject",
        r#"{"release":"none","to":"production","reason":"r"}"#,
        "--yfnyyynf",
    ),
    row("release-list", "", "--yfnyyyny"),
    row(
        "release-create",
        r#"{"name":"r1","images":["registry.invalid/elsewhere:1"]}"#,
        "--yfnyyynf",
    ),
    row("release-show", "", "--yfnyyyny"),
    row("evidence-list", "", "--yfnyyyny"),
    row(
        "rollback",
        r#"{"environment":"production","reason":"r"}"#,
        "--yfnyyynf",
    ),
    row("status", "", "--yfnyyyny"),
    row("tick", "", "--yfnyyyny"),
    row(
        "withdraw",
        r#"{"release":"none","to":"production","reason":"r"}"#,
        "--yfnyyynf",
    ),
    row("session", "", "--yf--yyy-"),
    row(
        "setup",
        r#"{"setup_token":"x","administrator":{"token":"me"}}"#,
        "----------",
    ),
    row("tokens", "", "--ffffyfff"),
    row("token-create", r#"{"name":"more"}"#, "--ffffyfff"),
    row("token-revoke", "", "--ffffyfff"),
    row("whoami", "", "--yyyyyyyy"),
    row("lives", "", "yyyyyyyyyy"),
    row("hook-alertmanager", "{}", "----------"),
    row("hook-registry", "{}", "----------"),
    row("log-checkpoint", "", "--yfyyyyyy"),
    row("log-key", "", "--yfyyyyyy"),
    row("log-tile", "", "--yfyyyyyy"),
    row("browser-login", "", "yyyyyyyyyy"),
    row("browser-login-callback", "", "----------"),
    row("metrics", "", "--ffffyyff"),
    row("ready", "", "yyyyyyyyyy"),
    row("log-entries", "", "--ffffyyff"),
    Row {
        is_new: true,
        ..row("policy-make", "FILE", "--ffffyfyf")
    },
];
