//! Starts, kills and restarts the shipped binaries on loopback, each in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use rustix::process::{Pid, Signal};

use crate::ask::Server;
use crate::judge;
use crate::log::{Log, PATIENCE};

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
        command.args(arguments).current_dir(folder).envs(env.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("starting {program}: {e}"));
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

    /// Waits until it ends by itself.
    pub fn end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end; it said:\n{}", self.log.text());
            std::thread::yield_now();
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
    }
}

impl Running {
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

/// `target/PROFILE`, from where the test that runs lies.
fn profile_folder() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows itself");
    let folder = program.parent().expect("a program is in a folder");
    // Tests lie one deeper.
    let is_test = folder.ends_with("deps");
    if is_test { folder.parent().expect("target/PROFILE/deps").to_owned() } else { folder.to_owned() }
}

/// For what tests make and may be deleted at any time.
pub fn temporary(name: &str) -> PathBuf {
    profile_folder().join("test-data").join(name)
}

/// Where cargo put the program.
pub fn binary(name: &str) -> PathBuf {
    let path = profile_folder().join(name);
    assert!(path.is_file(), "{} is missing: run `cargo build --workspace` first", path.display());
    path
}

/// A fresh folder under the target folder, gone when dropped unless the test failed.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        let path = temporary("scratch").join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("making a scratch folder");
        Self(path)
    }
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// How a cluster is to be started.
#[derive(Debug, Clone)]
pub struct Setup {
    pub clients: usize,
    pub params: String,
    pub suffix: String,
    pub more: Vec<String>,
}

impl Setup {
    /// Lossless, so that every pixel can be compared.
    pub fn lossless(clients: usize) -> Self {
        Self { clients, params: "-c:v ffv1".into(), suffix: ".mkv".into(), more: Vec::new() }
    }
    pub fn with(mut self, flags: &[&str]) -> Self {
        self.more.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self
    }
    pub fn encode(mut self, params: &str, suffix: &str) -> Self {
        (self.params, self.suffix) = (params.into(), suffix.into());
        self
    }
}

/// A server and its clients.
#[derive(Debug)]
pub struct Cluster {
    // Declared before the folder, so that processes end before their files go.
    pub server: Running,
    pub clients: Vec<Running>,
    pub ask: Server,
    setup: Setup,
    pub scratch: Scratch,
}

impl Cluster {
    pub fn start(setup: Setup) -> Self {
        Self::start_in(Scratch::new(), setup)
    }

    /// In a folder where something may lie already.
    pub fn start_in(scratch: Scratch, setup: Setup) -> Self {
        let (server, port) = start_server(&setup, &scratch, 0);
        let mut cluster = Self { server, clients: Vec::new(), ask: Server::new(port), setup, scratch };
        for _ in 0..cluster.setup.clients {
            cluster.add_client();
        }
        cluster
    }

    pub fn add_client(&mut self) -> usize {
        self.add_client_with(&[])
    }

    pub fn add_client_with(&mut self, flags: &[&str]) -> usize {
        let number = self.clients.len();
        let client = self.spawn_client(number, flags, &[]);
        self.clients.push(client);
        number
    }

    /// The same client again, dead or alive.
    pub fn restart_client(&mut self, number: usize, env: &[(&str, &str)]) {
        self.restart_client_with(number, &[], env);
    }

    pub fn restart_client_with(&mut self, number: usize, flags: &[&str], env: &[(&str, &str)]) {
        self.clients[number].kill();
        self.clients[number] = self.spawn_client(number, flags, env);
    }

    fn spawn_client(&self, number: usize, flags: &[&str], env: &[(&str, &str)]) -> Running {
        let mut arguments: Vec<String> =
            ["--server-ip", "127.0.0.1", "--reconnect-delay", "1"].map(String::from).into();
        arguments.extend(["--server-port".to_owned(), self.ask.port().to_string()]);
        arguments.extend(["--work-dir".to_owned(), format!("client{number}")]);
        arguments.extend(flags.iter().map(|flag| (*flag).to_owned()));
        Running::start_with("ffmpeg-cluster-client", &arguments, self.scratch.path(), env)
    }

    pub fn kill_server(&mut self) {
        self.server.kill();
    }

    /// On the same port and the same folder as before.
    pub fn restart_server(&mut self) {
        self.server.kill();
        self.server = start_server(&self.setup, &self.scratch, self.ask.port()).0;
    }

    /// The same, without waiting for it: it may not live long enough to listen.
    pub fn restart_server_with(&mut self, env: &[(&str, &str)]) {
        self.server.kill();
        self.server = spawn_server(&self.setup, &self.scratch, self.ask.port(), env);
    }

    /// The folder of the server's things.
    pub fn work(&self) -> PathBuf {
        self.scratch.path().join("server")
    }
}

/// Matroska's usual sound needs an encoder that not every build of ffmpeg has.
fn with_sound(setup: &Setup) -> String {
    let asks = setup.suffix != ".mkv" || setup.params.contains("-c:a") || setup.params.contains("-an");
    let sound = if asks || judge::has_encoder("libvorbis") { "" } else { " -c:a aac" };
    format!("{}{sound}", setup.params)
}

fn start_server(setup: &Setup, scratch: &Scratch, port: u16) -> (Running, u16) {
    let running = spawn_server(setup, scratch, port, &[]);
    let line = running.log.wait("listening on http://127.0.0.1:");
    let digits = line.rsplit("127.0.0.1:").next().unwrap_or_default();
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    (running, digits.parse().expect("a port"))
}

/// May not live long enough to listen.
pub fn spawn_server(setup: &Setup, scratch: &Scratch, port: u16, env: &[(&str, &str)]) -> Running {
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
        &with_sound(setup),
    ]
    .map(String::from)
    .into();
    if !setup.more.iter().any(|flag| flag.starts_with("--required-clients")) {
        arguments.extend(["--required-clients".to_owned(), setup.clients.to_string()]);
    }
    arguments.extend(setup.more.clone());
    Running::start_with("ffmpeg-cluster-server", &arguments, scratch.path(), env)
}
