//! SARIF logs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_fuzz::reports::check;
use liftlock_reports::Format;

fuzz_target!(|bytes: &[u8]| check(bytes, Format::Sarif));
