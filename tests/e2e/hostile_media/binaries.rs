//! Headers that claim more than there is, or more than anybody can hold.

use super::Bait;

pub(super) fn all(bait: &Bait) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![
        ("nothing", Vec::new()),
        ("one byte", vec![0]),
        ("chance", chance(64 << 10)),
        ("zeros", vec![0; 1 << 20]),
        ("Matroska of nothing", matroska(&[])),
        (
            "Matroska, endless elements",
            matroska(&[0x15, 0x49, 0xa9, 0x66, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]),
        ),
        ("Matroska, 5,000 streams", matroska(&element(&[0x16, 0x54, 0xae, 0x6b], &tracks(5_000, 64, &[])))),
        ("Matroska, 30000x30000", matroska(&element(&[0x16, 0x54, 0xae, 0x6b], &tracks(1, 30_000, &[])))),
        (
            "Matroska, 2 GB of private data",
            matroska(&element(&[0x16, 0x54, 0xae, 0x6b], &tracks(1, 64, &TWO_GB_PRIVATE))),
        ),
        ("MP4, an endless box", [FTYP, &[0, 0, 0, 1], b"moov", &[0x7f; 8]].concat()),
        ("MP4, boxes in boxes", nested(20_000)),
        ("MOV that is elsewhere", elsewhere(bait)),
        ("PNG, 30000x30000", png(30_000)),
        ("GIF, 65535x65535", gif()),
        ("JPEG, 65500x65500", jpeg()),
        ("Y4M, 30000x30000", b"YUV4MPEG2 W30000 H30000 F25:1 Ip A1:1 C420jpeg\nFRAME\n0000".to_vec()),
        ("Y4M, sides beyond any number", b"YUV4MPEG2 W2147483647 H2147483647 F25:1\nFRAME\n0".to_vec()),
        ("IVF, 65535x65535, 2^32 frames", ivf()),
        ("AVI, 2^31 streams", avi(0x7fff_ffff, 64)),
        ("AVI, 30000x30000", avi(1, 30_000)),
        ("Ogg, chains without end", ogg(3_000)),
        ("MPEG-TS of sync bytes", [&[0x47, 0x40, 0, 0x10][..], &[0xff; 184]].concat().repeat(2_000)),
        ("FLV, endless header", b"FLV\x01\x05\xff\xff\xff\xff\0\0\0\0\x12\xff\xff\xff".to_vec()),
        ("ASF, endless object", [&ASF[..], &[0xff; 8], &[0xff; 64]].concat()),
        (
            "MXF, endless partition",
            [&MXF[..], &[0x87, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &[0xff; 200]].concat(),
        ),
        (
            "RealMedia, 65535 streams",
            b".RMF\0\0\0\x12\0\0\0\0\0\0\0\0\xff\xffPROP\xff\xff\xff\xff\0\0".to_vec(),
        ),
        (
            "NUT, endless header",
            [b"nut/multimedia container\0".as_slice(), b"NM\x7a\x56\x1f\x5f\x04\xad", &[0xff; 64]].concat(),
        ),
        ("WebP, 16383x16383", b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xfe\x3f\0\xfe\x3f\0".to_vec()),
        ("SWF, compressed nothing", b"CWS\x0a\xff\xff\xff\x7f\x78\x9c\x03\0\0\0\0\x01".to_vec()),
    ];
    all.extend(
        [("a film's first kilobyte", 1000), ("half of a film", bait.film.len() / 2)]
            .map(|(name, bytes)| (name, bait.film[..bytes].to_vec())),
    );
    all
}

const FTYP: &[u8] = b"\0\0\0\x14ftypqt  \0\0\x02\0qt  ";
const ASF: [u8; 16] =
    [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9, 0, 0xaa, 0, 0x62, 0xce, 0x6c];
const MXF: [u8; 16] = [6, 14, 0x2b, 0x34, 2, 5, 1, 1, 13, 1, 2, 1, 1, 2, 4, 0];
/// `CodecPrivate`, and how long it says it is.
const TWO_GB_PRIVATE: [u8; 10] = [0x63, 0xa2, 0x01, 0, 0, 0, 0x7f, 0xff, 0xff, 0xf0];

/// The same in every run.
fn chance(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

/// Name, length in eight bytes, content.
fn element(name: &[u8], content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64 | 1 << 56).to_be_bytes();
    [name, &length, content].concat()
}

fn matroska(segment: &[u8]) -> Vec<u8> {
    let head = element(&[0x1a, 0x45, 0xdf, 0xa3], &element(&[0x42, 0x82], b"matroska"));
    // A demuxer reads on until it sees a first frame.
    let frame = [element(&[0xe7], &[0]), element(&[0xa3], &[0x81, 0, 0, 0x80, 1, 2, 3])].concat();
    let body = [segment, &element(&[0x1f, 0x43, 0xb6, 0x75], &frame)].concat();
    [head, element(&[0x18, 0x53, 0x80, 0x67], &body)].concat()
}

fn tracks(number: u32, side: u16, more: &[u8]) -> Vec<u8> {
    let track = |n: u32| {
        let size = [element(&[0xb0], &side.to_be_bytes()), element(&[0xba], &side.to_be_bytes())].concat();
        let parts = [
            element(&[0xd7], &(n + 1).to_be_bytes()),
            element(&[0x73, 0xc5], &(n + 1).to_be_bytes()),
            element(&[0x83], &[1]),
            element(&[0x86], b"V_FFV1"),
            element(&[0xe0], &size),
            more.to_vec(),
        ];
        element(&[0xae], &parts.concat())
    };
    (0..number).flat_map(track).collect()
}

fn boxed(name: &[u8], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes(), name, content].concat()
}

