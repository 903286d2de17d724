//! Names and single values.

use serde_json::{Value, json};

/// Names that users give (releases, environments, gates, groups, persons).
pub(super) const WORD: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
/// Keys of images.
pub(super) const IMAGE_KEY: &str = "^[a-z][a-z0-9-]{0,63}$";
/// Environment variables.
pub(super) const VARIABLE: &str = "^(?!LIFTLOCK_)[A-Za-z_][A-Za-z0-9_]*$";

pub(super) fn defs() -> Vec<(String, Value)> {
    let text = ["string", "number"];
    [
        ("text", json!({ "type": text, "description": "Text; a number is taken as it is written." })),
        (
            "span",
            json!({
                "type": "string",
                "pattern": "^(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
                "description": "A span of time, from large units to small ones; at most ten years.",
                "examples": ["90s", "15m", "24h", "7d", "1h30m"],
            }),
        ),
        (
            "days",
            json!({
                "type": "string",
                "pattern": "^(mon|tue|wed|thu|fri|sat|sun)(-(?!\\1$)(mon|tue|wed|thu|fri|sat|sun))?$",
                "description": "A day of the week, or a range of days; it may go over Sunday.",
                "examples": ["mon", "mon-thu", "fri-mon"],
            }),
        ),
        (
            "hours",
            json!({
                "type": "string",
                "pattern": "^(?!(.*)-\\1$)([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
                "description": "From one time of day to another; over midnight where that is earlier.",
                "examples": ["09:00-16:00", "22:00-02:00", "00:00-24:00"],
            }),
        ),
        (
            "timezone",
            json!({
                "enum": liftlock_core::calendar::zone_names(),
                "description": "A time zone, as IANA's database names it.",
                "examples": ["Europe/Berlin", "UTC"],
            }),
        ),
        (
            "date",
            json!({
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                "description": "A day of the calendar.",
                "examples": ["2026-12-24"],
            }),
        ),
        (
            "dates",
            json!({
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(\\.\\.[0-9]{4}-[0-9]{2}-[0-9]{2})?$",
                "description": "A day, or days from one to another, both included.",
                "examples": ["2026-12-24", "2026-12-24..2027-01-02"],
            }),
        ),
        (
            "repository",
            json!({
                "type": "string",
                "pattern": "^[^@\\s]+$",
                "description": "A repository, without tag or digest: a release says which image.",
                "examples": ["registry.example.com/shop/api"],
            }),
        ),
        (
            "place",
            json!({
                "type": "string",
                "pattern": "^[^@\\s{}/]+(/([^@\\s{}]|\\{image\\})*)?$",
                "description": "A repository in which {image} stands for the image's key; needed where there are several images.",
                "examples": ["prod.example.com/shop/{image}", "eu.example.com/myapp"],
            }),
        ),
        (
            "identity",
            json!({
                "type": "string",
                "pattern": "^(user|token|oidc):[!-~]+$",
                "description": "An identity: user:NAME, token:NAME or oidc:SUBJECT.",
                "examples": ["oidc:alice@example.com", "user:alice", "token:ci"],
            }),
        ),
        (
            "who",
            json!({
                "type": text,
                "pattern": "^((user|token|oidc|worker):[!-~]+|oidc-group:[^\\s](.*[^\\s])?|[A-Za-z0-9][A-Za-z0-9._-]{0,63})$",
                "description": "`owners`, a group, a person, an identity, a user, or a group of the provider: oidc-group:NAME.",
                "examples": ["release-managers", "alice", "token:ci", "oidc-group:platform"],
            }),
        ),
        ("environment-name", json!({ "type": text, "pattern": WORD })),
        ("gate-name", json!({ "type": text, "pattern": WORD })),
        ("label", json!({ "type": text, "pattern": WORD })),
        ("key-name", json!({ "type": text, "pattern": WORD })),
        (
            "public-key",
            json!({
                "type": text,
                "description": "A file with an ECDSA P-256 public key in PEM, relative to this file's folder and in it; or the key itself.",
                "examples": ["keys/ci.pub"],
            }),
        ),
        (
            "tag",
            json!({
                "type": text,
                "description": "A tag that moves; or one with {release}, {version}, {build}, {commit}, {date} or {digest} in it, which is written once.",
                "examples": ["production", "production-{version}"],
            }),
        ),
        (
            "platform",
            json!({
                "type": "string",
                "pattern": "^[A-Za-z0-9._-]{1,32}(/[A-Za-z0-9._-]{1,32}){1,2}$",
                "examples": ["linux/amd64", "linux/arm64/v8"],
            }),
        ),
        (
            "path",
            json!({
                "type": text,
                "pattern": "^(?![/-])(?!.:)(?!(.*/)?\\.\\.(/|$))[^\\\\]+$",
                "description": "A file, relative to this file's folder and in it.",
                "examples": ["docker-compose.yml"],
            }),
        ),
        (
            "command",
            json!({
                "type": "array",
                "items": { "$ref": "#/$defs/text" },
                "minItems": 1,
                "description": "Program and arguments; never a shell line.",
                "examples": [["./deploy.sh", "--wait"]],
            }),
        ),
        (
            "env",
            json!({
                "type": "object",
                "propertyNames": { "pattern": VARIABLE },
                "additionalProperties": { "$ref": "#/$defs/text" },
                "description": "More environment variables.",
                "examples": [{ "BASE_URL": "https://staging.example.com" }],
            }),
        ),
    ]
    .map(|(name, schema)| (name.to_owned(), schema))
    .into()
}
