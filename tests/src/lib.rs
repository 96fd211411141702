//! Whole-system harness.
