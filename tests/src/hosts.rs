//! Two machines and a cable between them: network namespaces, each with addresses of its own. A program in one is a stranger to
//! the other, as on a real network.

use std::path::Path;
use std::process::{Command, Output};

/// A machine.
#[derive(Debug)]
pub struct Host {
    name: String,
    pub address: &'static str,
}

#[derive(Debug)]
pub struct Hosts {
    pub server: Host,
    pub other: Host,
}

impl Hosts {
    /// The reason where this machine does not allow it.
    pub fn new() -> Result<Self, String> {
        let host = |end: &str, address| Host { name: format!("ffc-{}-{end}", std::process::id()), address };
        let hosts = Self { server: host("a", "10.213.7.1"), other: host("b", "10.213.7.2") };
        let (a, b) = (&hosts.server.name, &hosts.other.name);
        ip(&["netns", "add", a])?;
        ip(&["netns", "add", b])?;
        ip(&["link", "add", "cable", "netns", a, "type", "veth", "peer", "name", "cable", "netns", b])?;
        for host in [&hosts.server, &hosts.other] {
            ip(&["-n", &host.name, "addr", "add", &format!("{}/24", host.address), "dev", "cable"])?;
            ip(&["-n", &host.name, "link", "set", "cable", "up"])?;
            ip(&["-n", &host.name, "link", "set", "lo", "up"])?;
        }
        Ok(hosts)
    }
}

impl Host {
    /// A command that runs the program on this machine.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }

    /// Runs it there to its end, in `folder`.
    pub fn output(&self, program: &Path, arguments: &[&str], folder: &Path) -> Output {
        let done = self.command(program).args(arguments).current_dir(folder).output();
        done.unwrap_or_else(|error| panic!("running {}: {error}", program.display()))
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for host in [&self.server, &self.other] {
            let _ = ip(&["netns", "del", &host.name]);
        }
    }
}

fn ip(words: &[&str]) -> Result<(), String> {
    let done = Command::new("ip").args(words).output().map_err(|error| format!("no ip here: {error}"))?;
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()) }
}
