//! Time zones by name.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The most characters of a time zone's name.
const NAME_MAX: usize = 64;

/// The name of a time zone as IANA's database spells it: `Europe/Berlin`, `UTC`. That it is in the
/// database is for the check of a policy, so that a recorded policy can be read with any database.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneName(String);

/// Why a text cannot be a time zone's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not the name of a time zone; expected one of IANA's, such as Europe/Berlin or UTC"
)]
pub struct ZoneNameError(String);

/// The database of this program does not have a time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this Liftlock knows no time zone {0}; expected one of IANA's, such as Europe/Berlin or UTC"
)]
pub struct UnknownZone(pub ZoneName);

impl ZoneName {
    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the database has it, in just this spelling.
    pub fn is_known(&self) -> bool {
        self.zone().is_ok()
    }

    pub(super) fn zone(&self) -> Result<TimeZone, UnknownZone> {
        let zone = TimeZoneDatabase::bundled().get(&self.0).ok();
        zone.filter(|zone| !zone.is_unknown() && zone.iana_name() == Some(&self.0))
            .ok_or_else(|| UnknownZone(self.clone()))
    }
}

/// The name of every time zone in the database.
pub fn zone_names() -> Vec<String> {
    let database = TimeZoneDatabase::bundled();
    database.available().map(|name| name.to_string()).collect()
}

impl FromStr for ZoneName {
    type Err = ZoneNameError;

    fn from_str(text: &str) -> Result<Self, ZoneNameError> {
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '-');
        let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
        if begins && text.len() <= NAME_MAX && text.chars().all(named) {
            return Ok(Self(text.to_owned()));
        }
        Err(ZoneNameError(text.chars().take(NAME_MAX).collect()))
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

liftlock_oci::serde_as_text!(ZoneName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_the_databases_spelling_only() {
        let known = |text: &str| text.parse::<ZoneName>().is_ok_and(|name| name.is_known());
        for good in [
            "UTC",
            "Europe/Berlin",
            "Etc/UTC",
            "Etc/GMT+5",
            "America/Port-au-Prince",
            "Asia/Kolkata",
            "America/Argentina/Buenos_Aires",
        ] {
            assert!(known(good), "{good}");
        }
        for bad in [
            "",
            "utc",
            "europe/berlin",
            "Europe/Berln",
            "PST",
            "+01:00",
            "Etc/Unknown",
            "/etc/passwd",
            "../UTC",
            "Local",
        ] {
            assert!(!known(bad), "{bad}");
        }
    }

    #[test]
    fn every_name_of_the_database_is_one() {
        let names = zone_names();
        assert!(names.len() > 400, "{}", names.len());
        for name in names {
            assert!(
                name.parse::<ZoneName>().is_ok_and(|zone| zone.is_known()),
                "{name}"
            );
        }
    }
}
