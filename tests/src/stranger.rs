//! Another user of this machine, who has a folder and programs of his own and nothing else.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::cluster::{Running, Scratch, binary};
use crate::judge;

const NOBODY: u32 = 65_534;

#[derive(Debug)]
pub struct Stranger(Scratch);

impl Stranger {
    /// None where we may not be somebody else; `what` is not checked then.
    pub fn for_test(what: &str) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            judge::not_checked(what, "only root can be somebody else");
            return None;
        }
        let folder = Scratch::new();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("our own folder");
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("root may");
        Some(Self(folder))
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// A copy of one of our programs: where ours lie he may not be able to look.
    pub fn program(&self, name: &str) -> PathBuf {
        let path = self.folder().join(name);
        if !path.exists() {
            std::fs::copy(binary(name), &path).expect("copying a program");
        }
        path
    }

    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder()).uid(NOBODY).gid(NOBODY);
        command
    }

    /// What a script in bash says, which can speak TCP.
    pub fn bash(&self, script: &str) -> Output {
        self.command(Path::new("/bin/bash")).args(["-c", script]).output().expect("bash is here")
    }

    pub fn start(&self, program: &Path, words: &[&str]) -> Running {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Running::run(self.command(program), &words)
    }
}
