//! Good archives give exactly the wanted files; a table of hostile ones gives nothing, each refused
//! by name.

use std::io::{Cursor, Read, Write};

use lzma_rust2::{XzOptions, XzWriter};
use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::tools::archive::Find;

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("ffmpeg-cluster-archive-{}-{number}", std::process::id()));
        std::fs::create_dir_all(path.join("into")).unwrap();
        Self(path)
    }

    fn take(&self, pack: Pack, bytes: &[u8], bounds: &Bounds) -> Result<Vec<PathBuf>, Refusal> {
        let archive = self.0.join("archive");
        std::fs::write(&archive, bytes).unwrap();
        take(&archive, pack, &wanted(), &self.0.join("into"), bounds)
    }

    /// What there is beside the archive, anywhere.
    fn left(&self) -> Vec<String> {
        let names = |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name());
        let outside = names(self.0.clone()).filter(|name| name != "into" && name != "archive");
        let all = outside.chain(names(self.0.join("into")));
        all.map(|name| name.to_string_lossy().into_owned()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// One by its path, one by its name.
fn wanted() -> Vec<Wanted> {
    let named = |find, name: &str| Wanted { find, name: name.into() };
    vec![named(Find::Path("x/bin/ffmpeg".into()), "ffmpeg"), named(Find::Named("ffprobe".into()), "ffprobe")]
}

const BOUNDS: Bounds =
    Bounds { entries_max: 20, file_bytes_max: 1 << 20, all_bytes_max: 4 << 20, ratio_max: 100 };
const FFMPEG: &[u8] = b"the bytes of ffmpeg";
const FFPROBE: &[u8] = b"the bytes of ffprobe";
const BOTH: [(&str, &[u8]); 2] = [("x/bin/ffmpeg", FFMPEG), ("x/bin/ffprobe", FFPROBE)];

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).unix_permissions(0o755)
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    zipped_with(files, |_| {})
}

fn zipped_with(files: &[(&str, &[u8])], more: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, options()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    more(&mut zip);
    zip.finish().unwrap().into_inner()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = XzWriter::new(Vec::new(), XzOptions::with_preset(1)).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// Names as they are, also those that a packing program would not write.
fn tar(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, kind, bytes) in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o755);
        header.set_size(bytes.len() as u64);
        if kind.is_symlink() || kind.is_hard_link() {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

fn tarred(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    xz(&tar(entries))
}

const FILE: EntryType = EntryType::Regular;

fn tar_both() -> [(&'static str, EntryType, &'static [u8]); 2] {
    BOTH.map(|(name, bytes)| (name, FILE, bytes))
}

/// Every place where `from` stands gets `to`, of the same length.
fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut found = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert!(found > 0, "nothing to replace");
    bytes
}

/// A field of every header, central (`PK\1\2`) and local (`PK\3\4`), of the zip's entry number
/// `which`.
fn with_field(mut zip: Vec<u8>, which: usize, (central, local): (usize, usize), value: &[u8]) -> Vec<u8> {
    for (sign, at) in [(b"PK\x01\x02", central), (b"PK\x03\x04", local)] {
        let all: Vec<usize> = (0..zip.len() - 4).filter(|i| zip[*i..].starts_with(sign)).collect();
        let start = all[which] + at;
        zip[start..start + value.len()].copy_from_slice(value);
    }
    zip
}

#[test]
fn the_wanted_files_come_out_and_no_others() {
    let more = [("x/LICENSE", b"text".as_slice()), ("x/bin/ffplay", b"another"), BOTH[0], BOTH[1]];
    let entries: Vec<_> = more.iter().map(|(name, bytes)| (*name, FILE, *bytes)).collect();
    let with_folders =
        [vec![("x/", EntryType::Directory, b"".as_slice()), ("x/l", EntryType::Symlink, b"")], entries]
            .concat();
    let dotted = tarred(&[("./x/bin/ffmpeg", FILE, FFMPEG), ("./ffprobe", FILE, FFPROBE)]);
    for (pack, bytes) in
        [(Pack::Zip, zipped(&more)), (Pack::TarXz, tarred(&with_folders)), (Pack::TarXz, dotted)]
    {
        let folder = Folder::new();
        let made = folder.take(pack, &bytes, &BOUNDS).unwrap();
        assert_eq!(made.len(), 2);
        assert_eq!(folder.left().len(), 2, "{:?}", folder.left());
        assert_eq!(std::fs::read(folder.0.join("into/ffmpeg")).unwrap(), FFMPEG);
        assert_eq!(std::fs::read(folder.0.join("into/ffprobe")).unwrap(), FFPROBE);
    }
}

