//! Judges JSON by docs/openapi.json, as far as its schemas go.

use serde_json::{Map, Value};

/// The document.
#[derive(Debug)]
pub struct OpenApi(Value);

impl OpenApi {
    pub fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
        Self(serde_json::from_str(&std::fs::read_to_string(path).expect(path)).expect("JSON"))
    }

    /// Panics where `value` is not what a schema of the document describes.
    pub fn check(&self, schema: &str, value: &Value) {
        let named = &self.0["components"]["schemas"][schema];
        assert!(named.is_object(), "there is no schema {schema}");
        let mistakes = self.mistakes(named, value, "");
        assert!(mistakes.is_empty(), "no {schema}: {mistakes:#?}\n{value:#}");
    }

    fn mistakes(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let Some(schema) = schema.as_object() else {
            return if schema == &Value::Bool(false) {
                vec![format!("{at}: must not be")]
            } else {
                Vec::new()
            };
        };
        let mut all = self.of_parts(schema, value, at);
        if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
            let named = self.0.pointer(path.trim_start_matches('#')).expect("what is referred to is there");
            all.extend(self.mistakes(named, value, at));
        }
        let list = |key: &str| schema.get(key).and_then(Value::as_array).into_iter().flatten();
        all.extend(list("allOf").flat_map(|one| self.mistakes(one, value, at)));
        for key in ["anyOf", "oneOf"] {
            let fits = list(key).any(|one| self.mistakes(one, value, at).is_empty());
            if schema.contains_key(key) && !fits {
                all.push(format!("{at}: {value} is none of {key}"));
            }
        }
        all
    }

    fn of_parts(&self, schema: &Map<String, Value>, value: &Value, at: &str) -> Vec<String> {
        let mut all = Vec::new();
        let types: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(some)) => some.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|kind| is_of(kind, value)) {
            all.push(format!("{at}: {value} is not of {types:?}"));
        }
        if schema.get("const").is_some_and(|only| only != value) {
            all.push(format!("{at}: {value} is not {}", schema["const"]));
        }
        let words = schema.get("enum").and_then(Value::as_array);
        if words.is_some_and(|words| !words.contains(value)) {
            all.push(format!("{at}: {value} is none of its words"));
        }
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            all.extend(values.iter().flat_map(|item| self.mistakes(items, item, &format!("{at}[]"))));
        }
        if let Some(fields) = value.as_object() {
            all.extend(self.of_fields(schema, fields, at));
        }
        all
    }

    fn of_fields(&self, schema: &Map<String, Value>, fields: &Map<String, Value>, at: &str) -> Vec<String> {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let required = required.filter_map(Value::as_str).filter(|key| !fields.contains_key(*key));
        let mut all: Vec<String> = required.map(|key| format!("{at}.{key} is missing")).collect();
        let known = schema.get("properties").and_then(Value::as_object);
        for (key, value) in fields {
            let schema = known.and_then(|known| known.get(key)).or(schema.get("additionalProperties"));
            all.extend(
                schema
                    .map(|schema| self.mistakes(schema, value, &format!("{at}.{key}")))
                    .into_iter()
                    .flatten(),
            );
        }
        all
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        other => panic!("no type {other}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_or_of_another_kind_is_found() {
        let api = OpenApi::read();
        let good = json!({"explain": ["a"], "job_id": "j", "reasons": [], "status": "Queued"});
        api.check("Explained", &good);
        for (key, bad) in [
            ("explain", json!(["a", 1])),
            ("job_id", Value::Null),
            ("status", json!("Idle")),
            ("reasons", Value::Null),
        ] {
            let mut value = good.clone();
            value[key] = bad;
            let schema = &api.0["components"]["schemas"]["Explained"];
            assert!(!api.mistakes(schema, &value, "").is_empty(), "{value}");
            value.as_object_mut().unwrap().remove(key);
            assert!(!api.mistakes(schema, &value, "").is_empty(), "{value}");
        }
    }
}
