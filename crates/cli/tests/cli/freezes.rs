//! Freezes: what they say, where they are shown, and how they end.

use crate::sample::{SHOP, shop_in_staging};

#[test]
fn a_freeze_is_shown_wherever_it_stops_something() {
    let mut s = shop_in_staging();
    let freeze = ["freeze", "production", "--until", "2h", "--as", "alice"];
    let freeze = [&freeze[..], &["--reason", "the database is being moved"]].concat();
    s.ends(0, &[&freeze[..], &["-n"]].concat());
    s.ends(0, &["status"]);
    s.ends(0, &freeze);
    s.ends(0, &["status"]);
    s.ends(4, &["plan", "1.0.0", "--to", "production"]);
    let promote = ["promote", "1.0.0", "--to", "production", "--as", "ci"];
    s.ends(4, &[&promote[..], &["--quiet"]].concat());
    s.quietly(&[
        "approve",
        "1.0.0",
        "--to",
        "production",
        "--yes",
        "--as",
        "bob",
    ]);
    s.ends(0, &["tick"]);
    s.heading("again, and all of them");
    let again = ["freeze", "production", "--until", "3h", "--as", "bob"];
    s.ends(0, &[&again[..], &["--reason", "it takes longer"]].concat());
    let all = ["freeze", "--all", "--until", "2d", "--as", "alice"];
    s.ends(0, &[&all[..], &["--reason", "inventory"]].concat());
    s.ends(4, &["plan", "1.0.0", "--to", "production"]);
    s.ends(0, &["status", "staging"]);
    s.json(0, &["status", "production"]);
    s.heading("the ends");
    s.refused(3, &["unfreeze", "staging", "--as", "alice"]);
    let lift = ["unfreeze", "--all", "--reason", "counted", "--as", "bob"];
    s.ends(0, &[&lift[..], &["-n"]].concat());
    s.ends(0, &lift);
    s.refused(3, &lift);
    s.json(3, &lift);
    s.ends(0, &["unfreeze", "production", "--as", "alice"]);
    s.ends(0, &["tick", "--as", "ci", "--quiet"]);
    s.ends(0, &["history", "--to", "production"]);
    s.ends(0, &["history", "--to", "development"]);
    s.ends(0, &["history", "--release", "1.0.0", "--to", "development"]);
    s.ends(0, &["log", "verify"]);
    s.heading("as JSON");
    let json = [
        "freeze", "--all", "--until", "1h", "--reason", "x", "--as", "ci",
    ];
    s.json(0, &[&json[..], &["-n"]].concat());
    s.json(0, &json);
    s.json(0, &["unfreeze", "--all", "--as", "ci"]);
    s.end("freezes");
}

#[test]
fn a_freeze_that_makes_no_sense_is_refused() {
    let mut s = shop_in_staging();
    let refused: &[&[&str]] = &[
        &["freeze", "--until", "2h", "--reason", "x"],
        &[
            "freeze",
            "production",
            "--all",
            "--until",
            "2h",
            "--reason",
            "x",
        ],
        &["freeze", "production", "--until", "2h"],
        &["freeze", "production", "--reason", "x"],
        &[
            "freeze",
            "production",
            "--until",
            "tomorrow",
            "--reason",
            "x",
        ],
        &[
            "freeze",
            "production",
            "--until",
            "2020-01-31",
            "--reason",
            "x",
        ],
        &["freeze", "production", "--until", "0s", "--reason", "x"],
        &["freeze", "production", "--until", "400d", "--reason", "x"],
        &["freeze", "production", "--until", "2h", "--reason", " "],
        &["freeze", "prod", "--until", "2h", "--reason", "x"],
        &["unfreeze"],
        &["unfreeze", "prod"],
    ];
    for command in refused {
        s.refused(2, command);
    }
    s.refused(3, &["unfreeze", "production"]);
    s.refused(3, &["unfreeze", "--all"]);
    let owned = SHOP.replace(
        "people:",
        "owners: [alice]\nallow: { freeze: alice, promote: ci }\npeople:",
    );
    s.world.write_pipeline(&owned);
    s.quietly(&["policy", "apply", "--as", "alice"]);
    let freeze = ["freeze", "--all", "--until", "2h", "--reason", "x", "--as"];
    s.refused(3, &[&freeze[..], &["bob"]].concat());
    s.ends(0, &[&freeze[..], &["alice"]].concat());
    s.refused(3, &["unfreeze", "--all", "--as", "bob"]);
    s.end("freezes_refused");
}
