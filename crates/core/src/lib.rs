//! The promotion domain: decides, and does no IO.
