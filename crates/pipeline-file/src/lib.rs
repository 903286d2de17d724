//! The pipeline file: liftlock.yaml to policy, with positions. No IO.
