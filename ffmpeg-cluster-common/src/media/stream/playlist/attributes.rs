//! Lists of attributes, as `BANDWIDTH=1000,CODECS="avc1.640028,mp4a.40.2"`.

use crate::text::safe;

/// A text between quotes. What can't stand there is replaced.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", safe::escaped(text).replace('"', "'"))
}

/// Attributes in their order; each is asked for once.
#[derive(Debug)]
pub(super) struct Attributes<'a>(Vec<Attribute<'a>>);

#[derive(Debug, Clone, Copy)]
struct Attribute<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> Attributes<'a> {
    pub(super) fn read(mut text: &'a str) -> Result<Self, String> {
        let mut all: Vec<Attribute<'a>> = Vec::new();
        while !text.is_empty() {
            let (name, rest) = text.split_once('=').ok_or("an attribute without a value")?;
            let end = match rest.strip_prefix('"') {
                Some(inside) => inside.find('"').ok_or("a quote without an end")? + 2,
                None => rest.find(',').unwrap_or(rest.len()),
            };
            let (value, behind) = rest.split_at(end);
            if all.iter().any(|known| known.name == name) {
                return Err(format!("the attribute {name} twice"));
            }
            all.push(Attribute { name, value });
            text = match behind.strip_prefix(',') {
                Some("") => return Err("an attribute is missing behind a comma".into()),
                Some(next) => next,
                None if behind.is_empty() => "",
                None => return Err("no comma between attributes".into()),
            };
        }
        Ok(Self(all))
    }

    fn value(&mut self, name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|attribute| attribute.name == name)?;
        Some(self.0.remove(at).value)
    }

    /// A value without quotes.
    pub(super) fn word(&mut self, name: &str) -> Result<&'a str, String> {
        self.value(name).filter(|value| !value.starts_with('"')).ok_or(format!("no {name}"))
    }

    pub(super) fn number(&mut self, name: &str) -> Result<u64, String> {
        self.word(name)?.parse().map_err(|_| format!("{name} is no number"))
    }

    /// A value in quotes; None if the attribute is absent.
    pub(super) fn text_if(&mut self, name: &str) -> Result<Option<String>, String> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        Ok(Some(inside.ok_or(format!("{name} has no quotes"))?.to_owned()))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, String> {
        self.text_if(name)?.ok_or(format!("no {name}"))
    }

    /// An error if some attribute was not asked for.
    pub(super) fn finish(self) -> Result<(), String> {
        self.0.first().map_or(Ok(()), |attribute| Err(format!("an unexpected attribute {}", attribute.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_once_each() {
        let mut all = Attributes::read("A=1,B=\"x,y=z\",C=0x0").unwrap();
        assert_eq!((all.text("B").unwrap().as_str(), all.number("A")), ("x,y=z", Ok(1)));
        assert!(all.number("A").is_err());
        assert!(all.finish().is_err());
        for bad in ["A", "A=1,", "A=\"1", "A=\"1\"2", "A=1,A=2", ","] {
            assert!(Attributes::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nothing_in_a_name_ends_its_quotes() {
        assert_eq!(quoted("a\"b\nc"), "\"a'b\\nc\"");
    }
}
