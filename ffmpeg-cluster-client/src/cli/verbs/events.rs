//! Shows what happens on the server, as it happens. After a broken connection it goes on where it was.

use anyhow::{Context, bail};
use ffmpeg_cluster_common::text::safe;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::server::api::{Api, Trouble};
use crate::server::retries::{self, Retries};
use crate::server::watch::Watch;
use crate::terminal::progress::say;
use crate::terminal::{report, table};

/// Which events.
pub(super) struct Wanted {
    pub(super) after: Option<String>,
    pub(super) types: Option<String>,
    pub(super) job: Option<String>,
}

impl Wanted {
    fn query(&self) -> anyhow::Result<String> {
        let mut all = Vec::new();
        for (key, value) in [("after", &self.after), ("types", &self.types), ("job", &self.job)] {
            let Some(value) = value else { continue };
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-*,".contains(c);
            if value.is_empty() || !value.chars().all(is_plain) {
                bail!("--{key}: {value:?} can't be right; see `events --help`");
            }
            all.push(format!("{key}={value}"));
        }
        Ok(all.join("&"))
    }
}

pub(super) async fn run(
    api: &Api,
    mut wanted: Wanted,
    json: bool,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    wanted.query()?;
    if wanted.after.is_none() {
        // So that a connection that breaks before the first event loses nothing.
        wanted.after = api.last_event().await?;
    }
    tokio::select! {
        ended = listen(api, wanted, json) => ended,
        () = stop.cancelled() => Ok(()),
    }
}

/// Ends when nobody reads what it prints.
async fn listen(api: &Api, mut wanted: Wanted, json: bool) -> anyhow::Result<()> {
    let (mut retries, mut seen) = (Retries::default(), 0);
    loop {
        let broken = match Watch::begin(&api.server, &wanted.query()?).await {
            Ok(None) => bail!("the server is older than this client and tells no events"),
            Err(trouble) if seen == 0 => return Err(trouble.into()),
            Err(trouble) => trouble,
            Ok(Some(mut watch)) => match print(&mut watch, &mut wanted, &mut seen, json).await {
                Some(trouble) => trouble,
                None => return Ok(()),
            },
        };
        let tell = |error: &anyhow::Error| say(&format!("waiting for the server: {error:#}"));
        retries.wait(seen, retries::Stopped::from(broken), tell).await.context("events")?;
    }
}

/// Until the connection breaks. None: nobody reads any more.
async fn print(watch: &mut Watch, wanted: &mut Wanted, seen: &mut u64, json: bool) -> Option<Trouble> {
    *seen += 1;
    loop {
        let event = match watch.next().await {
            Ok(event) => event,
            Err(trouble) => return Some(trouble),
        };
        let Some(id) = event["id"].as_str() else { continue };
        wanted.after = Some(id.to_owned());
        report::line(&if json { event.to_string() } else { text(&event) });
        if report::lost_any().is_some() {
            return None;
        }
    }
}

/// `2026-11-27 14:02:11  job.state  0f5c1a2b  state=Processing`
fn text(event: &Value) -> String {
    let word = |key: &str| event[key].as_str().unwrap_or_default();
    let at = table::moment(word("at"));
    let ids = [("job_id", "job"), ("client_id", "client")].map(|(key, name)| match event[key].as_str() {
        Some(id) => format!(" {name}={}", report::short(id)),
        None => String::new(),
    });
    let data = event["data"].as_object().into_iter().flatten().map(|(key, value)| match value {
        Value::String(text) => format!(" {key}={text}"),
        other => format!(" {key}={other}"),
    });
    safe::escaped(&format!("{at}  {:<18}{}{}", word("type"), ids.concat(), data.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_a_film_is_called() {
        let event = json!({"id": "1.7", "seq": 7, "type": "job.created", "at": "2026-11-27T14:02:11.204Z",
            "job_id": "0f5c1a2b-aaaa", "client_id": null, "data": {"file_name": "a\n\u{1b}[2Jb.mkv", "required_clients": 1}});
        let told = text(&event);
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(
            told.starts_with("2026-11-27 14:02:11  job.created        job=0f5c1a2b file_name=a"),
            "{told}"
        );
        assert!(!told.contains('\u{1b}') && told.ends_with("required_clients=1"), "{told}");
    }

    #[test]
    fn what_is_asked_for_can_not_ask_for_more() {
        let wanted = |types: &str| Wanted { after: Some("1.7".into()), types: Some(types.into()), job: None };
        assert_eq!(wanted("job.*,client.gone").query().unwrap(), "after=1.7&types=job.*,client.gone");
        assert!(wanted("job.*&job=x").query().is_err());
    }
}
