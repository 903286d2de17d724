//! What Prometheus answers to an instant query (Prometheus, HTTP API, "Instant queries").

use liftlock_core::policy::Comparison;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::output::one_line;
use crate::web::{Answer, BODY_BYTES_MAX};

/// The most values that are shown.
const SHOWN_MAX: usize = 5;

/// What came of a query.
#[derive(Debug, PartialEq)]
pub(super) enum Asked {
    /// The values of the result, as they are written.
    Values(Vec<String>),
    /// Nothing that can be used now; it may be otherwise later.
    NoAnswer(String),
    /// The query itself is refused, and will be.
    Refused(String),
}

#[derive(Deserialize)]
struct Body {
    status: String,
    #[serde(default, rename = "errorType")]
    error_type: String,
    #[serde(default)]
    error: String,
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    result_type: String,
    result: serde_json::Value,
}

#[derive(Deserialize)]
struct Sample {
    /// Not there for native histograms, which are no value.
    value: Option<Value>,
}

/// A time and a value.
type Value = (IgnoredAny, String);

impl Asked {
    /// Reads an answer.
    pub(super) fn of(answer: &Answer) -> Self {
        if answer.body.len() >= BODY_BYTES_MAX {
            return Self::Refused(format!(
                "its answer is longer than {BODY_BYTES_MAX} bytes; ask for less, as with sum()"
            ));
        }
        let status = answer.status;
        let Ok(body) = serde_json::from_slice::<Body>(&answer.body) else {
            return Self::NoAnswer(format!(
                "answered {status} with something else than a result"
            ));
        };
        if body.status != "success" {
            let why = one_line(&format!("{}: {}", body.error_type, body.error));
            return match body.error_type.as_str() {
                "bad_data" => Self::Refused(why),
                _ => Self::NoAnswer(format!("answered {status}, {why}")),
            };
        }
        let Some(data) = body.data else {
            return Self::NoAnswer(format!("answered {status} without a result"));
        };
        let values = match data.result_type.as_str() {
            "scalar" => Value::deserialize(data.result).map(|value| vec![Some(value.1)]),
            "vector" => Vec::<Sample>::deserialize(data.result).map(|samples| {
                let values = samples.into_iter().map(|sample| sample.value);
                values.map(|value| value.map(|value| value.1)).collect()
            }),
            _ => return Self::Refused("its result is no instant vector or scalar".to_owned()),
        };
        match values.map(|values: Vec<_>| values.into_iter().collect::<Option<Vec<_>>>()) {
            Ok(Some(values)) => Self::Values(values),
            Ok(None) => {
                Self::Refused("its result has a histogram; ask for a value of it".to_owned())
            }
            Err(_) => Self::NoAnswer(format!(
                "answered {status} with a result that makes no sense"
            )),
        }
    }

    /// Whether there are values, and each compares well.
    pub(super) fn holds(&self, expected: &Comparison) -> bool {
        let Self::Values(values) = self else {
            return false;
        };
        let holds = |value: &String| value.parse().is_ok_and(|value| expected.holds(value));
        !values.is_empty() && values.iter().all(holds)
    }

    /// It in a few words.
    pub(super) fn said(&self) -> String {
        match self {
            Self::Values(values) if values.is_empty() => "no data".to_owned(),
            Self::Values(values) => {
                let more = values.len().saturating_sub(SHOWN_MAX);
                let shown = values.iter().take(SHOWN_MAX);
                let shown: Vec<String> = shown.map(|value| one_line(value)).collect();
                match more {
                    0 => format!("value {}", shown.join(", ")),
                    _ => format!("value {} and {more} more", shown.join(", ")),
                }
            }
            Self::NoAnswer(why) | Self::Refused(why) => why.clone(),
        }
    }
}
