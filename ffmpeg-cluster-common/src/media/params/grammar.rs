//! The tables of all parameters, for generators of parameters
//! and for the documentation. The parser does not need it.

pub use super::{
    filters::{BOUNDS as FILTER_BOUNDS, Row, TAKEN as FILTERS},
    rows::{
        OptionRow, Place,
        encoders::{VideoEncoder, all_of_pictures, presets, sound_names as sound_encoders, tunes},
        lists::{LISTS, List},
        printed as options,
        values::Value,
    },
};
