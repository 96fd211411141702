//! Text as wide as the terminal: lines break between words, and a row of a list is one line.

use std::io::IsTerminal;

use console::Term;

/// Whether lines on the error stream can be drawn anew.
pub(crate) fn is_drawn() -> bool {
    std::io::stderr().is_terminal() && is_able()
}

/// Whether a terminal that is there can move its cursor.
pub(crate) fn is_able() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The columns of the terminal that shows answers. None where no terminal does.
pub(crate) fn of_answers() -> Option<usize> {
    columns(&Term::stdout())
}

/// The same of the error stream.
pub(crate) fn of_errors() -> Option<usize> {
    columns(&Term::stderr())
}

/// 80 where the terminal does not say.
fn columns(term: &Term) -> Option<usize> {
    term.is_term().then(|| term.size().1.into())
}

/// Further lines of a long one begin with so many spaces.
pub(crate) fn wrapped(text: &str, columns: Option<usize>, indent: usize) -> String {
    let Some(columns) = columns.filter(|columns| *columns > 2 * indent) else { return text.to_owned() };
    let mut all: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut now = String::new();
        for word in line.split_inclusive(' ') {
            if !now.trim().is_empty() && now.chars().count() + word.trim_end().chars().count() > columns {
                all.push(now.trim_end().to_owned());
                now = " ".repeat(indent);
            }
            now += word;
        }
        all.push(now.trim_end().to_owned());
    }
    all.join("\n")
}

/// The beginning of a line that is too long, with a mark that there is more.
pub(crate) fn cut(line: &str, columns: Option<usize>) -> String {
    match columns {
        Some(columns) if line.chars().count() > columns => {
            let kept: String = line.chars().take(columns.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
        Some(_) | None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_break_between_words() {
        let text = "proved   a long line of words\nshort";
        assert_eq!(wrapped(text, None, 9), text);
        assert_eq!(wrapped(text, Some(20), 9), "proved   a long line\n         of words\nshort");
        assert_eq!(wrapped("a-word-that-is-wider-than-all", Some(10), 2), "a-word-that-is-wider-than-all");
        assert_eq!(wrapped("one two", Some(7), 0), "one two");
    }

    #[test]
    fn a_row_is_one_line() {
        assert_eq!(cut("0123456789", Some(10)), "0123456789");
        assert_eq!(cut("0123 56789x", Some(6)), "0123…");
        assert_eq!(cut("0123456789", None), "0123456789");
    }
}
