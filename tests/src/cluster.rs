//! Starts, kills and restarts the shipped binaries on loopback, each in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal};

use crate::ask::Server;
use crate::log::{Log, PATIENCE};
use crate::poll::{SOON, poll};
use crate::small_disk::SmallDisk;
use crate::{judge, memory, proofs};

pub use crate::scratch::{Scratch, binary, temporary};

/// A program of ours while it runs. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    pub log: Log,
    readers: Vec<JoinHandle<()>>,
}

impl Running {
    pub fn start(program: &str, arguments: &[String], folder: &Path) -> Self {
        Self::start_with(program, arguments, folder, &[])
    }

    pub fn start_with(program: &str, arguments: &[String], folder: &Path, env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(binary(program));
        command.current_dir(folder).envs(env.iter().copied());
        Self::run(command, arguments)
    }

    pub fn run(mut command: Command, arguments: &[String]) -> Self {
        command.args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("starting {command:?}: {e}"));
        let log = Log::default();
        let readers = vec![
            log.follow(child.stdout.take().expect("piped")),
            log.follow(child.stderr.take().expect("piped")),
        ];
        Self { child, log, readers }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).expect("a pid is not 0");
        rustix::process::kill_process(pid, signal).expect("our own child");
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("our own child")
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Waits until it ends by itself.
    pub fn end(&mut self) -> ExitStatus {
        let status = poll(SOON, PATIENCE, || self.ended());
        status.unwrap_or_else(|| panic!("it does not end; it said:\n{}", self.log.text()))
    }
}

impl Running {
    /// Of a server, once it listens.
    pub fn port(&self) -> u16 {
        const BEFORE: &str = "listening on http://127.0.0.1:";
        let line = self.log.wait(BEFORE);
        let digits = line.rsplit(BEFORE).next().unwrap_or_default().chars();
        digits.take_while(char::is_ascii_digit).collect::<String>().parse().expect("a port")
    }

