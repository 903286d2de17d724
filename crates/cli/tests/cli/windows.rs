//! Windows: what waits for one, and when it opens.

use std::time::{SystemTime, UNIX_EPOCH};

use liftlock_core::{Span, Time};

use crate::sample::{release, shop};
use crate::scenario::Scenario;

const DAY: Span = Span::from_secs(86_400);

/// The shop with an environment for each thing that a window can be.
fn shop_with_windows() -> Scenario {
    let s = shop();
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = Time::from_us(i64::try_from(since.as_micros()).unwrap_or_default());
    let soon = (now + DAY + DAY + DAY).to_string();
    let environment = |name: &str, except: &str| {
        format!(
            "  {name}:\n    tags: [{name}]\n    gates: {{ hours: {{ window: {{ days: mon-sun, \
             hours: \"00:00-24:00\", timezone: UTC{except} }} }} }}\n"
        )
    };
    let environments = [
        environment("always", ""),
        environment("open", &format!(", except: [{}..9999-12-31]", &soon[..10])),
        environment(
            "closed",
            &format!(", except: [2020-01-01..{}]", &soon[..10]),
        ),
        environment("never", ", except: [2020-01-01..9999-12-31]"),
    ];
    let head = "version: 1\npipeline: shop\nidentity: claimed\nimage: REGISTRY/shop/api\n";
    s.world
        .write_pipeline(&format!("{head}environments:\n{}", environments.concat()));
    release(&s, "1.0.0", "build-1");
    s
}

#[test]
fn what_is_outside_its_window_waits_and_says_for_what() {
    let mut s = shop_with_windows();
    s.ends(0, &["plan", "1.0.0", "--to", "always"]);
    s.ends(0, &["plan", "1.0.0", "--to", "open"]);
    s.ends(4, &["plan", "1.0.0", "--to", "closed"]);
    s.ends(3, &["plan", "1.0.0", "--to", "never"]);
    s.refused(3, &["promote", "1.0.0", "--to", "never"]);
    s.ends(
        0,
        &["promote", "1.0.0", "--to", "open", "--quiet", "--as", "ci"],
    );
    s.ends(
        4,
        &[
            "promote", "1.0.0", "--to", "closed", "--quiet", "--as", "ci",
        ],
    );
    s.ends(0, &["tick"]);
    s.ends(0, &["status"]);
    s.json(0, &["status", "closed"]);
    s.json(4, &["promote", "1.0.0", "--to", "closed"]);
    s.end("windows");
}
