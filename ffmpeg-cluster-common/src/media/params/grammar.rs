//! The tables of all parameters, for generators of parameters
//! and for the documentation. The parser does not need it.

pub use super::filters::{BOUNDS as FILTER_BOUNDS, Row, TAKEN as FILTERS};
pub use super::rows::encoders::{
    VideoEncoder, all_of_pictures, presets, sound_names as sound_encoders,
    subtitle_names as subtitle_encoders, tunes,
};
pub use super::rows::lists::{LISTS, List};
pub use super::rows::values::Value;
pub use super::rows::{OptionRow, Place, printed as options};
