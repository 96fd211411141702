//! Makes, lists and revokes tokens on the server, for admins.

use anyhow::bail;
use serde_json::{Value, json};

use super::show::print_if;
use crate::cli::arguments::TokensVerb;
use crate::server::api::{Api, refusal};
use crate::terminal::progress::say;
use crate::terminal::{fit, report, table};

const ADDRESS: &str = "/api/v1/tokens";

pub(super) async fn run(api: &Api, what: TokensVerb, as_json: bool) -> anyhow::Result<()> {
    match what {
        TokensVerb::List => list(api, as_json).await,
        TokensVerb::Add { role, name, expires } => {
            let made = api.post(ADDRESS, &json!({ "role": role, "note": name, "expires": expires })).await?;
            print_if(as_json, &made);
            if let Some(trouble) = refusal(&made) {
                bail!(trouble);
            }
            if !as_json {
                tell(&made);
            }
            Ok(())
        }
        TokensVerb::Revoke { token } => {
            // It becomes a part of an address.
            if token.is_empty() || !token.chars().all(|c| c.is_ascii_alphanumeric()) {
                bail!("{token:?} is no token's number; `tokens list` shows them");
            }
            api.bytes(api.http.delete(api.server.url(&format!("{ADDRESS}/{token}")))).await?;
            print_if(as_json, &json!({ "id": token }));
            if !as_json {
                report::line(&format!("token {token} is revoked; its connections end"));
            }
            Ok(())
        }
    }
}

async fn list(api: &Api, as_json: bool) -> anyhow::Result<()> {
    let all = api.read(ADDRESS).await?;
    print_if(as_json, &all);
    if !as_json {
        let tokens = all["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        report::line(&table::tokens(tokens, fit::of_answers()));
    }
    Ok(())
}

/// The line for the other machine alone on standard output, for `| ssh …`.
fn tell(made: &Value) {
    let word = |key: &str| made[key].as_str().unwrap_or_default();
    report::line(word("command"));
    let until = made["expires_at"].as_str().map_or_else(String::new, |at| format!(", until {at}"));
    say(&format!(
        "token {} for a {}{until}; type this line on the other machine, it is not shown again",
        word("id"),
        word("role")
    ));
    if let Some(link) = made["sign_in"].as_str() {
        say(&format!("or sign a browser in there, once, within ten minutes: {link}"));
    }
}
