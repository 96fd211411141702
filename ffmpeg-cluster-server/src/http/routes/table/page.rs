//! The page, signing in by a browser, and tokens.

use std::collections::BTreeMap;

use super::super::Route;
use super::super::told::{delete, get, post};
use super::{ADMIN, ANYBODY, COMMAND, NOTHING, VIEWER};
use crate::http::resources::tokens::{TokenList, TokenMade, TokenNew};
use crate::http::resources::{page, session, tokens};

pub(super) fn tokens() -> Vec<Route> {
    vec![
        get("/api/v1/tokens", ADMIN)
            .then(|c| Box::pin(tokens::all(c)))
            .asks(NOTHING)
            .gives::<TokenList>(200)
            .about("all tokens, the oldest first, with their last use; never their secrets"),
        post("/api/v1/tokens", ADMIN)
            .then(|c| Box::pin(tokens::make(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<TokenNew>()
            .gives::<TokenMade>(201)
            .about("makes a token: the line for the other machine, and a link that signs a browser in; shown once"),
        delete("/api/v1/tokens/{token}", ADMIN)
            .then(|c| Box::pin(tokens::revoke(c)))
            .asks(NOTHING)
            .gives_nothing(204)
            .about("revokes a token; its connections end"),
    ]
}

pub(super) fn rows() -> Vec<Route> {
    vec![
        get("/", ANYBODY).now(page::index).about("the page, for browsers (`Accept: text/html`)"),
        get("/ui/{digest}/{file}", ANYBODY).now(page::file).about("a file of the page"),
        get("/api/v1/session", ANYBODY)
            .then(|c| Box::pin(session::show(c)))
            .asks(NOTHING)
            .gives::<BTreeMap<String, serde_json::Value>>(200)
            .about("who the caller is, and the signed-in browsers of the same token; `{\"signed_in\":false}` for strangers"),
        post("/api/v1/session", ANYBODY)
            .then(|c| Box::pin(session::begin(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<session::Asked>()
            .gives::<BTreeMap<String, serde_json::Value>>(200)
            .about("signs a browser in by `{\"token\":…}` or `{\"code\":…}`, for longer with `\"stay\":true`"),
        delete("/api/v1/session", ANYBODY)
            .then(|c| Box::pin(session::end(c)))
            .asks(session::PARAMETERS)
            .gives::<BTreeMap<String, serde_json::Value>>(200)
            .about("signs this browser out, or with `?id=` another one of the same token"),
        post("/api/v1/session/link", VIEWER)
            .then(|c| Box::pin(session::link(c)))
            .asks(NOTHING)
            .gives::<session::Link>(201)
            .about("a code, link and QR code that sign one more browser of the caller's token in, once, within ten minutes"),
    ]
}
