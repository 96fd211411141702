//! The tables of all that is taken, for who makes up parameters and for the documentation. Who parses has no need of it.

pub use super::encoders::{
    VideoEncoder, all_of_pictures, presets, sound_names as sound_encoders,
    subtitle_names as subtitle_encoders, tunes,
};
pub use super::filters::{BOUNDS as FILTER_BOUNDS, Row, TAKEN as FILTERS};
pub use super::keyed::{MOST as KEY_BOUNDS, keys};
pub use super::options::{Known, Place, all as options};
pub use super::values::Value;
