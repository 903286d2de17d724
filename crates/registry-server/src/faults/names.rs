//! Faults as a command line writes them.

use std::str::FromStr;

use super::{
    Action, BodyFault, ConnectionFault, Fault, HeadFault, IgnoredFault, ImmutableTags, Kind,
    LocationFault, ManifestFault, MountRefusal, ReferrersFault, RetryAfter, StaleFault,
    StatusFault, UploadFault,
};

/// How often a stale read is stale where the number is not given.
const READS: u64 = 3;

/// The query of an upload's `Location` where none is given.
const STATE: &str = "_state=a%2Fb%3D%3D&part=1";

/// A fault's name, and what it does.
#[derive(Debug, Clone, Copy)]
pub struct FaultName {
    /// The name.
    pub name: &'static str,
    /// What its value is, where it takes one.
    pub value: Option<&'static str>,
    /// What it does.
    pub meaning: &'static str,
    make: fn(Option<&str>) -> Result<Action, String>,
}

/// Why a text is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultNameError {
    /// There is no fault of this name.
    #[error("there is no fault {0:?}; `liftlock registry serve --help` lists them")]
    Name(String),
    /// The fault's value, or what limits it, is not one.
    #[error("fault {fault}: {message}")]
    Part {
        /// The fault.
        fault: &'static str,
        /// What is wrong.
        message: String,
    },
}

/// All faults, in the order in which help shows them.
pub fn fault_names() -> &'static [FaultName] {
    &NAMES
}

