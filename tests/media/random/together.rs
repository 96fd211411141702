//! Whether sound and picture begin as far from each other in the result as in the source.

use std::path::Path;

use harness::judge;

use crate::run::run;

/// A frame of AAC, which may be hidden in one container and shown in another, and a millisecond for each rounding.
const ALLOWED_MS: f64 = 24.0;

pub fn same(source: &Path, result: &Path) -> Result<(), String> {
    let (a, b) = (later_ms(source)?, later_ms(result)?);
    match (a, b) {
        (Some(a), Some(b)) if (a - b).abs() > ALLOWED_MS => {
            Err(format!("the sound begins {b:.1} ms after the picture; {a:.1} ms in the source"))
        }
        (Some(_), None) => Err("the sound is lost".into()),
        _ => Ok(()),
    }
}

/// How much later than the picture's first frame the sound begins; none where either does not decode at all.
fn later_ms(film: &Path) -> Result<Option<f64>, String> {
    let arguments = "-v error -nostdin -copyts -i FILM -map 0:V:0 -map 0:a:0 -fps_mode passthrough \
        -enc_time_base:v BASE -f framecrc -";
    let base = judge::time_base(film);
    let film = film.display().to_string();
    let words = arguments.split_whitespace().map(|word| match word {
        "FILM" => film.clone(),
        "BASE" => base.clone(),
        other => other.to_owned(),
    });
    let text = run("ffmpeg", &words.collect::<Vec<String>>())?;
    Ok(begin_ms(&text, 1).zip(begin_ms(&text, 0)).map(|(sound, picture)| sound - picture))
}

fn begin_ms(text: &str, stream: u32) -> Option<f64> {
    let head = format!("#tb {stream}: ");
    let (num, den) = text.lines().find_map(|line| line.strip_prefix(&head))?.split_once('/')?;
    let tick_ms = 1000.0 * num.parse::<f64>().ok()? / den.parse::<f64>().ok()?;
    let ours = text.lines().filter(|line| line.starts_with(&format!("{stream},")));
    let first = ours.filter_map(|line| line.split(',').nth(2)?.trim().parse::<i64>().ok()).min()?;
    Some(first as f64 * tick_ms)
}
