//! Programs in place of ffmpeg, for what the real one does not do on demand.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A folder of programs in which ffmpeg does something else where its arguments hold `word`: hang, or fail.
pub fn fake_ffmpeg(folder: &Path, word: &str, does: &str) -> String {
    let tools = folder.join("fake-tools");
    std::fs::create_dir_all(&tools).unwrap();
    let script = format!("#!/bin/sh\ncase \"$*\" in *{word}*) {does};; esac\nexec ffmpeg \"$@\"\n");
    std::fs::write(tools.join("ffmpeg"), script).unwrap();
    std::fs::write(tools.join("ffprobe"), "#!/bin/sh\nexec ffprobe \"$@\"\n").unwrap();
    for program in ["ffmpeg", "ffprobe"] {
        std::fs::set_permissions(tools.join(program), Permissions::from_mode(0o755)).unwrap();
    }
    tools.display().to_string()
}
