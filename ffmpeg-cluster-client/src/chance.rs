//! The one place that supplies chance; decisions take it as an argument.

pub(crate) fn chance() -> u32 {
    uuid::Uuid::new_v4().as_fields().0
}
