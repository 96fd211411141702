//! Exactly the leased frames, encoded by one supervised ffmpeg, and looked at before anybody is told.