#[test]
fn long_names_are_read_in_both_ways_of_writing_them() {
    let long = format!("{}/ffprobe", "folder/".repeat(30).trim_end_matches('/'));
    for pax in [false, true] {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = Header::new_gnu();
        header.set_size(FFMPEG.len() as u64);
        tar.append_data(&mut header, "x/bin/ffmpeg", FFMPEG).unwrap();
        header.set_size(FFPROBE.len() as u64);
        if pax {
            tar.append_pax_extensions([("path", long.as_bytes()), ("comment", b"x")]).unwrap();
            tar.append_data(&mut header, "short", FFPROBE).unwrap();
        } else {
            tar.append_data(&mut header, &long, FFPROBE).unwrap();
        }
        let folder = Folder::new();
        folder.take(Pack::TarXz, &xz(&tar.into_inner().unwrap()), &BOUNDS).unwrap();
        assert_eq!(std::fs::read(folder.0.join("into/ffprobe")).unwrap(), FFPROBE);
    }
}

fn hostile_zips() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = || zipped(&BOTH);
    let outside =
        |name: &str| replaced(zipped(&[("12345678", b"x"), BOTH[0], BOTH[1]]), b"12345678", name.as_bytes());
    let zeros = vec![0; 900_000];
    let zeroed = [("x/bin/ffmpeg", zeros.as_slice()), BOTH[1]];
    let crowd: Vec<(String, &[u8])> = (0..30).map(|n| (format!("f{n}"), b"".as_slice())).collect();
    let crowd: Vec<(&str, &[u8])> = crowd.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    // Too irregular to be packed tightly.
    let large: Vec<u8> =
        (0..(1 << 20) + 1_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    vec![
        ("a path upwards", outside("../../ab"), "points outside"),
        ("a path upwards in the middle", outside("a/../../"), "points outside"),
        ("an absolute path", outside("/etc/abc"), "points outside"),
        ("a drive", outside("C:/wind0"), "points outside"),
        ("a path of Windows", outside("..\\..\\ab"), "points outside"),
        ("another stream of a file", outside("ab:cdefg"), "points outside"),
        (
            "a link",
            zipped_with(&BOTH[1..], |zip| zip.add_symlink("x/bin/ffmpeg", "/etc/passwd", options()).unwrap()),
            "a link",
        ),
        (
            "a folder",
            zipped_with(&BOTH[1..], |zip| zip.add_directory("x/bin/ffprobe2/", options()).unwrap()),
            "is not in it",
        ),
        ("a device", good().into_device(), "a device"),
        (
            "a name twice",
            replaced(
                zipped(&[BOTH[0], ("y/bin/ffmpeg", b"evil"), BOTH[1]]),
                b"y/bin/ffmpeg",
                b"x/bin/ffmpeg",
            ),
            "twice",
        ),
        ("a name in two folders", zipped(&[BOTH[0], BOTH[1], ("y/ffprobe", b"evil")]), "twice"),
        ("encrypted", with_field(good(), 0, (8, 6), &[1, 0]), "encrypted"),
        ("an unknown method", with_field(good(), 0, (10, 8), &[99, 0]), "method"),
        ("zeros", zipped(&zeroed), "bomb"),
        ("larger than allowed", zipped(&[("x/bin/ffmpeg", &large), BOTH[1]]), "more than 1048576 bytes"),
        ("larger than said", with_field(good(), 0, (24, 22), &[5, 0, 0, 0]), "larger than its declared"),
        ("smaller than said", with_field(good(), 0, (24, 22), &[200, 0, 0, 0]), "another size"),
        ("a wrong checksum", with_field(good(), 0, (16, 14), &[1, 2, 3, 4]), "read"),
        ("two names for one place", zipped(&BOTH).central_points_elsewhere(), "in the same bytes"),
        ("a crowd", zipped(&crowd), "more than 20 entries"),
        ("one missing", zipped(&BOTH[..1]), "\"ffprobe\" is not in it"),
        ("nothing in it", zipped(&[]), "is not in it"),
        ("cut short", good()[..good().len() - 30].to_vec(), "cut short"),
        ("cut in half", good()[..good().len() / 2].to_vec(), "cut short"),
        ("empty", Vec::new(), "cut short"),
        ("a page of a portal", b"<html>please log in</html>".to_vec(), "not a readable archive"),
        ("a tar.xz", tarred(&tar_both()), "not a readable archive"),
    ]
}

trait Changed {
    fn into_device(self) -> Self;
    fn central_points_elsewhere(self) -> Self;
}

impl Changed for Vec<u8> {
    /// The mode stands in the upper half of a central header's attributes.
    fn into_device(mut self) -> Self {
        let at = (0..self.len()).find(|i| self[*i..].starts_with(b"PK\x01\x02")).unwrap();
        self[at + 40..at + 42].copy_from_slice(&0o060_644_u16.to_le_bytes());
        self
    }
    /// The second central header names the first file's bytes.
    fn central_points_elsewhere(mut self) -> Self {
        let all: Vec<usize> = (0..self.len()).filter(|i| self[*i..].starts_with(b"PK\x01\x02")).collect();
        self[all[1] + 42..all[1] + 46].copy_from_slice(&[0; 4]);
        self
    }
}

