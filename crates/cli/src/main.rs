//! The `liftlock` binary.
fn main() {}
