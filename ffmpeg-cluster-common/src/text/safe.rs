//! Sanitises text from strangers for one line of a log, a table or a terminal.

/// Whether the character ends a line, controls a terminal, changes the writing direction,
/// or is invisible.
pub fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Replaces treacherous characters with escapes; all others, in any script, stay.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_treacherous(c) { safe.extend(c.escape_default()) } else { safe.push(c) }
    }
    safe
}

/// Does the same as [`escaped`] inside JSON, whose own escapes leave some of these characters alone.
pub fn escaped_json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_treacherous(c) {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| safe.push_str(&format!("\\u{unit:04x}")));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Removes treacherous characters, and returns at most `chars_max` others.
pub fn stripped(text: &str, chars_max: usize) -> String {
    text.chars().filter(|c| !is_treacherous(*c)).take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_line_steers_a_terminal_or_turns_the_writing() {
        let cases = [
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[2J\u{7}\u{9b}1m\u{7f}", "\\u{1b}[2J\\u{7}\\u{9b}1m\\u{7f}"),
            ("film\u{202e}4pm.exe", "film\\u{202e}4pm.exe"),
            ("a\u{2028}b\u{2029}c\u{2066}d", "a\\u{2028}b\\u{2029}c\\u{2066}d"),
            ("Käse 日本語 \u{1f3ac} می‌خواهم", "Käse 日本語 \u{1f3ac} می‌خواهم"),
        ];
        for (text, wanted) in cases {
            assert_eq!(escaped(text), wanted);
        }
    }

    #[test]
    fn what_is_stripped_is_gone_and_not_counted() {
        assert_eq!(stripped("a\u{1b}[2J\u{202e}b\ncd", 5), "a[2Jb");
    }

    #[test]
    fn json_stays_json_and_says_the_same() {
        let text = "a\u{202e}b\u{e0041}\u{7f}";
        let line = escaped_json(&serde_json::to_string(text).unwrap());
        assert!(line.chars().all(|c| c.is_ascii() && !c.is_control()), "{line}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