    /// All it said, once it ended.
    pub fn text_at_end(&mut self) -> String {
        self.readers.drain(..).for_each(|reader| reader.join().expect("no reader panics"));
        self.log.text()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a cluster is to be started.
#[derive(Debug, Clone)]
pub struct Setup {
    pub clients: usize,
    pub params: String,
    pub suffix: String,
    pub more: Vec<String>,
    /// The server's things lie on a disk of so many megabytes.
    pub disk: Option<u32>,
}

impl Setup {
    pub fn clients(self, clients: usize) -> Self {
        Self { clients, ..self }
    }
    /// The server's things lie on a disk of so many megabytes, where one can be had.
    pub fn disk(self, megabytes: Option<u32>) -> Self {
        Self { disk: megabytes, ..self }
    }
    /// Flags of the server.
    pub fn with(mut self, flags: &[&str]) -> Self {
        self.more.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self
    }
    pub fn encode(mut self, params: &str, suffix: &str) -> Self {
        (self.params, self.suffix) = (params.into(), suffix.into());
        self
    }

    pub fn start(self) -> Cluster {
        self.start_in(Scratch::new())
    }

    /// In a folder where something may lie already.
    pub fn start_in(self, scratch: Scratch) -> Cluster {
        let mount = |megabytes| SmallDisk::mount(&scratch.path().join("server"), megabytes);
        let disk = self.disk.map(|megabytes| mount(megabytes).expect("looked whether it can be"));
        proofs::give_lists(&scratch.path().join("server"));
        let (server, port) = start_server(&self, &scratch, disk.as_ref(), 0);
        let (ask, began) = (Server::new(port), memory::now(server.pid()));
        let mut cluster = Cluster { server, clients: Vec::new(), ask, began, setup: self, disk, scratch };
        for _ in 0..cluster.setup.clients {
            cluster.add_client();
        }
        cluster
    }
}

/// A server and its clients.
#[derive(Debug)]
pub struct Cluster {
    // Declared before the folder, so that processes end before their files go.
    pub server: Running,
    pub clients: Vec<Running>,
    pub ask: Server,
    /// How large the server was when it listened first, in bytes.
    pub began: u64,
    setup: Setup,
    pub disk: Option<SmallDisk>,
    pub scratch: Scratch,
}

impl Cluster {
    /// How one is to be started: without clients, and lossless, so that every pixel can be compared.
    #[allow(clippy::new_ret_no_self, reason = "the builder's first word; its last one is `start`")]
    pub fn new() -> Setup {
        let (params, suffix) = ("-c:v ffv1".into(), ".mkv".into());
        Setup { clients: 0, params, suffix, more: Vec::new(), disk: None }
    }

    pub fn add_client(&mut self) -> usize {
        self.add_client_with(&[])
    }

    pub fn add_client_with(&mut self, flags: &[&str]) -> usize {
        self.add_client_via(self.ask.port(), flags)
    }

    /// By another door than the server's own, such as a proxy.
    pub fn add_client_via(&mut self, port: u16, flags: &[&str]) -> usize {
        let number = self.clients.len();
        let client = self.spawn_client(number, port, flags, &[]);
        self.clients.push(client);
        number
    }

    /// Its things lie on a disk of its own, which is mounted on `scratch/clientN`.
    pub fn add_client_on(&mut self, disk: &SmallDisk) -> usize {
        let number = self.clients.len();
        let arguments = client_arguments(number, self.ask.port());
        let command = disk.command(&binary("ffmpeg-cluster-client"), self.scratch.path());
        self.clients.push(Running::run(command, &arguments));
        number
    }

    /// The same machine once more, dead or alive: the same folder, the same identity.
    pub fn restart_client(&mut self, number: usize, env: &[(&str, &str)]) {
        self.restart_client_with(number, &[], env);
    }

    pub fn restart_client_with(&mut self, number: usize, flags: &[&str], env: &[(&str, &str)]) {
        self.clients[number].kill();
        self.clients[number] = self.spawn_client(number, self.ask.port(), flags, env);
    }

    pub fn restart_client_via(&mut self, number: usize, port: u16) {
        self.clients[number].kill();
        self.clients[number] = self.spawn_client(number, port, &[], &[]);
    }

    fn spawn_client(&self, number: usize, port: u16, flags: &[&str], env: &[(&str, &str)]) -> Running {
        let mut arguments = client_arguments(number, port);
        arguments.extend(flags.iter().map(|flag| (*flag).to_owned()));
        let folder = self.scratch.path().join(format!("client{number}"));
        match flags.iter().position(|flag| *flag == "--ffmpeg-dir") {
            Some(at) => proofs::give_wrapped(&folder, Path::new(flags[at + 1])),
            None => proofs::give(&folder),
        }
        Running::start_with("ffmpeg-cluster-client", &arguments, self.scratch.path(), env)
    }

    pub fn kill_server(&mut self) {
        self.server.kill();
    }

    /// On the same port and the same folder as before.
    pub fn restart_server(&mut self) {
        self.server.kill();
        self.server = start_server(&self.setup, &self.scratch, self.disk.as_ref(), self.ask.port()).0;
    }

    /// The same, without waiting for it: it may not live long enough to listen.
    pub fn restart_server_with(&mut self, env: &[(&str, &str)]) {
        self.server.kill();
        self.server = spawn_server(&self.setup, &self.scratch, self.disk.as_ref(), self.ask.port(), env);
    }

    /// The job completes, and its result is the same film: every pixel, each frame within a millisecond of Matroska's.
    pub async fn judged(&self, job: &str, source: &Path) {
        let status = self.ask.completed(job).await;
        let to = self.scratch.path().join("out.mkv");
        self.ask.fetch(status["output_url"].as_str().expect("a completed job has a result"), &to).await;
        judge::same_film(source, &to, true, 1.1);
    }

    /// The folder of the server's things.
    pub fn work(&self) -> PathBuf {
        self.scratch.path().join("server")
    }
}

fn client_arguments(number: usize, port: u16) -> Vec<String> {
    let mut arguments: Vec<String> =
        ["--server-ip", "127.0.0.1", "--reconnect-delay", "1"].map(String::from).into();
    arguments.extend(["--server-port".to_owned(), port.to_string()]);
    arguments.extend(["--work-dir".to_owned(), format!("client{number}")]);
    arguments
}

fn start_server(setup: &Setup, scratch: &Scratch, disk: Option<&SmallDisk>, port: u16) -> (Running, u16) {
    let running = spawn_server(setup, scratch, disk, port, &[]);
    let port = running.port();
    (running, port)
}

/// May not live long enough to listen.
pub fn spawn_server(
    setup: &Setup,
    scratch: &Scratch,
    disk: Option<&SmallDisk>,
    port: u16,
    env: &[(&str, &str)],
) -> Running {
    let output = format!("result{}", setup.suffix);
    let port_text = port.to_string();
    let mut arguments: Vec<String> = [
        "--port",
        &port_text,
        "--work-dir",
        "server",
        "--media-root",
        "/",
        "--benchmark-duration",
        "2",
        "--file-name-output",
        &output,
        "--ffmpeg-params",
        &setup.params,
    ]
    .map(String::from)
    .into();
    if !setup.more.iter().any(|flag| flag.starts_with("--required-clients")) {
        arguments.extend(["--required-clients".to_owned(), setup.clients.to_string()]);
    }
    arguments.extend(setup.more.clone());
    let Some(disk) = disk else {
        return Running::start_with("ffmpeg-cluster-server", &arguments, scratch.path(), env);
    };
    let mut command = disk.command(&binary("ffmpeg-cluster-server"), scratch.path());
    command.envs(env.iter().copied());
    Running::run(command, &arguments)
}