fn nested(deep: usize) -> Vec<u8> {
    let mut inner = Vec::new();
    for left in (1..=deep).rev() {
        inner.extend((left as u32 * 8).to_be_bytes());
        inner.extend(b"moov");
    }
    [FTYP, &inner].concat()
}

/// QuickTime's reference to another film.
fn elsewhere(bait: &Bait) -> Vec<u8> {
    let url = format!("http://127.0.0.1:{}/film.mov\0", bait.port);
    let mut reference = [0, 0, 0, 0].to_vec();
    reference.extend(b"url ");
    reference.extend((url.len() as u32).to_be_bytes());
    reference.extend(url.as_bytes());
    let film = boxed(b"moov", &boxed(b"rmra", &boxed(b"rmda", &boxed(b"rdrf", &reference))));
    [FTYP, &film].concat()
}

/// The checks of a PNG's parts are not looked at by its decoder as it comes.
fn png(side: u32) -> Vec<u8> {
    let mut all = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    all.extend(side.to_be_bytes());
    all.extend(side.to_be_bytes());
    all.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    all.extend(b"\0\0\0\x0bIDAT\x78\x9c\x03\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82");
    all
}

fn gif() -> Vec<u8> {
    b"GIF89a\xff\xff\xff\xff\xf7\0\0"
        .iter()
        .copied()
        .chain([0; 768])
        .chain(*b"\x2c\0\0\0\0\xff\xff\xff\xff\0\x08\x01\0\0\x3b")
        .collect()
}

fn jpeg() -> Vec<u8> {
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x0b\x08\xff\xdc\xff\xdc\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\0\xff\xd9".to_vec()
}

fn ivf() -> Vec<u8> {
    let mut all = b"DKIF\0\0\x20\0VP90\xff\xff\xff\xff\x19\0\0\0\x01\0\0\0\xff\xff\xff\xff\0\0\0\0".to_vec();
    all.extend(b"\xff\xff\xff\x7f\0\0\0\0\0\0\0\0");
    all
}

fn avi(streams: u32, side: u32) -> Vec<u8> {
    let mut avih = [40_000_u32, 0, 0, 0x10, 1 << 31, 0, streams, 0, side, side, 0, 0, 0, 0]
        .map(u32::to_le_bytes)
        .concat();
    let mut strh = b"vidsMJPG".to_vec();
    strh.extend([0_u32, 0, 0, 1, 25, 0, 1 << 31, 0, 0, 0, 0, 0].map(u32::to_le_bytes).concat());
    let mut strf = [40, side, side, 0x0018_0001].map(u32::to_le_bytes).concat();
    strf.extend(b"MJPG");
    strf.extend([0; 20]);
    let part = |name: &[u8], content: &[u8]| [name, &(content.len() as u32).to_le_bytes(), content].concat();
    avih = part(b"avih", &avih);
    let stream = [b"strl".to_vec(), part(b"strh", &strh), part(b"strf", &strf)].concat();
    let head = [b"hdrl".to_vec(), avih, part(b"LIST", &stream)].concat();
    let all = [b"AVI ".to_vec(), part(b"LIST", &head), part(b"LIST", b"movi")].concat();
    part(b"RIFF", &all)
}

/// Each page begins a stream of its own.
fn ogg(pages: u32) -> Vec<u8> {
    let page = |n: u32| {
        let mut all = b"OggS\0\x02\0\0\0\0\0\0\0\0".to_vec();
        all.extend(n.to_le_bytes());
        all.extend([0; 8]);
        all.extend(b"\x01\x08fishead\0");
        all
    };
    (0..pages).flat_map(page).collect()
}
