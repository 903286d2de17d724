//! Reports of other tools, read as evidence facts. No IO.
