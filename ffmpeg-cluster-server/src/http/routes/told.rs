//! How a row is written, and what it says of itself to the documentation.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use warp::http::Method;

use super::{Asker, Route};
use crate::http::query::{Kind, Parameter};

pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Content {
    Nothing,
    Bytes,
    /// Lines for Prometheus.
    Text,
    Json(SchemaOf),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) parameter: Parameter,
    pub(crate) is_required: bool,
}

/// One of the good answers of a row. All rows have problems for the others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content: Content,
}

#[derive(Debug, Default)]
pub(crate) struct Told {
    /// One line, also for docs/protocol.md.
    pub(crate) about: &'static str,
    pub(crate) wants: Option<Content>,
    pub(crate) headers: Vec<Header>,
    pub(crate) answers: Vec<Answer>,
    /// Has an ETag, and answers 304 to who has the same.
    pub(crate) is_tagged: bool,
}

impl Route {
    pub(super) fn about(mut self, about: &'static str) -> Self {
        self.told.about = about;
        self
    }

    pub(super) fn gives<T: JsonSchema>(self, status: u16) -> Self {
        self.answers_with(status, Content::Json(|generator| generator.subschema_for::<T>()))
    }

    pub(super) fn gives_bytes(self, status: u16) -> Self {
        self.answers_with(status, Content::Bytes)
    }

    pub(super) fn gives_text(self, status: u16) -> Self {
        self.answers_with(status, Content::Text)
    }

    pub(super) fn gives_nothing(self, status: u16) -> Self {
        self.answers_with(status, Content::Nothing)
    }

    fn answers_with(mut self, status: u16, content: Content) -> Self {
        self.told.answers.push(Answer { status, content });
        self
    }

    pub(super) fn tagged(mut self) -> Self {
        self.told.is_tagged = true;
        self
    }

    pub(super) fn wants<T: JsonSchema>(mut self) -> Self {
        self.told.wants = Some(Content::Json(|generator| generator.subschema_for::<T>()));
        self
    }

    pub(super) fn wants_bytes(mut self) -> Self {
        self.told.wants = Some(Content::Bytes);
        self
    }

    pub(super) fn needs(self, name: &'static str, kind: Kind, about: &'static str) -> Self {
        self.with(Header { parameter: Parameter { name, kind, about }, is_required: true })
    }

    pub(super) fn may_have(self, name: &'static str, kind: Kind, about: &'static str) -> Self {
        self.with(Header { parameter: Parameter { name, kind, about }, is_required: false })
    }

    fn with(mut self, header: Header) -> Self {
        self.told.headers.push(header);
        self
    }
}

pub(super) fn get(path: &'static str, who: Asker) -> Route {
    Route::new(Method::GET, path, who)
}

pub(super) fn head(path: &'static str, who: Asker) -> Route {
    Route::new(Method::HEAD, path, who)
}

pub(super) fn post(path: &'static str, who: Asker) -> Route {
    Route::new(Method::POST, path, who)
}

pub(super) fn put(path: &'static str, who: Asker) -> Route {
    Route::new(Method::PUT, path, who)
}

pub(super) fn patch(path: &'static str, who: Asker) -> Route {
    Route::new(Method::PATCH, path, who)
}

pub(super) fn delete(path: &'static str, who: Asker) -> Route {
    Route::new(Method::DELETE, path, who)
}

pub(super) fn options(path: &'static str, who: Asker) -> Route {
    Route::new(Method::OPTIONS, path, who)
}
