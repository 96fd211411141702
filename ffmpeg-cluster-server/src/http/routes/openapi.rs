//! The rows as a document of OpenAPI 3.1, whose schemas come from the types of the bodies.

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};
use warp::http::Method;

use super::told::{Content, Header};
use super::{Asker, Route};
use crate::core::metrics::text::CONTENT_TYPE;
use crate::http::problem::ProblemBody;
use crate::http::query::{Kind, Parameter};

const SCHEMAS: &str = "/components/schemas";
const BYTES: &str = "application/octet-stream";
const CHUNK: &str = "application/offset+octet-stream";
const PROBLEM: &str = "#/components/responses/Problem";
const PLAIN_ERROR: &str = "#/components/responses/Error";

/// Schemas of what is sent and of what is answered: a field with a default may be left out of the first alone.
struct Schemas {
    sent: SchemaGenerator,
    answered: SchemaGenerator,
}

/// The body of an error outside the API.
#[derive(Debug, Serialize, JsonSchema)]
struct PlainError {
    #[serde(rename = "Error")]
    error: crate::http::problem::ErrorBody,
}

impl Schemas {
    fn new() -> Self {
        let generator = |contract: Contract| {
            let settings = SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = SCHEMAS.into();
                settings.meta_schema = None;
                settings.contract = contract;
            });
            settings.into_generator()
        };
        Self { sent: generator(Contract::Deserialize), answered: generator(Contract::Serialize) }
    }

    fn all(mut self) -> Map<String, Value> {
        let mut all = self.sent.take_definitions(true);
        all.extend(self.answered.take_definitions(true));
        all
    }
}

pub(super) fn document(rows: &[Route]) -> Value {
    let (mut schemas, mut paths) = (Schemas::new(), Map::new());
    for row in rows.iter().filter(|row| is_told(row)) {
        let path = paths.entry(row.path).or_insert_with(|| json!({}));
        path[row.method.as_str().to_lowercase()] = operation(row, &mut schemas);
    }
    let problem = schemas.answered.subschema_for::<ProblemBody>();
    let error = schemas.answered.subschema_for::<PlainError>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "FFmpeg Cluster",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Submit films, watch jobs and clients. docs/protocol.md has the whole wire.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "the server that answered this"}],
        // The server's own user on its own machine needs no token.
        "security": [{"token": []}, {}],
        "tags": TAGS.map(|(name, about)| json!({"name": name, "description": about})),
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
                "Problem": body("why not", "application/problem+json", problem),
                "Error": body("why not", "application/json", error),
            },
            "schemas": schemas.all(),
        },
    })
}

/// WebSockets and commands are in docs/protocol.md alone, and the page is for browsers.
pub(super) fn is_told(row: &Route) -> bool {
    row.path != "/" && !["/ws", "/ui/"].iter().any(|beginning| row.path.starts_with(beginning))
}

fn is_rest(row: &Route) -> bool {
    row.path.starts_with("/api/")
}

const TAGS: [(&str, &str); 6] = [
    ("jobs", "films that are encoded, or were"),
    ("uploads", "films that arrive, by tus 1.0"),
    ("clients", "the machines that encode"),
    ("bytes", "what clients fetch and bring"),
    ("webhooks", "who is told of events"),
    ("server", "the server itself"),
];

fn tag(path: &str) -> &'static str {
    match path.trim_start_matches("/api/v1").split('/').nth(1) {
        Some("jobs" | "plan" | "presets") => "jobs",
        Some("uploads") => "uploads",
        Some("clients") => "clients",
        Some("webhooks" | "deliveries") => "webhooks",
        Some("sources" | "pieces" | "releases") => "bytes",
        _ => "server",
    }
}