fn hostile_tars() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let [ffmpeg, ffprobe] = tar_both();
    let beside = |name, kind| tarred(&[(name, kind, b"".as_slice()), ffmpeg, ffprobe]);
    let instead = |kind| tarred(&[("x/bin/ffmpeg", kind, b"".as_slice()), ffprobe]);
    let good = tarred(&[ffmpeg, ffprobe]);
    let large = vec![7; (1 << 20) + 1];
    let crowd = vec![("f", FILE, b"".as_slice()); 30];
    let mut lying = tar(&[ffprobe, ffmpeg]);
    // The last file claims more bytes than there are.
    let header = Header::from_byte_slice(&lying[1024..1536]).clone();
    let mut header = header;
    header.set_size(500_000);
    header.set_cksum();
    lying[1024..1536].copy_from_slice(header.as_bytes());
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    let name = vec![b'a'; 70_000];
    vec![
        ("a path upwards", beside("../../ab", FILE), "points outside"),
        ("an absolute path", beside("/etc/cron.d/x", FILE), "points outside"),
        ("a folder that points outside", beside("x/../..", EntryType::Directory), "points outside"),
        ("a link in place of a file", instead(EntryType::Symlink), "a link"),
        ("a hard link in place of a file", instead(EntryType::Link), "a link"),
        ("a folder in place of a file", instead(EntryType::Directory), "a folder"),
        ("a device in place of a file", instead(EntryType::Block), "a device"),
        ("a pipe in place of a file", instead(EntryType::Fifo), "a device"),
        ("a name twice", tarred(&[ffmpeg, ffmpeg, ffprobe]), "twice"),
        (
            "larger than allowed",
            tarred(&[("x/bin/ffmpeg", FILE, large.as_slice()), ffprobe]),
            "more than 1048576 bytes",
        ),
        ("larger than the archive", xz(&lying), "another size"),
        ("five megabytes of nothing", xz(&vec![0; 5 << 20]), "unpacks to more"),
        (
            "a bomb beside",
            tarred(&[("zeros", FILE, vec![0; 5 << 20].as_slice()), ffmpeg, ffprobe]),
            "unpacks to more",
        ),
        ("a crowd", tarred(&crowd), "more than 20 entries"),
        (
            "a name of 70 kB",
            tarred(&[("l", EntryType::GNULongName, name.as_slice()), ffmpeg, ffprobe]),
            "more than 65536",
        ),
        ("one missing", tarred(&[ffmpeg]), "\"ffprobe\" is not in it"),
        ("cut short", good[..good.len() - 10].to_vec(), "cut short"),
        ("cut in half", good[..good.len() / 2].to_vec(), "cut short"),
        ("a flipped bit", flipped, "read"),
        ("not packed", tar(&tar_both()), "not a readable archive"),
        ("empty", Vec::new(), "cut short"),
    ]
}

#[test]
fn hostile_archives_are_refused_by_name_and_leave_no_file() {
    let zips = hostile_zips().into_iter().map(|row| (Pack::Zip, row));
    let tars = hostile_tars().into_iter().map(|row| (Pack::TarXz, row));
    let mut wrong = Vec::new();
    for (pack, (what, bytes, says)) in zips.chain(tars) {
        let folder = Folder::new();
        let taken = folder.take(pack, &bytes, &BOUNDS);
        let told = taken.map_or_else(|refusal| refusal.to_string(), |made| format!("took {made:?}"));
        if !told.contains(says) || !folder.left().is_empty() {
            wrong.push(format!("{pack:?} {what}: {told}, left {:?}", folder.left()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A fixed seed; the fuzz target `archive` goes further.
#[test]
fn changed_archives_are_read_or_refused_and_never_leave_a_part() {
    let mut chance = 7_u64;
    let mut next = |below: usize| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) as usize % below
    };
    let (zip, tar) = (zipped(&BOTH), tar(&tar_both()));
    for round in 0..1_500 {
        let mut bytes = if round % 2 == 0 { zip.clone() } else { tar.clone() };
        for _ in 0..=next(3) {
            let at = next(bytes.len());
            bytes[at] = [0, 1, 0xff, b'/', b'.', bytes[at] ^ (1 << next(8))][next(6)];
        }
        bytes.truncate(bytes.len() - next(4) / 3 * next(bytes.len()));
        let (pack, bytes) = if round % 2 == 0 { (Pack::Zip, bytes) } else { (Pack::TarXz, xz(&bytes)) };
        let mut made = Vec::new();
        let mut sink = |name: &str| {
            made.push(name.to_owned());
            Ok(Box::new(io::sink()) as Box<dyn Write>)
        };
        let taken = archive::take(Cursor::new(bytes), pack, &wanted(), &BOUNDS, &mut sink);
        made.sort();
        assert!(taken.is_err() || made == ["ffmpeg", "ffprobe"], "{taken:?} {made:?}");
    }
}

#[test]
fn what_is_there_already_is_not_written_over() {
    let folder = Folder::new();
    std::fs::write(folder.0.join("into/ffprobe"), "mine").unwrap();
    let refused = folder.take(Pack::Zip, &zipped(&BOTH), &BOUNDS).unwrap_err();
    assert!(matches!(refused, Refusal::Write { .. }), "{refused}");
    let mut text = String::new();
    File::open(folder.0.join("into/ffprobe")).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), folder.left().len()), ("mine", 1));
}
