//! Text from people and programs.
//!
//! - [`safe`]: sanitises text from strangers for logs, tables and terminals
//! - [`file_name`]: which names a result may have
//! - [`rfc3339`]: moments, for people
//! - [`hex`]: bytes in hexadecimal

pub mod file_name;
pub mod hex;
pub mod rfc3339;
pub mod safe;

/// A number with its noun: `1 piece`, `2 pieces`.
pub fn counted(many: u64, what: &str) -> String {
    let s = if many == 1 { "" } else { "s" };
    format!("{many} {what}{s}")
}

/// A list as columns, each as wide as its widest cell, with cells that are safe for a terminal.
pub fn aligned(heads: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut all = vec![heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>()];
    all.extend(rows.into_iter().map(|row| row.iter().map(|cell| safe::escaped(cell)).collect()));
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_stand_under_each_other() {
        let rows = vec![vec!["a".to_owned(), "xyz".to_owned()], vec!["long".to_owned(), "z".to_owned()]];
        assert_eq!(super::aligned(&["ONE", "TWO"], rows), "ONE   TWO\na     xyz\nlong  z");
    }

    #[test]
    fn a_name_can_not_steer_the_terminal() {
        let rows = vec![vec!["a\u{1b}[2Jb\r\u{202e}.mkv".to_owned()]];
        assert_eq!(super::aligned(&["FILE"], rows), "FILE\na\\u{1b}[2Jb\\r\\u{202e}.mkv");
    }
}
