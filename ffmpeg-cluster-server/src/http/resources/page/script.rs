//! The page's modules as one script. A browser asks once instead of for each, and what they have in common is packed once.
//!
//! Nothing is parsed: our modules import and export by lines of one form, and a test holds them to it.

/// Names and texts, each behind those that it imports. The last one begins the page.
pub(super) fn joined(modules: &[(&str, &str)]) -> String {
    let last = modules.len().saturating_sub(1);
    modules.iter().enumerate().map(|(at, (name, text))| module(name, text, at == last)).collect()
}

/// A module keeps its names for itself as a function that returns what it exports.
fn module(name: &str, text: &str, is_last: bool) -> String {
    let mut exports = Vec::new();
    let mut body = String::new();
    for line in text.lines().map(str::trim_start).filter(|line| !is_comment(line)) {
        if let Some((names, from)) = imported(line) {
            body += &format!("const {{ {names} }} = {};", variable(from));
        } else if let Some(rest) = line.strip_prefix("export ") {
            exports.push(declared(rest));
            body += rest;
        } else {
            body += line;
        }
        body.push('\n');
    }
    if is_last {
        return body;
    }
    format!("const {} = (() => {{\n{body}return {{ {} }};\n}})();\n", variable(name), exports.join(", "))
}

fn is_comment(line: &str) -> bool {
    line.is_empty() || line.starts_with("//") || (line.starts_with("/**") && line.ends_with("*/"))
}

fn imported(line: &str) -> Option<(&str, &str)> {
    let (names, from) = line.strip_prefix("import { ")?.split_once(" } from \"./")?;
    Some((names, from.strip_suffix("\";")?))
}

/// The name that a declaration makes.
fn declared(text: &str) -> &str {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.into_iter().find(|word| !["async", "class", "const", "function"].contains(word)).unwrap_or_default()
}

fn variable(name: &str) -> String {
    name.replace('.', "_")
}

#[cfg(test)]
mod tests {
    use super::super::MODULES;
    use super::*;

    #[test]
    fn modules_become_functions_and_the_last_one_begins() {
        let one = "// What it is.\n\nexport const a = 1;\n/** Adds. */\nexport async function add(b) {\n  return a + b;\n}\n";
        let two = "import { a, add } from \"./one.en.js\";\nawait add(a);\n";
        let wanted = "const one_en_js = (() => {\nconst a = 1;\nasync function add(b) {\nreturn a + b;\n}\nreturn { a, add };\n})();\n\
            const { a, add } = one_en_js;\nawait add(a);\n";
        assert_eq!(joined(&[("one.en.js", one), ("two.js", two)]), wanted);
    }

    #[test]
    fn modules_have_the_one_form_and_stand_behind_what_they_import() {
        let mut before: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, text) in MODULES {
            for line in text.lines() {
                assert!(line.matches('`').count() % 2 == 0, "{name}: a text over several lines: {line}");
                if line.trim_start().starts_with("import") {
                    let (names, from) = imported(line).unwrap_or_else(|| panic!("{name}: {line}"));
                    let exports = &before.iter().find(|(its, _)| *its == from).expect(from).1;
                    assert!(names.split(", ").all(|one| exports.contains(&one)), "{name}: {line}");
                }
            }
            let exports = text.lines().filter_map(|line| line.strip_prefix("export "));
            before.push((name, exports.map(declared).collect()));
        }
    }
}
