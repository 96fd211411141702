//! A reach → a Landlock ruleset, prepared by the parent; the child only has to enter it.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, Scope, path_beneath_rules,
};

use super::{Reach, is_script};

/// The newest rights we know; a kernel that knows fewer keeps those it knows.
const KNOWN: ABI = ABI::V7;

/// Programs and libraries of the system, and what they look up. Nobody keeps films or secrets there.
const SYSTEM: [&str; 10] =
    ["/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/opt", "/nix/store", "/gnu/store", "/snap"];
/// Of libraries and fonts: where they are, how many processors there are, how much memory. Not one tells of this user.
const FACTS: [&str; 14] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld-musl-x86_64.path",
    "/etc/ld-musl-aarch64.path",
    "/etc/fonts",
    "/var/cache/fontconfig",
    "/etc/localtime",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/fs/cgroup/cpu.max",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/dev/urandom",
];
const FONTS_OF_HOME: [&str; 4] = [".fonts", ".local/share/fonts", ".config/fontconfig", ".cache/fontconfig"];
const CARDS: [&str; 6] =
    ["/dev/dri", "/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/kfd"];
/// What drivers of graphics cards ask for.
const OF_CARDS: [&str; 4] = ["/sys/dev/char", "/sys/devices/pci0000:00", "/etc/OpenCL", "/etc/vulkan"];

/// None where the kernel has no Landlock.
pub(in crate::io) fn ruleset(program: &Path, reach: &Reach) -> Result<Option<OwnedFd>, RulesetError> {
    let (look, run) = (AccessFs::from_read(KNOWN) & !AccessFs::Execute, AccessFs::from_read(KNOWN));
    let made = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
    let all = AccessFs::from_all(KNOWN);
    let rules = Ruleset::default()
        .handle_access(all)?
        .handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?;
    let mut rules = below(rules, &programs(program), run)?
        .add_rules(path_beneath_rules(FACTS, look))?
        .add_rules(path_beneath_rules(["/dev/null"], made))?;
    rules = below(rules, &fonts_of_home(), look)?;
    rules = below(rules, &reach.read, look)?;
    rules = below(rules, &reach.write, made)?;
    if reach.cards {
        rules = rules
            .add_rules(path_beneath_rules(CARDS, look | AccessFs::WriteFile | AccessFs::IoctlDev))?
            .add_rules(path_beneath_rules(OF_CARDS, look))?;
    }
    if let Some(port) = reach.port {
        rules = rules.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
    }
    Ok(rules.into())
}

fn below(
    rules: RulesetCreated,
    paths: &[PathBuf],
    rights: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    rules.add_rules(path_beneath_rules(paths, rights))
}

/// The program, the libraries that lie beside it or that the operator named, and the system's.
fn programs(program: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = SYSTEM.iter().map(PathBuf::from).collect();
    let real = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    let prefix = real.parent().and_then(Path::parent);
    all.extend(prefix.map(|prefix| prefix.join("lib")));
    all.extend(folders_in("LD_LIBRARY_PATH"));
    if is_script(&real) {
        all.extend(folders_in("PATH"));
    }
    all.push(real);
    all
}

fn folders_in(variable: &str) -> Vec<PathBuf> {
    let folders = std::env::var_os(variable).unwrap_or_default();
    let named = |folder: &PathBuf| folder.is_absolute() && folder != Path::new("/");
    std::env::split_paths(&folders).filter(named).collect()
}

fn fonts_of_home() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    home.iter().flat_map(|home| FONTS_OF_HOME.iter().map(move |fonts| home.join(fonts))).collect()
}
