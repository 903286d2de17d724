//! The clean environment programs get.

use std::collections::BTreeMap;
use std::ffi::OsString;

use liftlock_engine::ports::{DeliveryContext, DeliveryError};

/// What every program gets from this process's own environment, where it is set.
const ALWAYS: [&str; 2] = ["PATH", "HOME"];
const OURS: &str = "LIFTLOCK_";

/// PATH, HOME, the variables of `pass`, then `declared`, then what Liftlock says itself.
///
/// # Errors
/// A declared name that is not one, or that is Liftlock's own to say.
pub(crate) fn environment(
    context: &DeliveryContext,
    pass: &[String],
    declared: &BTreeMap<String, String>,
) -> Result<BTreeMap<OsString, OsString>, DeliveryError> {
    let mut all = inherited(pass);
    for (name, value) in declared {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(refused(
                name,
                "it is not a name and value a program can be given",
            ));
        }
        if name.starts_with(OURS) {
            return Err(refused(
                name,
                "names with LIFTLOCK_ are Liftlock's own; rename it",
            ));
        }
        all.insert(name.into(), value.into());
    }
    all.extend(said(context).into_iter().map(|(k, v)| (k.into(), v.into())));
    Ok(all)
}

/// PATH, HOME and the variables of `pass`, where they are set.
pub(crate) fn inherited(pass: &[String]) -> BTreeMap<OsString, OsString> {
    let names = ALWAYS.into_iter().chain(pass.iter().map(String::as_str));
    names
        .filter_map(|name| Some((name.into(), std::env::var_os(name)?)))
        .collect()
}

/// The `LIFTLOCK_*` variables.
fn said(context: &DeliveryContext) -> BTreeMap<String, String> {
    let mut all = BTreeMap::from([
        ("LIFTLOCK_PIPELINE".to_owned(), context.pipeline.to_string()),
        (
            "LIFTLOCK_ENVIRONMENT".to_owned(),
            context.environment.to_string(),
        ),
        ("LIFTLOCK_RELEASE".to_owned(), context.release.to_string()),
        ("LIFTLOCK_PROMOTION".to_owned(), context.promotion.clone()),
    ]);
    for (key, image) in &context.images {
        let key = key.as_str().to_ascii_uppercase().replace('-', "_");
        all.insert(format!("LIFTLOCK_IMAGE_{key}"), image.to_string());
        all.insert(format!("LIFTLOCK_DIGEST_{key}"), image.digest.to_string());
    }
    all
}

fn refused(name: &str, why: &str) -> DeliveryError {
    DeliveryError::Answer {
        what: format!("the declared variable {name:?}"),
        message: why.to_owned(),
    }
}
