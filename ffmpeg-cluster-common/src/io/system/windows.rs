//! Calls of Windows that no small crate wraps safely. All of them are here.
#![expect(unsafe_code, reason = "calls of the system that no small crate wraps")]

use std::ffi::{OsString, c_void};
use std::fs::{File, Metadata};
use std::io;
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::os::windows::fs::MetadataExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, RawHandle};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::{Child, Command};
use windows_sys::Win32::Foundation::{FILETIME, HANDLE};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_NAME_NORMALIZED, GetDiskFreeSpaceExW, GetFinalPathNameByHandleW,
};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION,
    JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOBOBJECT_BASIC_ACCOUNTING_INFORMATION,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JOBOBJECTINFOCLASS, JobObjectBasicAccountingInformation,
    JobObjectExtendedLimitInformation, QueryInformationJobObject, SetInformationJobObject,
    TerminateJobObject,
};
use windows_sys::Win32::System::ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::SystemInformation::{GlobalMemoryStatusEx, MEMORYSTATUSEX};
use windows_sys::Win32::System::Threading::{
    BELOW_NORMAL_PRIORITY_CLASS, CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, GetCurrentProcess,
    GetProcessTimes, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION,
};

use super::Used;

/// Paths of Windows are shorter than this, in UTF-16 units.
const PATH_UNITS_MAX: usize = 32 * 1024;
/// The exit code of a child that we end.
const ENDED_BY_US: u32 = 1;

pub(super) fn memory_bytes() -> Option<u64> {
    let mut about = MEMORYSTATUSEX { dwLength: size_of::<MEMORYSTATUSEX>() as u32, ..Default::default() };
    // SAFETY: the buffer holds the answer, and its first field states its size.
    done(unsafe { GlobalMemoryStatusEx(&raw mut about) }).ok()?;
    Some(about.ullTotalPhys)
}

/// Bytes of memory that a program holds.
pub(in super::super) fn memory_of(program: u32) -> Option<u64> {
    // SAFETY: the call takes only numbers; nobody else has the handle that it returns.
    let program = owned(unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, program) }).ok()?;
    let size = size_of::<PROCESS_MEMORY_COUNTERS>() as u32;
    let mut about = PROCESS_MEMORY_COUNTERS { cb: size, ..Default::default() };
    // SAFETY: the handle is open, and there is room for as many bytes as `size` says.
    done(unsafe { K32GetProcessMemoryInfo(program.as_raw_handle(), &raw mut about, size) }).ok()?;
    u64::try_from(about.WorkingSetSize).ok()
}

/// Bytes that we may still write at `path`; None if unknown.
pub(in super::super) fn free(path: &Path) -> Option<u64> {
    let folder: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    let mut bytes = 0;
    let nothing = std::ptr::null_mut();
    // SAFETY: the path ends with a zero, and the buffer holds the one number that the call returns.
    done(unsafe { GetDiskFreeSpaceExW(folder.as_ptr(), &raw mut bytes, nothing, nothing) }).ok()?;
    Some(bytes)
}

/// The creation time, which differs for another file of the same name,
/// size and time, as far as the standard library knows.
pub(super) fn mark(about: &Metadata) -> u64 {
    about.creation_time()
}

/// Unknown to the standard library.
pub(super) fn changed(_: &Metadata) -> Option<i64> {
    None
}

/// The path of an open file, without symbolic links, in the notation of `canonicalize`.
pub(super) fn path_of(file: &File) -> io::Result<PathBuf> {
    let mut path = vec![0; PATH_UNITS_MAX];
    // SAFETY: the handle is open, and the buffer holds as many units as the third argument says.
    let units = unsafe {
        GetFinalPathNameByHandleW(
            file.as_raw_handle(),
            path.as_mut_ptr(),
            PATH_UNITS_MAX as u32,
            FILE_NAME_NORMALIZED,
        )
    };
    match units as usize {
        0 => Err(io::Error::last_os_error()),
        units if units >= PATH_UNITS_MAX => Err(io::ErrorKind::InvalidFilename.into()),
        units => Ok(OsString::from_wide(&path[..units]).into()),
    }
}

/// A child and everything that it starts, as a job of Windows.
/// Package managers put a small program into `PATH` that starts the real ffmpeg.
/// Windows ends all programs of a job with its last handle,
/// which is ours, so they do not outlive us.
#[derive(Debug)]
pub(in super::super) struct Group(OwnedHandle);

impl Group {
    /// Prepares the start: no window, no Ctrl-C that is meant for us, and a low priority.
    pub(in super::super) fn prepare(command: &mut Command, nice: i32) {
        let priority = if nice > 0 { BELOW_NORMAL_PRIORITY_CLASS } else { 0 };
        command.creation_flags(CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP | priority);
    }

    pub(in super::super) fn of(child: &mut Child, _nice: i32) -> io::Result<Self> {
        let group = Self::new()?;
        match child.raw_handle().map(|handle| group.take(handle)) {
            // A job does not accept a child that has already ended, and such a child needs no job.
            Some(Err(error)) if child.try_wait()?.is_none() => Err(error),
            _ => Ok(group),
        }
    }

