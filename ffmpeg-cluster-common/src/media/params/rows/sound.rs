//! Options of the sound.

use super::row::{OptionRow, Place};
use super::values::{STRICT, Value};

const fn sound(name: &'static str, value: Value) -> OptionRow {
    OptionRow::plain(name, Place::Sound, value)
}

/// Options of the sound. Sound is encoded as a whole, so a bit rate is allowed here.
pub(super) const SOUND: &[OptionRow] = &[
    sound("b:a", Value::Rate).also(&["ab"]),
    sound("q:a", Value::Float(-10.0, 255.0)).also(&["qscale:a", "aq"]),
    sound("ac", Value::Int(1, 64)),
    sound("ar", Value::Int(4_000, 768_000)),
    sound("sample_fmt", Value::Name),
    sound("channel_layout", Value::Name).also(&["ch_layout"]),
    sound("profile:a", Value::Name).also(&["aprofile"]),
    sound("strict:a", STRICT),
    sound("compression_level:a", Value::Int(-1, 100)),
    sound("cutoff", Value::Int(0, 96_000)),
    sound("aac_coder", Value::Words(&["anmr", "twoloop", "fast"])),
    sound("aac_ms", Value::Bool),
    sound("aac_is", Value::Bool),
    sound("aac_pns", Value::Bool),
    sound("aac_tns", Value::Bool),
    sound("application", Value::Words(&["voip", "audio", "lowdelay"])),
    sound("frame_duration", Value::Float(2.5, 120.0)),
    sound("packet_loss", Value::Int(0, 100)),
    sound("fec", Value::Bool),
    sound("vbr", Value::IntOr(0, 5, &["on", "off", "constrained"])),
    sound("mapping_family", Value::Int(-1, 255)),
    sound("apply_phase_inv", Value::Bool),
    sound("afterburner", Value::Bool),
    sound("iblock", Value::Float(-15.0, 0.0)),
    sound("reservoir", Value::Bool),
    sound("joint_stereo", Value::Bool),
    sound("abr", Value::Bool),
    sound("dialnorm", Value::Int(-31, -1)),
    sound("center_mixlev", Value::Float(0.0, 1.0)),
    sound("surround_mixlev", Value::Float(0.0, 1.0)),
    sound("lpc_type", Value::Words(&["none", "fixed", "levinson", "cholesky"])),
    sound("lpc_passes", Value::Int(1, 100)),
    sound("ch_mode", Value::Words(&["auto", "indep", "left_side", "right_side", "mid_side"])),
];
