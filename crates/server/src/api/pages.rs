//! Lists, a page at a time.

use axum::http::StatusCode;
use liftlock_verbs::{Done, Endpoint};
use serde_json::{Value, json};

use crate::problem::Problem;

/// How many are in a page where it is not said.
const PAGE: usize = 100;

/// The most that are in a page.
pub(super) const PAGE_MAX: usize = 1000;

/// Which part of a list is wanted.
#[derive(Debug)]
pub(super) struct Page {
    limit: usize,
    after: Option<String>,
}

/// The list in an endpoint's result, and what of an item is its name in cursors.
pub(super) fn list_of(endpoint: &Endpoint) -> Option<(&'static str, &'static str)> {
    match endpoint.name {
        "history" => Some(("promotions", "/request/id")),
        "release list" => Some(("releases", "/name")),
        "evidence list" => Some(("evidence", "/evidence/id")),
        "override list" => Some(("overrides", "/override/id")),
        _ => None,
    }
}

impl Page {
    /// The page that a query asks for, taken out of it.
    pub(super) fn taken(
        endpoint: &Endpoint,
        query: &mut Vec<(String, String)>,
    ) -> Result<Self, Problem> {
        let mut page = Self {
            limit: PAGE,
            after: None,
        };
        if list_of(endpoint).is_none() {
            return Ok(page);
        }
        for (name, value) in std::mem::take(query) {
            match name.as_str() {
                "limit" => {
                    let limit = value.parse().ok().filter(|n| (1..=PAGE_MAX).contains(n));
                    page.limit = limit.ok_or_else(|| {
                        let message = format!("limit is a number from 1 to {PAGE_MAX}");
                        Problem::new(StatusCode::BAD_REQUEST, "invalid", message)
                    })?;
                }
                "cursor" => page.after = Some(value),
                _ => query.push((name, value)),
            }
        }
        Ok(page)
    }
}

/// Cuts a result's list to a page. `next` is the cursor of the page after it.
pub(super) fn cut(endpoint: &Endpoint, done: &mut Done, page: &Page) {
    let Some((list, name)) = list_of(endpoint) else {
        return;
    };
    let Some(items) = done.json.get_mut(list).and_then(Value::as_array_mut) else {
        return;
    };
    let named = |item: &Value| item.pointer(name).map(text);
    let begin = page.after.as_ref().and_then(|after| {
        let place = items
            .iter()
            .position(|item| named(item).as_ref() == Some(after));
        place.map(|place| place + 1)
    });
    // A cursor of what is not there any more begins anew: nothing is left out.
    let rest = items.split_off(begin.unwrap_or(0));
    let more = rest.len() > page.limit;
    *items = rest.into_iter().take(page.limit).collect();
    let next = items.last().filter(|_| more).and_then(named);
    done.json["next"] = json!(next);
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
