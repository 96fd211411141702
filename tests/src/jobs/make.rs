//! A job by chance.

use ffmpeg_cluster_common::media::params::Chain;
use ffmpeg_cluster_common::media::params::grammar::VideoEncoder;
use ffmpeg_cluster_common::media::source::StreamKind;
use ffmpeg_cluster_common::media::words::container::Container;

use super::{FILMS, Job, options};
use crate::chance::Chance;

/// The `number`th job of a seed; each stands by itself.
pub fn job(seed: u64, number: u64) -> Job {
    let mut chance = Chance::new(seed.wrapping_mul(1_000_003).wrapping_add(number));
    let chance = &mut chance;
    chance.number();
    let encoder = options::encoder(chance);
    let mut parts = options::of_picture(chance, encoder);
    let time = options::of_time(chance);
    match options::picture_filters(chance) {
        Some(filters) => {
            // How many frames these give in a part of a film is mended elsewhere.
            let own = filters[1].parse::<Chain>().is_ok_and(|chain| chain.needs().own);
            parts.extend(if own { Vec::new() } else { time });
            parts.push(filters);
        }
        None => {
            parts.extend(time);
            if chance.index(2) == 0 {
                parts.push(vec!["-vf".into(), options::unseen(chance)]);
            }
        }
    }
    parts.extend(options::of_sound(chance));
    parts.extend(options::of_container(chance));
    let suffix = suffix(chance, encoder);
    if chance.index(10) == 0 {
        spoil(chance, &mut parts);
    }
    Job { film: (*chance.one_of(FILMS)).to_owned(), parts, suffix }
}

/// Mostly of a container that holds what the encoder makes.
fn suffix(chance: &mut Chance, encoder: &VideoEncoder) -> String {
    let holds = |container: &Container| container.holds(StreamKind::Video, encoder.codec);
    let fitting: Vec<Container> = Container::ALL.into_iter().filter(holds).collect();
    let container = if fitting.is_empty() || chance.index(15) == 0 {
        *chance.one_of(&Container::ALL)
    } else {
        *chance.one_of(&fitting)
    };
    format!(".{}", chance.one_of(container.suffixes()))
}

/// One word becomes something that nobody should type.
fn spoil(chance: &mut Chance, parts: &mut options::Parts) {
    const ODD: &[&str] = &[
        "",
        "-1",
        "99999999999999999999",
        "1e3",
        "0x10",
        "nan",
        "inf",
        "'",
        "\\",
        "a b",
        "%n",
        "../x",
        "file:/etc/passwd",
        "16385",
        "-2147483649",
        "2147483648",
        "é",
        "\u{7f}",
    ];
    const MORE: &[&[&str]] = &[
        &["-b:v", "1M"],
        &["-pass", "1"],
        &["-map", "0:v"],
        &["-nosuch", "1"],
        &["-vf"],
        &["out.mp4"],
        &["-filter_complex", "null"],
        &["-i", "x"],
        &["-crf", "-5"],
        &["-vf", "movie=x"],
        &["-to", "0"],
    ];
    let place = chance.index(parts.len());
    match chance.index(3) {
        0 => parts.push(chance.one_of(MORE).iter().map(|word| (*word).to_owned()).collect()),
        1 => {
            let odd = (*chance.one_of(ODD)).to_owned();
            let part = &mut parts[place];
            let last = part.len() - 1;
            part[last] = odd;
        }
        _ => {
            let part = &mut parts[place];
            let last = part.len() - 1;
            part[last].push_str(chance.pick(ODD));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_jobs_and_they_differ() {
        let lines = |seed| (0..20).map(|number| job(seed, number).to_string()).collect::<Vec<_>>();
        assert_eq!(lines(1), lines(1));
        let mut all = [lines(1), lines(2)].concat();
        all.sort();
        all.dedup();
        assert!(all.len() > 38, "{all:#?}");
    }
}
