//! What kinds of result file there are, and what each can hold.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    Mp4,
    Mov,
    Matroska,
    WebM,
    MpegTs,
    Avi,
}

impl Container {
    /// By the suffix of a file name, as ffmpeg does; `None` where we don't know it.
    pub fn of_name(name: &str) -> Option<Self> {
        let _ = name;
        todo!("media")
    }
}
