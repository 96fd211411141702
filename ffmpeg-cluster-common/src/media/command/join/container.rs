//! The options of the result's container.

use super::{JoinPlan, Joining};
use crate::media::words::container::Container;

impl Joining {
    pub(super) fn container(&mut self, plan: &JoinPlan<'_>) {
        let container = plan.profile.container;
        let is_mp4 = matches!(container, Container::Mp4 | Container::Mov);
        let mut flags = None;
        for (name, value) in &plan.profile.muxer {
            if name == "movflags" {
                flags = Some(value);
            } else if name != "tag:v" {
                self.0.option(format!("-{name}"), value);
            }
        }
        if is_mp4 {
            let more = flags.map_or(String::new(), |flags| format!("+{}", flags.trim_start_matches('+')));
            self.0.option("-movflags", format!("+faststart{more}"));
        }
        // Allows codecs that are experimental in MP4.
        // In QuickTime it would also allow invented tags, which no player knows.
        if container == Container::Mp4 {
            self.0.say("-strict -2");
        }
        if container.wants_constant_rate() {
            // Otherwise priming before zero would move the picture by a frame.
            self.0.say("-avoid_negative_ts disabled");
        }
        self.0.option("-f", container.muxer());
    }
}
