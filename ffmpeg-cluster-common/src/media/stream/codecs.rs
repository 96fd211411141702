//! The words of RFC 6381 for a codec and its profile, from the boxes that a decoder reads.

use std::io::Result;

use super::boxes::{Boxed, Fields, only, wrong};
use super::colors::Colors;

/// BT.709 with reduced range, which the short forms of VP9 and AV1 mean.
const USUAL: [u16; 3] = [1, 1, 1];
const UNTOLD: u16 = 2;

pub(super) fn codecs(kind: [u8; 4], all: &[Boxed<'_>], colors: Option<Colors>) -> Result<String> {
    let name = String::from_utf8_lossy(&kind).into_owned();
    Ok(match &kind {
        b"avc1" | b"avc3" => format!("{name}.{}", avc(only(all, *b"avcC")?)?),
        b"hvc1" | b"hev1" => format!("{name}.{}", hevc(only(all, *b"hvcC")?)?),
        b"vp09" => format!("{name}.{}", vp9(only(all, *b"vpcC")?)?),
        b"av01" => format!("{name}.{}", av1(only(all, *b"av1C")?, colors)?),
        b"mp4a" => format!("{name}.{}", mpeg4(only(all, *b"esds")?)?),
        b"Opus" => "opus".to_owned(),
        _ => name,
    })
}

/// Profile, constraints and level.
fn avc(body: &[u8]) -> Result<String> {
    let mut fields = Fields(body);
    fields.byte()?;
    Ok(fields.array::<3>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Profile, compatible profiles in the order of their bits, tier with level, and constraints.
fn hevc(body: &[u8]) -> Result<String> {
    let mut fields = Fields(body);
    fields.byte()?;
    let profile = fields.byte()?;
    let compatible = (fields.number::<4>()? as u32).reverse_bits();
    let constraints = fields.array::<6>()?;
    let level = fields.byte()?;
    let space = ["", "A", "B", "C"][usize::from(profile >> 6)];
    let tier = if profile & 0x20 == 0 { 'L' } else { 'H' };
    let told = constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let constraints: String = constraints[..told].iter().map(|byte| format!(".{byte:X}")).collect();
    Ok(format!("{space}{}.{compatible:X}.{tier}{level}{constraints}", profile & 0x1f))
}

/// Profile, level and depth; and the rest only if it is not the usual.
fn vp9(body: &[u8]) -> Result<String> {
    let mut fields = Fields(body);
    fields.full()?;
    let (profile, level, packed) = (fields.byte()?, fields.byte()?, fields.byte()?);
    let colors = fields.array::<3>()?.map(u16::from);
    let (depth, chroma, full) = (packed >> 4, packed >> 1 & 7, packed & 1);
    let mut told = format!("{profile:02}.{level:02}.{depth:02}");
    if chroma > 1 || full == 1 || !are_usual(colors) {
        let [primaries, transfer, matrix] = colors;
        told = format!("{told}.{chroma:02}.{primaries:02}.{transfer:02}.{matrix:02}.{full:02}");
    }
    Ok(told)
}

/// Profile, level with tier, and depth; and the rest only if it is not the usual.
fn av1(body: &[u8], colors: Option<Colors>) -> Result<String> {
    let mut fields = Fields(body);
    let [_, first, second] = fields.array::<3>()?;
    let (profile, level) = (first >> 5, first & 0x1f);
    let tier = if second & 0x80 == 0 { 'M' } else { 'H' };
    let depth = match (second & 0x40 != 0, second & 0x20 != 0) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    let (mono, chroma) = (second >> 4 & 1, second & 0x0f);
    let told = format!("{profile}.{level:02}{tier}.{depth:02}");
    let [primaries, transfer, matrix] =
        colors.map_or(USUAL, |colors| [colors.primaries, colors.transfer, colors.matrix]);
    let full = u8::from(colors.is_some_and(|colors| colors.full));
    // 4:2:0, of any position.
    let usual = mono == 0 && chroma >> 2 == 3 && full == 0 && are_usual([primaries, transfer, matrix]);
    if usual {
        return Ok(told);
    }
    let [x, y, place] = [chroma >> 3 & 1, chroma >> 2 & 1, chroma & 3];
    Ok(format!("{told}.{mono}.{x}{y}{place}.{primaries:02}.{transfer:02}.{matrix:02}.{full}"))
}

fn are_usual(colors: [u16; 3]) -> bool {
    colors.iter().zip(USUAL).all(|(&told, usual)| told == usual || told == UNTOLD)
}

fn mpeg4(body: &[u8]) -> Result<String> {
    let Mpeg4 { kind, bits } = Mpeg4::read(body)?;
    let Some(bits) = bits else { return Ok(format!("{kind:02x}")) };
    let short = bits >> 11;
    let object = if short == 31 { 32 + (bits >> 5 & 0x3f) } else { short };
    Ok(format!("{kind:02x}.{object}"))
}

/// The channels of AAC, which the sample entry itself counts as two whatever they are; None where this is told elsewhere.
pub(super) fn channels(all: &[Boxed<'_>]) -> Option<u32> {
    const RATE_APART: u64 = 15;
    let bits = Mpeg4::read(only(all, *b"esds").ok()?).ok()?.bits?;
    let (object, rate, channels) = (bits >> 11, bits >> 7 & 0xf, bits >> 3 & 0xf);
    match channels {
        _ if object == 31 || rate == RATE_APART => None,
        1..=6 => Some(channels as u32),
        7 => Some(8),
        _ => None,
    }
}

/// What an elementary stream says of its decoder.
struct Mpeg4 {
    kind: u8,
    /// The first bits of the settings of a sound.
    bits: Option<u64>,
}

impl Mpeg4 {
    /// Descriptors within descriptors: the elementary stream, its decoder, and the decoder's own settings.
    fn read(body: &[u8]) -> Result<Self> {
        const ELEMENTARY: u8 = 3;
        const DECODER: u8 = 4;
        const SETTINGS: u8 = 5;
        const AUDIO: u8 = 0x40;
        let mut fields = Fields(body);
        fields.full()?;
        let mut stream = descriptor(&mut fields, ELEMENTARY)?;
        stream.take(2)?;
        if stream.byte()? & 0xe0 != 0 {
            return Err(wrong("an elementary stream that depends on others"));
        }
        let mut decoder = descriptor(&mut stream, DECODER)?;
        let kind = decoder.byte()?;
        if kind != AUDIO {
            return Ok(Self { kind, bits: None });
        }
        decoder.take(12)?;
        let bits = descriptor(&mut decoder, SETTINGS)?.number::<2>()?;
        Ok(Self { kind, bits: Some(bits) })
    }
}

/// The length has seven bits a byte, in at most four bytes.
fn descriptor<'a>(fields: &mut Fields<'a>, wanted: u8) -> Result<Fields<'a>> {
    if fields.byte()? != wanted {
        return Err(wrong("another descriptor was expected"));
    }
    let mut length = 0_u64;
    for _ in 0..4 {
        let byte = fields.byte()?;
        length = length << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return fields.take(length).map(Fields);
        }
    }
    Err(wrong("a descriptor's length has no end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: [u8; 4], config: [u8; 4], body: &[u8]) -> String {
        codecs(kind, &[Boxed { kind: config, body }], None).unwrap()
    }

    #[test]
    fn each_codec_in_the_words_that_players_know() {
        let hevc = [1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93];
        let main10 = [1, 0x22, 0x20, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 153];
        let vp9 = [1, 0, 0, 0, 0, 10, 0x82, 1, 1, 1];
        let vp9_hdr = [1, 0, 0, 0, 2, 51, 0xa2, 9, 16, 9];
        let aac = [
            0, 0, 0, 0, 3, 0x80, 0x80, 0x80, 34, 0, 1, 0, 4, 0x80, 0x80, 0x80, 20, 0x40, 0x15, 0, 0, 0, 0, 1,
            0, 0, 0, 1, 0, 0, 5, 0x80, 0x80, 0x80, 2, 0x11, 0x90, 6, 0x80, 0x80, 0x80, 1, 2,
        ];
        for (kind, config, body, want) in [
            (*b"avc1", *b"avcC", &[1, 0x64, 0, 0x28, 0xff][..], "avc1.640028"),
            (*b"hvc1", *b"hvcC", &hevc, "hvc1.1.6.L93.90"),
            (*b"hvc1", *b"hvcC", &main10, "hvc1.2.4.H153.B0"),
            (*b"vp09", *b"vpcC", &vp9, "vp09.00.10.08"),
            (*b"vp09", *b"vpcC", &vp9_hdr, "vp09.02.51.10.01.09.16.09.00"),
            (*b"av01", *b"av1C", &[0x81, 0x04, 0x0c, 0], "av01.0.04M.08"),
            (*b"av01", *b"av1C", &[0x81, 0x28, 0xc0, 0], "av01.1.08H.10.0.000.01.01.01.0"),
            (*b"mp4a", *b"esds", &aac, "mp4a.40.2"),
            (*b"Opus", *b"dOps", &[], "opus"),
            (*b"ac-3", *b"dac3", &[], "ac-3"),
        ] {
            assert_eq!(told(kind, config, body), want);
        }
    }

    #[test]
    fn channels_are_those_that_the_decoder_is_told() {
        let told = |settings: [u8; 2]| {
            let mut body: Vec<u8> = vec![0, 0, 0, 0, 3, 22, 0, 1, 0, 4, 17, 0x40];
            body.extend([0; 12]);
            body.extend([5, 2]);
            body.extend(settings);
            channels(&[Boxed { kind: *b"esds", body: &body }])
        };
        assert_eq!([told([0x11, 0x88]), told([0x11, 0x90]), told([0x11, 0xb0])], [Some(1), Some(2), Some(6)]);
        assert_eq!((told([0x11, 0xb8]), told([0x11, 0x80])), (Some(8), None));
    }

    #[test]
    fn a_config_that_is_cut_short_is_no_codec() {
        for (kind, config) in [(*b"avc1", *b"avcC"), (*b"hvc1", *b"hvcC"), (*b"mp4a", *b"esds")] {
            let cut = Boxed { kind: config, body: &[1, 2] };
            assert!(codecs(kind, &[cut], None).is_err());
            assert!(codecs(kind, &[], None).is_err());
        }
    }
}