fn operation(row: &Route, schemas: &mut Schemas) -> Value {
    let words = row.path.trim_start_matches("/api/v1").replace('/', "_").replace(['{', '}', '.'], "");
    let mut told = json!({
        "operationId": format!("{}{words}", row.method.as_str().to_lowercase()),
        "tags": [tag(row.path)],
        "summary": row.told.about,
        "parameters": parameters(row),
        "responses": responses(row, schemas),
        "x-role": match row.who {
            Asker::Anybody => "anybody",
            Asker::Known => "known",
            Asker::Only(role) => role.as_str(),
        },
    });
    if let Some(wanted) = row.told.wants {
        let content = match wanted {
            Content::Json(schema) => json!({"application/json": {"schema": schema(&mut schemas.sent)}}),
            Content::Bytes | Content::Text | Content::Nothing => {
                json!({CHUNK: {"schema": {"type": "string", "format": "binary"}}})
            }
        };
        told["requestBody"] = json!({"required": true, "content": content});
    }
    if row.who == Asker::Anybody {
        told["security"] = json!([{}]);
    }
    told
}

fn parameters(row: &Route) -> Vec<Value> {
    let in_path = row.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": name_schema(row, name)}));
    let in_query = row.query.unwrap_or_default().iter().map(|parameter| of(parameter, "query", false));
    let known = Header {
        parameter: Parameter {
            name: "If-None-Match",
            kind: Kind::Text,
            about: "the `ETag` of an earlier answer",
        },
        is_required: false,
    };
    let headers = row.told.headers.iter().chain(Some(&known).filter(|_| row.told.is_tagged));
    let headers = headers.map(|header| of(&header.parameter, "header", header.is_required));
    in_path.chain(in_query).chain(headers).collect()
}

fn name_schema(row: &Route, name: &str) -> Value {
    match name {
        // Whatever the upload, its address has the same options.
        "upload" if row.method == Method::OPTIONS => json!({"type": "string", "minLength": 1}),
        "job" | "upload" => json!({"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"}),
        "preset" => json!({"type": "string", "pattern": "^[a-z0-9._-]{1,63}$"}),
        "webhook" => json!({"type": "string", "pattern": "^[a-z0-9_-]{1,40}$"}),
        "lease" => json!({"type": "string", "pattern": "^[0-9]+-[0-9]+$"}),
        _ => json!({"type": "string", "minLength": 1}),
    }
}

fn of(parameter: &Parameter, place: &str, is_required: bool) -> Value {
    let mut told = json!({
        "name": parameter.name,
        "in": place,
        "required": is_required,
        "description": parameter.about,
        "schema": match parameter.kind {
            // A header may be empty.
            Kind::Text if place == "header" => json!({"type": "string"}),
            kind => schema_of(kind),
        },
    });
    if matches!(parameter.kind, Kind::SomeOf(_)) {
        told["style"] = "form".into();
        told["explode"] = false.into();
    }
    told
}

fn schema_of(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({"type": "string", "minLength": 1}),
        Kind::Number { least, most } => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::Moment => json!({
            "type": "string",
            "description": "a day, or a moment of RFC 3339",
            "anyOf": [{"format": "date-time"}, {"format": "date"}],
        }),
        Kind::OneOf(words) => json!({"type": "string", "enum": words}),
        Kind::SomeOf(words) => {
            json!({"type": "array", "minItems": 1, "items": {"type": "string", "enum": words}})
        }
    }
}

fn responses(row: &Route, schemas: &mut Schemas) -> Map<String, Value> {
    let mut all = Map::new();
    for answer in &row.told.answers {
        let mut told = match answer.content {
            Content::Nothing => json!({"description": "done"}),
            Content::Bytes => body("the bytes", BYTES, json!({"type": "string", "format": "binary"})),
            Content::Text => body("the text", CONTENT_TYPE, json!({"type": "string"})),
            Content::Json(schema) => body("the answer", "application/json", schema(&mut schemas.answered)),
        };
        if row.told.is_tagged {
            told["headers"] = json!({"ETag": {"schema": {"type": "string"}}});
        }
        all.insert(answer.status.to_string(), told);
    }
    if row.told.is_tagged {
        all.insert("304".to_owned(), json!({"description": "as it was"}));
    }
    let refused = if is_rest(row) { PROBLEM } else { PLAIN_ERROR };
    for status in ["4XX", "5XX"] {
        all.insert(status.to_owned(), json!({"$ref": refused}));
    }
    all
}

fn body(what: &str, kind: &str, schema: impl Serialize) -> Value {
    json!({"description": what, "content": {kind: {"schema": schema}}})
}
