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
    // nobody, claimed | ci, bound | person, approver | administrator, auditor, creator | worker, agent
    row("administrators", "", "--ffffyffff"),
    row("administrator-remove", "", "--ffffyffff"),
    row("administrator-name", "", "--ffffyffff"),
    row("exchange", r#"{"token":"x"}"#, "-----------"),
    row(
        "login",
        r#"{"redirect_uri":"http://127.0.0.1:1/callback"}"#,
        "yyyyyyyyyyy",
    ),
    row("login-device", "", "yyyyyyyyyyy"),
    row(
        "login-device-poll",
        r#"{"login":"x","device_code":"y"}"#,
        "yyyyyyyyyyy",
    ),
    row("login-finish", r#"{"login":"x","query":""}"#, "yyyyyyyyyyy"),
    row("logout", "", "--yy--yyy-y"),
    row("openapi", "", "yyyyyyyyyyy"),
    row("pipelines", "", "--yfyyyyyyf"),
    row(
        "approve",
        r#"{"release":"none","to":"production"}"#,
        "--yfnyyynff",
    ),
    row(
        "inspect",
        r#"{"release":"none","to":"production"}"#,
        "--yfnyyynyf",
    ),
    row(
        "cancel",
        r#"{"release":"none","to":"production","reason":"r"}"#,
        "--yfnyyynff",
    ),
    row("drift", "", "--yfnyyynyf"),
    row("events", "", "--yfnyyynyf"),
    row(
        "evidence-add",
        r#"{"release":"none","gate":"tests","pass":true}"#,
        "--yfnyyynff",
    ),
    row("evidence-revoke", r#"{"reason":"r"}"#, "--yfnyyynff"),
    row(
        "freeze",
        r#"{"environment":"production","until":"2h","reason":"r"}"#,
        "--ffnfyfnff",
    ),
    row("unfreeze", r#"{"environment":"production"}"#, "--ffnfyfnff"),
    row(
        "hold",
        r#"{"environment":"production","reason":"r"}"#,
        "--ffnfyfnff",
    ),
    row("resume", r#"{"environment":"production"}"#, "--ffnfyfnff"),
    row(
        "incident-open",
        r#"{"environment":"production","reason":"r"}"#,
        "--ffnfyfnff",
    ),
    row(
        "incident-resolve",
        r#"{"environment":"production"}"#,
        "--ffnfyfnff",
    ),
    row("override-list", "", "--yfnyyynyf"),
    row(
        "override-request",
        r#"{"release":"none","to":"production","gate":"tests","reason":"r"}"#,
        "--yfnyyynff",
    ),
    row("override-confirm", "", "--yfnyyynff"),
    row("override-review", r#"{"finding":"f"}"#, "--yfnyyynff"),
    row("plan", "?release=none&to=production", "--yfnyyynyf"),
    row("policy-show", "", "--yfnyyynyf"),
    row("policy-apply", "FILE", "--ffnfyfnff"),
    row("policy-diff", "FILE", "--yfnyyynyf"),
    row("history", "", "--yfnyyynyf"),
    row(
        "promote",
        r#"{"release":"none","to":"production"}"#,
        "--yfnyyynff",
    ),
    row(
        "reject",
        r#"{"release":"none","to":"production","reason":"r"}"#,
        "--yfnyyynff",
    ),
    row("release-list", "", "--yfnyyynyf"),
    row(
        "release-create",
        r#"{"name":"r1","images":["registry.invalid/elsewhere:1"]}"#,
        "--yfnyyynff",
    ),
    row("release-show", "", "--yfnyyynyf"),
    row("evidence-list", "", "--yfnyyynyf"),
    row(
        "rollback",
        r#"{"environment":"production","reason":"r"}"#,
        "--yfnyyynff",
    ),
    row("status", "", "--yfnyyynyf"),
    row("tick", "", "--yfnyyynyf"),
    row(
        "withdraw",
        r#"{"release":"none","to":"production","reason":"r"}"#,
        "--yfnyyynff",
    ),
    row("session", "", "--yf--yyy-f"),
    row(
        "setup",
        r#"{"setup_token":"x","administrator":{"token":"me"}}"#,
        "-----------",
    ),
    row("tokens", "", "--ffffyffff"),
    row("token-create", r#"{"name":"more"}"#, "--ffffyffff"),
    row("token-revoke", "", "--ffffyffff"),
    row("whoami", "", "--yyyyyyyyy"),
    row("lives", "", "yyyyyyyyyyy"),
    row("hook-alertmanager", "{}", "-----------"),
    row("hook-registry", "{}", "-----------"),
    row("log-checkpoint", "", "--yfyyyyyyf"),
    row("log-key", "", "--yfyyyyyyf"),
    row("log-tile", "", "--yfyyyyyyf"),
    row("browser-login", "", "yyyyyyyyyyy"),
    row("browser-login-callback", "", "-----------"),
    row("metrics", "", "--ffffyyfff"),
    row("ready", "", "yyyyyyyyyyy"),
    row("log-entries", "", "--ffffyyfff"),
    row("log-blob", "", "--ffffyyfff"),
    row("webhooks", "", "--ffffyffff"),
    row("webhook-dead", "", "--ffffyffff"),
    row("webhook-resend", r#"{"all":true}"#, "--ffffyffff"),
    row("webhook-drop", r#"{"all":true}"#, "--ffffyffff"),
    Row {
        is_new: true,
        ..row("policy-make", "FILE", "--ffffyfyff")
    },
    row("work", "", "--ffffffffy"),
    row("work-changes", "?from=0", "--ffffffffy"),
    row("work-entries", "?after=0", "--ffffffffy"),
    row("work-lease", "{}", "--ffffffffy"),
    row("work-lease-end", "", "--ffffffffy"),
    row("work-take", r#"{"epoch":1}"#, "--ffffffffy"),
    row(
        "work-results",
        r#"{"handed":{"what":"step-begins","promotion":"p1","step":0}}"#,
        "--ffffffffy",
    ),
    row("work-observations", "", "--ffffffffy"),
    row(
        "work-observed",
        r#"{"epoch":1,"after":0,"observations":[]}"#,
        "--ffffffffy",
    ),
    row("work-blob", r#"{}"#, "--ffffffffy"),
];
