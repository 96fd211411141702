#![no_main]

use std::io::{Cursor, Write};

use ffmpeg_cluster_common::tools::archive::{self, Bounds, Find, Pack, Wanted};
use lzma_rust2::{XzOptions, XzWriter};

const BOUNDS: Bounds = Bounds { entries_max: 8, file_bytes_max: 4096, all_bytes_max: 1 << 20, ratio_max: 50 };

// The first byte chooses: a zip, a tar.xz, or a tar that is packed here, because chance makes no xz that is whole.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else { return };
    match choice % 3 {
        0 => take(data, Pack::Zip),
        1 => take(data, Pack::TarXz),
        _ => {
            let mut xz = XzWriter::new(Vec::new(), XzOptions::with_preset(0)).expect("a writer");
            xz.write_all(data).expect("into memory");
            take(&xz.finish().expect("into memory"), Pack::TarXz);
        }
    }
});

/// What is taken is what is wanted, each once, and within its bounds.
fn take(data: &[u8], pack: Pack) {
    let wanted = [Find::Path("a/b".into()), Find::Named("c".into())]
        .map(|find| Wanted { find, name: "taken".into() });
    let mut made = 0;
    let mut sink = |name: &str| {
        assert_eq!(name, "taken");
        made += 1;
        Ok(Box::new(Counted(0)) as Box<dyn Write>)
    };
    let taken = archive::take(Cursor::new(data), pack, &wanted, &BOUNDS, &mut sink);
    assert!(made <= 2 && (taken.is_err() || made == 2));
}

struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        assert!(self.0 <= BOUNDS.file_bytes_max);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
