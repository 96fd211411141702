//! "Did you mean": the known word that is nearest to the typed one.

use crate::media::params::rows;

/// The nearest word of a table; None if no word is near.
pub(crate) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|word| (distance(typed, word), word)).min_by_key(|(far, _)| *far)?;
    (near.0 <= 1 + typed.len() / 4 && near.0 < typed.len()).then_some(near.1)
}

/// The edit distance: letters to add, remove or change to turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut left_above = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (above + 1).min(row[j] + 1).min(left_above + usize::from(x != y));
            left_above = above;
        }
    }
    row[b.len()]
}

pub(crate) fn did_you_mean(near: Option<&str>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean {near}?"))
}

pub(super) fn suggestion(typed: &str) -> String {
    let near = nearest(typed.trim_start_matches('-'), names());
    near.map_or(String::new(), |near| format!("; did you mean -{near}?"))
}

/// All names that can be suggested; at equal distance the names that we print win over short forms.
fn names() -> impl Iterator<Item = &'static str> {
    let own = || rows::own().filter(|row| row.suggested);
    let short = own().chain(rows::printed()).flat_map(|row| row.also).copied();
    let short = short.filter(|name| !name.contains(':'));
    rows::printed().map(|row| row.name).chain(short).chain(own().map(|row| row.name))
}

/// Also finds a name that contains the typed text, because users write `x264` for `libx264`.
pub(super) fn nearest_encoder<'a>(
    typed: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let typed = typed.to_ascii_lowercase();
    let inside = known.clone().find(|name| typed.len() >= 3 && name.contains(typed.as_str()));
    inside.or_else(|| nearest(&typed, known))
}
