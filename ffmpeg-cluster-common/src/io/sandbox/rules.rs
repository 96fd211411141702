//! Prepares a Landlock ruleset for a reach. The parent makes it; the child only enters it.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, PathBeneath, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, Scope, path_beneath_rules,
};

use super::RunAccess;

/// The newest version that we know; an older kernel enforces the rights that it knows.
const KNOWN: ABI = ABI::V7;

/// Programs and libraries of the system, and what they look up.
/// Not all of `/usr`, and nothing of `/opt`: people put whole programs there, with their data.
/// [`open_folder_of`] keeps our own files out of these folders.
const SYSTEM: [&str; 19] = [
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/share",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/local/share",
    "/lib",
    "/lib32",
    "/lib64",
    "/bin",
    "/sbin",
    "/nix/store",
    "/gnu/store",
    "/snap",
];
/// Libraries of graphics cards' drivers.
const OF_DRIVERS: [&str; 6] =
    ["/usr/local/cuda", "/opt/rocm", "/opt/amdgpu", "/opt/amdgpu-pro", "/opt/cuda", "/opt/intel"];
/// Facts for libraries: the places of libraries and fonts,
/// the number of processors, the size of memory. None is about this user.
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
const CARDS: [&str; 9] = [
    "/dev/dri",
    "/dev/nvidia0",
    "/dev/nvidia1",
    "/dev/nvidia2",
    "/dev/nvidia3",
    "/dev/nvidiactl",
    "/dev/nvidia-uvm",
    "/dev/nvidia-uvm-tools",
    "/dev/kfd",
];
/// Files that drivers of graphics cards read.
const OF_CARDS: [&str; 4] = ["/sys/dev/char", "/sys/devices/pci0000:00", "/etc/OpenCL", "/etc/vulkan"];

/// The ruleset; None if the kernel has no Landlock.
pub(in crate::io) fn ruleset(program: &Path, reach: &RunAccess) -> Result<Option<OwnedFd>, RulesetError> {
    let (look, run) = (AccessFs::from_read(KNOWN) & !AccessFs::Execute, AccessFs::from_read(KNOWN));
    let made = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
    let all = AccessFs::from_all(KNOWN);
    let rules = Ruleset::default()
        .handle_access(all)?
        .handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?;
    let mut rules = below(rules, &programs(program, reach.programs), run)?
        .add_rules(path_beneath_rules(FACTS, look))?
        .add_rules(path_beneath_rules(["/dev/null"], made))?;
    rules = below(rules, &fonts_of_home(), look)?;
    rules = below(rules, &reach.read, look)?;
    rules = below(rules, &reach.write, made)?;
    for opened in &reach.opened {
        rules = rules.add_rule(PathBeneath::new(opened.file(), AccessFs::ReadFile))?;
    }
    if reach.cards {
        rules = rules
            .add_rules(path_beneath_rules(CARDS, look | AccessFs::WriteFile | AccessFs::IoctlDev))?
            .add_rules(path_beneath_rules(OF_DRIVERS, run))?
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

/// The program, the libraries beside it or in the operator's folders, and the system's.
fn programs(program: &Path, starts_programs: bool) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = SYSTEM.iter().map(PathBuf::from).collect();
    let real = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    let prefix = real.parent().and_then(Path::parent);
    all.extend(prefix.map(|prefix| prefix.join("lib")));
    all.extend(files_in("LD_LIBRARY_PATH").filter(|file| is_library(file)));
    if is_script(&real) || starts_programs {
        all.extend(files_in("PATH"));
    }
    all.push(real);
    all
}

/// Files directly in the folders of the variable,
/// but not the folders themselves, which may hold anything further down.
fn files_in(variable: &str) -> impl Iterator<Item = PathBuf> {
    let folders = std::env::var_os(variable).unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).filter(|one| is_strange(one)).collect();
    let entries = folders.into_iter().flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten());
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file())
}

/// Whether a folder lies outside the system's folders.
fn is_strange(folder: &Path) -> bool {
    folder.is_absolute() && !SYSTEM.iter().any(|known| folder.starts_with(known))
}

fn is_library(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().contains(".so"))
}

fn fonts_of_home() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    home.iter().flat_map(|home| FONTS_OF_HOME.iter().map(move |fonts| home.join(fonts))).collect()
}

/// The folder open to every run that contains this folder, if any.
pub(super) fn open_folder_of(folder: &Path) -> Option<PathBuf> {
    let open = SYSTEM.iter().chain(&OF_DRIVERS).chain(&FACTS).map(PathBuf::from).chain(fonts_of_home());
    around(&real(folder), open.map(|open| real(&open)))
}

fn around(folder: &Path, mut open: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    open.find(|open| folder.starts_with(open))
}

/// The path without links, even if its last folders do not exist yet.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => path.to_owned(),
    })
}

/// Whether the program is a script, which needs an interpreter and the programs that it starts.
pub(in crate::io) fn is_script(program: &Path) -> bool {
    use std::io::Read;
    let mut mark = [0; 2];
    std::fs::File::open(program).and_then(|mut file| file.read_exact(&mut mark)).is_ok() && &mark == b"#!"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_put_beneath_usr_and_opt_is_read_by_no_run() {
        let open = programs(Path::new("/usr/bin/ffmpeg"), true);
        for theirs in ["/opt/ffmpeg-cluster/keys", "/opt/films", "/usr/local/ffmpeg-cluster", "/usr/films"] {
            let by = open.iter().find(|open| Path::new(theirs).starts_with(open));
            assert_eq!(by, None, "{theirs}");
        }
    }

    #[test]
    fn a_folder_at_or_below_an_open_one_is_told() {
        let told = |folder: &str| around(Path::new(folder), SYSTEM.iter().map(PathBuf::from));
        for open in ["/usr/share", "/usr/share/films/2024", "/usr/local/lib/work", "/snap/x"] {
            assert!(told(open).is_some_and(|around| open.starts_with(around.to_str().unwrap())), "{open}");
        }
        for hidden in ["/", "/usr", "/usr/local", "/usr/local/ffmpeg-cluster", "/opt/x", "/usr/sharedfilms"] {
            assert_eq!(told(hidden), None, "{hidden}");
        }
        assert!(open_folder_of(Path::new("/bin/not/made/yet")).is_some(), "through a link");
        assert_eq!(open_folder_of(&std::env::temp_dir().join("not/made/yet")), None);
    }
}
