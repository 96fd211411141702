//! A folder on a small disk of its own, so that a test can fill it: memory, mounted in a namespace that one process
//! holds open, and that the program under test enters.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

#[derive(Debug)]
pub struct SmallDisk {
    holder: Child,
    folder: PathBuf,
}

impl SmallDisk {
    /// The reason where this machine does not allow it.
    pub fn mount(folder: &Path, megabytes: u32) -> Result<Self, String> {
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        let script = "mount -t tmpfs -o size=\"$1\"m tmpfs \"$2\" && echo mounted && exec sleep infinity";
        let mut holder = Command::new("unshare")
            .args(["-rm", "sh", "-c", script, "sh", &megabytes.to_string()])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("no unshare here: {error}"))?;
        let mut said = String::new();
        let _ = BufReader::new(holder.stdout.take().expect("piped")).read_line(&mut said);
        if said.trim() == "mounted" {
            return Ok(Self { holder, folder: folder.to_owned() });
        }
        let _ = (holder.kill(), holder.wait());
        Err("namespaces or mounts are not allowed here".to_owned())
    }

    /// A command that runs the program with this disk, in the folder that is given.
    pub fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.holder.id().to_string(), "-U", "-m", "--preserve-credentials", "--"]);
        // A folder that was entered before the namespace would be without the disk.
        command.args(["sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh"]).arg(folder).arg(program);
        command
    }

    /// The folder as others see it.
    fn inside(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.folder.strip_prefix("/").expect("an absolute path"))
    }

    fn filler(&self) -> PathBuf {
        self.inside().join("filler")
    }

    /// Not a byte more has room.
    pub fn fill(&self) {
        let mut file = std::fs::File::create(self.filler()).expect("making the filler");
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Room for so many bytes is left.
    pub fn fill_but(&self, bytes: u64) {
        self.fill();
        let filler = std::fs::File::options().write(true).open(self.filler()).expect("just made");
        let length = filler.metadata().expect("just made").len();
        filler.set_len(length.saturating_sub(bytes)).expect("making it shorter");
    }

    pub fn free(&self) {
        std::fs::remove_file(self.filler()).expect("removing the filler");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = (self.holder.kill(), self.holder.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_full_disk_is_full_until_it_is_freed() {
        let scratch = Scratch::new();
        let disk = match SmallDisk::mount(&scratch.path().join("small"), 2) {
            Ok(disk) => disk,
            Err(why) => return crate::judge::not_checked("full disks", &why),
        };
        let copies = || {
            let script = "cp /proc/version small/copy && cat small/copy";
            let mut command = disk.command(Path::new("/bin/sh"), scratch.path());
            command.args(["-c", script]).output().expect("running a shell").status.success()
        };
        assert!(copies());
        std::fs::remove_file(disk.inside().join("copy")).expect("it is there");
        disk.fill();
        assert!(!copies());
        disk.free();
        assert!(copies());
    }
}