const NAMES: [FaultName; 26] = [
    FaultName {
        name: "unauthorized",
        value: Some("BYTES"),
        meaning: "401, once so many bytes of the request's body were read",
        make: |value| {
            let after_bytes = optional(value)?.unwrap_or(0);
            let challenge = None;
            Ok(StatusFault::Unauthorized {
                after_bytes,
                challenge,
            }
            .into())
        },
    },
    FaultName {
        name: "too-many",
        value: Some("SECONDS|date:SECONDS"),
        meaning: "429, with this Retry-After or none",
        make: |value| {
            let retry_after = retry_after(value)?;
            Ok(StatusFault::TooMany { retry_after }.into())
        },
    },
    FaultName {
        name: "status",
        value: Some("CODE"),
        meaning: "any status from 400 to 599; 503",
        make: |value| {
            let status = status(value, 503)?;
            let retry_after = None;
            Ok(StatusFault::Status {
                status,
                retry_after,
            }
            .into())
        },
    },
    FaultName {
        name: "close",
        value: None,
        meaning: "closes the connection, and does nothing",
        make: |_| Ok(ConnectionFault::Close.into()),
    },
    FaultName {
        name: "lose-answer",
        value: None,
        meaning: "does what is asked, and closes the connection",
        make: |_| Ok(ConnectionFault::LoseAnswer.into()),
    },
    FaultName {
        name: "truncate",
        value: Some("BYTES"),
        meaning: "closes the connection after so many bytes of a body, or half",
        make: |value| {
            Ok(BodyFault::Truncate {
                after: optional(value)?,
            }
            .into())
        },
    },
    FaultName {
        name: "corrupt",
        value: Some("OFFSET"),
        meaning: "changes this byte of a body, or the one in its middle",
        make: |value| {
            Ok(BodyFault::Corrupt {
                at: optional(value)?,
            }
            .into())
        },
    },
    FaultName {
        name: "drip",
        value: Some("BYTES"),
        meaning: "sends so many bytes of a body a second; 1024",
        make: |value| {
            let bytes_per_second = optional(value)?.unwrap_or(1024);
            Ok(BodyFault::Drip { bytes_per_second }.into())
        },
    },
    FaultName {
        name: "stall",
        value: Some("BYTES"),
        meaning: "sends so many bytes of a body, or half, and then nothing",
        make: |value| {
            Ok(BodyFault::Stall {
                after: optional(value)?,
            }
            .into())
        },
    },
    FaultName {
        name: "no-location",
        value: None,
        meaning: "uploads have no Location",
        make: |_| Ok(LocationFault::Missing.into()),
    },
    FaultName {
        name: "relative-location",
        value: None,
        meaning: "uploads have a Location relative to the request's path",
        make: |_| Ok(LocationFault::Relative.into()),
    },
    FaultName {
        name: "absolute-location",
        value: None,
        meaning: "uploads have a Location with scheme and host",
        make: |_| Ok(LocationFault::Absolute.into()),
    },
    FaultName {
        name: "location-query",
        value: Some("QUERY"),
        meaning: "uploads have a Location with a query that must be kept",
        make: |value| Ok(LocationFault::Query(value.unwrap_or(STATE).to_owned()).into()),
    },
    FaultName {
        name: "head-length",
        value: Some("BYTES"),
        meaning: "HEADs say this Content-Length; 0",
        make: |value| Ok(HeadFault::Length(optional(value)?.unwrap_or(0)).into()),
    },
    FaultName {
        name: "no-digest",
        value: None,
        meaning: "HEADs say no Docker-Content-Digest",
        make: |_| Ok(HeadFault::NoDigest.into()),
    },
    FaultName {
        name: "no-range",
        value: None,
        meaning: "Range is not looked at: blobs come whole",
        make: |_| Ok(IgnoredFault::Range.into()),
    },
    FaultName {
        name: "no-tag-query",
        value: None,
        meaning: "tags in the query of a PUT by digest are not looked at",
        make: |_| Ok(IgnoredFault::Tags.into()),
    },
    FaultName {
        name: "needs-accept",
        value: None,
        meaning: "404 for an OCI manifest whose media type Accept does not name",
        make: |_| Ok(ManifestFault::NeedsAccept.into()),
    },
    FaultName {
        name: "no-referrers",
        value: Some("subject"),
        meaning: "404 for the referrers API; PUTs say OCI-Subject or not",
        make: |value| match value {
            None => Ok(ReferrersFault::NoApi { subject: false }.into()),
            Some("subject") => Ok(ReferrersFault::NoApi { subject: true }.into()),
            Some(other) => Err(format!("{other:?} is not \"subject\"")),
        },
    },
    FaultName {
        name: "false-subject",
        value: None,
        meaning: "PUTs say OCI-Subject, and the manifest is never listed",
        make: |_| Ok(ReferrersFault::FalseSubject.into()),
    },
    FaultName {
        name: "stale-referrers",
        value: Some("READS"),
        meaning: "a referrer is missing in the first lists after its PUT; 3",
        make: |value| {
            let reads = optional(value)?.unwrap_or(READS);
            Ok(ReferrersFault::Stale { reads }.into())
        },
    },
    FaultName {
        name: "stale-tags",
        value: Some("READS"),
        meaning: "the first reads after a write show what was there before; 3",
        make: |value| {
            let reads = optional(value)?.unwrap_or(READS);
            Ok(StaleFault::Old { reads }.into())
        },
    },
    FaultName {
        name: "stale-missing",
        value: Some("READS"),
        meaning: "the first reads after a write answer 404; 3",
        make: |value| {
            let reads = optional(value)?.unwrap_or(READS);
            Ok(StaleFault::Missing { reads }.into())
        },
    },
    FaultName {
        name: "no-mount",
        value: Some("CODE"),
        meaning: "mounts open an upload (202), or are refused with this status",
        make: |value| {
            Ok(UploadFault::NoMount(match status(value, 202)? {
                202 => MountRefusal::Upload,
                status => MountRefusal::Status(status),
            })
            .into())
        },
    },
    FaultName {
        name: "no-single-post",
        value: None,
        meaning: "a POST with a digest and a body opens an upload (202)",
        make: |_| Ok(UploadFault::NoSinglePost.into()),
    },
    FaultName {
        name: ImmutableTags::NAME,
        value: Some("ecr|zot|acr|harbor"),
        meaning: "writing a tag that exists is refused as this registry does",
        make: |value| {
            Ok(match value.unwrap_or("ecr") {
                "ecr" => ImmutableTags::Ecr,
                "zot" => ImmutableTags::Zot,
                "acr" => ImmutableTags::Acr,
                "harbor" => ImmutableTags::Harbor,
                other => return Err(format!("{other:?} is none of ecr, zot, acr and harbor")),
            }
            .into())
        },
    },
];

