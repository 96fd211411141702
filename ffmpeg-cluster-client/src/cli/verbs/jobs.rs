//! Lists the jobs that fit.

use anyhow::Context;
use ffmpeg_cluster_common::protocol::reply::JobLine;
use reqwest::Url;
use serde_json::Value;

use super::show::print_if;
use crate::cli::arguments::JobsWanted;
use crate::server::api::Api;
use crate::terminal::{fit, report, table};

/// Lines of one page.
const PAGE: u32 = 1000;

/// For programs it is the answer of the server, with the items of all pages.
pub(super) async fn run(api: &Api, wanted: &JobsWanted, json: bool) -> anyhow::Result<()> {
    let most = wanted.limit.unwrap_or(u32::MAX) as usize;
    let mut items: Vec<Value> = Vec::new();
    let mut cursor = None;
    let mut answer = loop {
        let left = u32::try_from(most - items.len()).unwrap_or(PAGE).min(PAGE);
        let mut page = api.read(&address(wanted, left, cursor.as_deref())?).await?;
        items.extend(page["items"].as_array_mut().map(std::mem::take).unwrap_or_default());
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() || items.len() >= most {
            break page;
        }
    };
    answer["items"] = Value::Array(items);
    print_if(json, &answer);
    if !json {
        let lines: Vec<JobLine> =
            serde_json::from_value(answer["items"].take()).context("reading the list of jobs")?;
        report::line(&table::jobs(&lines, fit::of_answers()));
    }
    Ok(())
}

fn address(wanted: &JobsWanted, limit: u32, cursor: Option<&str>) -> anyhow::Result<String> {
    let mut address = Url::parse("http://server/api/v1/jobs").context("the address of the list")?;
    let label = wanted.label.as_ref().map(|label| format!("{}:{}", label.key, label.value));
    let all = [
        ("state", wanted.state.as_deref()),
        ("q", wanted.search.as_deref()),
        ("label", label.as_deref()),
        ("cursor", cursor),
    ];
    let given = all.into_iter().filter_map(|(key, value)| value.map(|value| (key, value)));
    address.query_pairs_mut().extend_pairs(given).append_pair("limit", &limit.to_string());
    Ok(format!("{}?{}", address.path(), address.query().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::job::Label;

    #[test]
    fn words_of_people_are_values_and_nothing_else() {
        let label = Some(Label { key: "show".into(), value: "a&b".into() });
        let wanted = JobsWanted { search: Some("x=1&limit=9".into()), label, ..JobsWanted::default() };
        let told = address(&wanted, 7, None).unwrap();
        assert_eq!(told, "/api/v1/jobs?q=x%3D1%26limit%3D9&label=show%3Aa%26b&limit=7");
    }
}
