//! All sound of a film, encoded whole by one supervised ffmpeg.
