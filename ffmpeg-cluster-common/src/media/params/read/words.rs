//! Splits a line as a shell would.

use crate::limits::PARAMETER_BYTES_MAX;
use crate::media::params::Refusal;

/// Handles quotes and backslashes as a POSIX shell does; expands nothing.
pub fn words(line: &str) -> Result<Vec<String>, Refusal> {
    if line.len() > PARAMETER_BYTES_MAX {
        return Err(Refusal::new("ffmpeg_params", format!("longer than {PARAMETER_BYTES_MAX} bytes")));
    }
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => out.extend(word.take()),
            '\'' => quoted(&mut chars, word.get_or_insert_default())?,
            '"' => double_quoted(&mut chars, word.get_or_insert_default())?,
            '\\' => match chars.next() {
                Some('\n') => {}
                Some(next) => word.get_or_insert_default().push(next),
                None => return Err(Refusal::new("\\", "a backslash at the end escapes nothing")),
            },
            other => word.get_or_insert_default().push(other),
        }
    }
    out.extend(word);
    Ok(out)
}

fn quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), Refusal> {
    for c in chars {
        if c == '\'' {
            return Ok(());
        }
        word.push(c);
    }
    Err(Refusal::new("'", "a quote is not closed"))
}

fn double_quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), Refusal> {
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok(()),
            '\\' => match chars.next() {
                Some('\n') => {}
                Some(next @ ('"' | '\\' | '$' | '`')) => word.push(next),
                Some(next) => word.extend(['\\', next]),
                None => break,
            },
            other => word.push(other),
        }
    }
    Err(Refusal::new("\"", "a quote is not closed"))
}