/// `NAME[=VALUE]`, and after that any of `,on=KIND`, `,method=METHOD`, `,repository=NAME`,
/// `,skip=COUNT` and `,times=COUNT`, which limit the requests it is for.
impl FromStr for Fault {
    type Err = FaultNameError;

    fn from_str(text: &str) -> Result<Self, FaultNameError> {
        let mut parts = text.split(',');
        let (name, value) = pair(parts.next().unwrap_or_default());
        let known = NAMES.iter().find(|known| known.name == name);
        let known = known.ok_or_else(|| FaultNameError::Name(name.to_owned()))?;
        let wrong = |message| FaultNameError::Part {
            fault: known.name,
            message,
        };
        if known.value.is_none() && value.is_some() {
            return Err(wrong("it takes no value".to_owned()));
        }
        let fault = Self::new((known.make)(value).map_err(wrong)?);
        parts.try_fold(fault, |fault, part| limit(fault, part).map_err(wrong))
    }
}

fn limit(fault: Fault, part: &str) -> Result<Fault, String> {
    match pair(part) {
        ("on", Some(kind)) => Ok(fault.on(kind.parse::<Kind>()?)),
        ("method", Some(method)) => Ok(fault.method(method)),
        ("repository", Some(name)) => Ok(fault.repository(name)),
        ("skip", Some(count)) => Ok(fault.skip(number(count)?)),
        ("times", Some(count)) => Ok(fault.times(number(count)?)),
        _ => Err(format!(
            "{part:?} is none of on=KIND, method=METHOD, repository=NAME, skip=COUNT and times=COUNT"
        )),
    }
}

fn pair(text: &str) -> (&str, Option<&str>) {
    match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    }
}

fn optional(value: Option<&str>) -> Result<Option<u64>, String> {
    value.map(number).transpose()
}

fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is not a number"))
}

fn status(value: Option<&str>, default: u16) -> Result<u16, String> {
    let Some(value) = value else {
        return Ok(default);
    };
    let parsed = value.parse().ok();
    parsed
        .filter(|status| *status == default || (400..600).contains(status))
        .ok_or_else(|| format!("{value:?} is not a status from 400 to 599"))
}

fn retry_after(value: Option<&str>) -> Result<Option<RetryAfter>, String> {
    let Some(value) = value else {
        return Ok(None);
    };
    Ok(Some(match value.strip_prefix("date:") {
        Some(seconds) => RetryAfter::Date(number(seconds)?),
        None => RetryAfter::Seconds(number(value)?),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_that_of_its_action() {
        for known in fault_names() {
            let action = (known.make)(None).unwrap();
            assert_eq!(action.name(), known.name);
            assert_eq!(known.name.parse::<Fault>().unwrap(), Fault::new(action));
        }
    }

    #[test]
    fn a_fault_is_read_with_its_value_and_its_limits() {
        let fault: Fault = "truncate=10,on=blob,method=get,repository=a/b,skip=1,times=2"
            .parse()
            .unwrap();
        let expected = Fault::new(BodyFault::Truncate { after: Some(10) })
            .on(Kind::Blob)
            .method("GET")
            .repository("a/b")
            .skip(1)
            .times(2);
        assert_eq!(fault, expected);
        for bad in [
            "",
            "nothing",
            "close=1",
            "status=200",
            "status=x",
            "drip=-1",
            "immutable=quay",
            "close,on=x",
            "close,times",
            "no-referrers=x",
            "too-many=date:",
        ] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }
}