    fn new() -> io::Result<Self> {
        let nothing = std::ptr::null();
        // SAFETY: the job has no name, so only we know it.
        let job = owned(unsafe { CreateJobObjectW(nothing, nothing.cast()) })?;
        let mut bounds = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        // The second flag prevents a crash report that waits for a click.
        bounds.BasicLimitInformation.LimitFlags =
            JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
        let size = size_of_val(&bounds) as u32;
        let bounds = (&raw const bounds).cast::<c_void>();
        // SAFETY: the handle is open; `bounds` has the named type and is as long as `size` says.
        done(unsafe {
            SetInformationJobObject(job.as_raw_handle(), JobObjectExtendedLimitInformation, bounds, size)
        })?;
        Ok(Self(job))
    }

    fn take(&self, child: RawHandle) -> io::Result<()> {
        // SAFETY: both handles stay open during the call.
        done(unsafe { AssignProcessToJobObject(self.0.as_raw_handle(), child) })
    }

    /// Returns what the child used, once it has ended.
    /// The last handle of the job ends what the child left behind.
    pub(in super::super) async fn clear(&self, child: &mut Child) -> Option<Used> {
        let _ = child.wait().await;
        self.used()
    }

    /// Windows can't ask a program without a window to end.
    /// Returns what the child used.
    pub(in super::super) async fn end(&self, child: &mut Child) -> Option<Used> {
        // SAFETY: the handle is open.
        unsafe { TerminateJobObject(self.0.as_raw_handle(), ENDED_BY_US) };
        let _ = child.kill().await;
        self.used()
    }

    /// What all programs of the job used so far.
    fn used(&self) -> Option<Used> {
        let about: JOBOBJECT_BASIC_ACCOUNTING_INFORMATION = self.ask(JobObjectBasicAccountingInformation)?;
        let bounds: Option<JOBOBJECT_EXTENDED_LIMIT_INFORMATION> =
            self.ask(JobObjectExtendedLimitInformation);
        let ticks = about.TotalUserTime.checked_add(about.TotalKernelTime)?;
        let memory = bounds.map(|bounds| bounds.PeakJobMemoryUsed as u64);
        Some(Used { cpu: of_ticks(u64::try_from(ticks).ok()?), memory })
    }

    /// One of the system's tables about the job. `T` must be the structure of this table.
    fn ask<T: Default>(&self, table: JOBOBJECTINFOCLASS) -> Option<T> {
        let (mut about, size) = (T::default(), size_of::<T>() as u32);
        let (job, told) = (self.0.as_raw_handle(), std::ptr::null_mut());
        // SAFETY: the handle is open, and there is room for as many bytes as `size` says.
        done(unsafe { QueryInformationJobObject(job, table, (&raw mut about).cast::<c_void>(), size, told) })
            .ok()?;
        Some(about)
    }
}

/// The processor time of this program, without its children.
pub(in super::super) fn own_cpu() -> Option<Duration> {
    let mut times = [FILETIME::default(); 4];
    let [began, ended, kernel, user] = &mut times;
    // SAFETY: the handle means this program, and the buffer holds four times.
    done(unsafe { GetProcessTimes(GetCurrentProcess(), began, ended, kernel, user) }).ok()?;
    let ticks = |time: FILETIME| u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    Some(of_ticks(ticks(times[2]) + ticks(times[3])))
}

/// Windows counts hundreds of nanoseconds.
fn of_ticks(ticks: u64) -> Duration {
    Duration::from_micros(ticks / 10)
}

fn done(answer: i32) -> io::Result<()> {
    if answer == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: callers pass only new handles, each once.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;
    use std::time::Duration;

    use tokio::io::AsyncReadExt;

    use super::*;

    /// A program that starts another, as those do that package managers put into `PATH`.
    /// Both hold the end of the pipe.
    fn start() -> (Child, Group) {
        let mut command = Command::new("cmd");
        command.raw_arg("/c cmd /c \"echo begun& ping -n 600 127.0.0.1 >nul\"");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Group::prepare(&mut command, 5);
        let mut child = command.spawn().unwrap();
        let group = Group::of(&mut child, 5).unwrap();
        (child, group)
    }

    /// Ready when nobody holds the other end any more.
    async fn closed(child: &mut Child) {
        let mut pipe = child.stdout.take().unwrap();
        let read = async move { pipe.read_to_end(&mut Vec::new()).await };
        tokio::time::timeout(Duration::from_secs(20), read).await.expect("somebody is left").unwrap();
    }

    /// The second program has begun once it speaks.
    async fn begun(child: &mut Child) {
        let said = child.stdout.as_mut().unwrap().read(&mut [0; 8]).await.unwrap();
        assert!(said > 0);
    }

    #[tokio::test]
    async fn what_a_child_started_ends_with_it() {
        let (mut child, group) = start();
        begun(&mut child).await;
        group.end(&mut child).await;
        closed(&mut child).await;
    }

    #[tokio::test]
    async fn children_end_when_nobody_holds_their_job_as_when_we_die() {
        let (mut child, group) = start();
        begun(&mut child).await;
        drop(group);
        closed(&mut child).await;
        child.wait().await.unwrap();
    }

    #[tokio::test]
    async fn one_that_has_ended_already_needs_no_job() {
        let mut command = Command::new("cmd");
        let mut child = command.args(["/c", "exit 3"]).spawn().unwrap();
        child.wait().await.unwrap();
        assert!(Group::of(&mut child, 0).is_ok());
    }

    #[test]
    fn an_open_file_tells_where_it_lies() {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-path-{}", std::process::id()));
        std::fs::write(&path, "x").unwrap();
        assert_eq!(path_of(&File::open(&path).unwrap()).unwrap(), path.canonicalize().unwrap());
        std::fs::remove_file(path).unwrap();
    }
}
