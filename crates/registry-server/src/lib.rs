//! An embedded registry: the distribution specification over OCI layout folders.
