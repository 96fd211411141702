//! Two values: one for segments that fill a slot, one for segments that run beside them.

use std::ops::{Index, IndexMut};

use crate::media::plan::track::Load;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ByLoad<T> {
    full: T,
    light: T,
}

impl<T> ByLoad<T> {
    pub(super) fn of(mut make: impl FnMut(Load) -> T) -> Self {
        Self { full: make(Load::Full), light: make(Load::Light) }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        [&self.full, &self.light].into_iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        [&mut self.full, &mut self.light].into_iter()
    }
}

impl<T> Index<Load> for ByLoad<T> {
    type Output = T;
    fn index(&self, load: Load) -> &T {
        match load {
            Load::Full => &self.full,
            Load::Light => &self.light,
        }
    }
}

impl<T> IndexMut<Load> for ByLoad<T> {
    fn index_mut(&mut self, load: Load) -> &mut T {
        match load {
            Load::Full => &mut self.full,
            Load::Light => &mut self.light,
        }
    }
}
