//! Pages of jobs, by condition and order. Only the conditions in use stand in the statement, and with a plus they leave the choice
//! of the index to the order: sorting what another index finds would read most rows for a common state.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::columns;
use super::query::{collect, number};
use crate::store::catalog::{JobOrder, JobsFound, JobsWanted, OrderKey};

/// Conditions, and the values that they are about.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn of(wanted: &JobsWanted) -> anyhow::Result<Self> {
        let mut all = Self::default();
        let text = |text: &str| Value::Text(text.to_owned());
        if !wanted.states.is_empty() {
            let marks = vec!["?"; wanted.states.len()].join(", ");
            let states = wanted.states.iter().map(|state| text(state.as_str()));
            all.add(format!("+state IN ({marks})"), states);
        }
        all.add_for("+owner = ?", wanted.owner.as_deref().map(text));
        let pattern = wanted.name.as_deref().map(|part| Value::Text(format!("%{}%", escaped(part))));
        if let Some(pattern) = pattern {
            let sql = "(file_name LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\')";
            all.add(sql.to_owned(), [pattern.clone(), pattern]);
        }
        if let Some([key, value]) = &wanted.label {
            // A key has no quotation marks.
            let values = [format!("$.\"{key}\""), value.clone()].map(Value::Text);
            all.add("json_extract(labels, ?) = ?".to_owned(), values);
        }
        let [after, before] = [wanted.created_after, wanted.created_before]
            .map(|at| at.map(|at| i64::try_from(at.0).map(Value::Integer)).transpose());
        all.add_for("created_at_ms >= ?", after?);
        all.add_for("created_at_ms < ?", before?);
        Ok(all)
    }

    /// The rest of the list, behind the place where the page before ended.
    fn behind(mut self, wanted: &JobsWanted) -> anyhow::Result<Self> {
        let Some((key, job)) = &wanted.after else { return Ok(self) };
        let key = match key {
            OrderKey::Moment(at) => Value::Integer(i64::try_from(*at)?),
            OrderKey::Name(name) => Value::Text(name.clone()),
        };
        let Order { by, beyond, tie, .. } = order(wanted.order);
        let sql = format!("{by} {beyond}= ? AND ({by} {beyond} ? OR job_id {tie} ?)");
        self.add(sql, [key.clone(), key, Value::Text(job.to_string())]);
        Ok(self)
    }

    fn add(&mut self, sql: String, values: impl IntoIterator<Item = Value>) {
        self.sql.push(sql);
        self.values.extend(values);
    }

    fn add_for(&mut self, sql: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.add(sql.to_owned(), [value]);
        }
    }

    fn sql(&self) -> String {
        if self.sql.is_empty() { "true".to_owned() } else { self.sql.join(" AND ") }
    }
}

struct Order {
    by: &'static str,
    directions: [&'static str; 2],
    /// How a key further down compares, and a job further down with the same key.
    beyond: char,
    tie: char,
}

/// As the indexes of migration 0010 have it, read from either end.
const fn order(order: JobOrder) -> Order {
    let (time, end) = ("created_at_ms", "ifnull(completed_at_ms, 0)");
    let (falling, rising) = (["DESC", ""], ["", ""]);
    match order {
        JobOrder::NewestFirst => Order { by: time, directions: falling, beyond: '<', tie: '>' },
        JobOrder::OldestFirst => Order { by: time, directions: ["", "DESC"], beyond: '>', tie: '<' },
        JobOrder::LastEndedFirst => Order { by: end, directions: falling, beyond: '<', tie: '>' },
        JobOrder::Name => Order { by: "file_name COLLATE NOCASE", directions: rising, beyond: '>', tie: '>' },
    }
}

/// Text as a pattern that only it fits.
fn escaped(text: &str) -> String {
    let escape = |c: char| [Some('\\').filter(|_| "%_\\".contains(c)), Some(c)];
    text.chars().flat_map(escape).flatten().collect()
}

pub(super) fn jobs(db: &Connection, wanted: &JobsWanted) -> anyhow::Result<JobsFound> {
    // Page and count are of the same moment.
    let moment = db.unchecked_transaction()?;
    let fitting = Conditions::of(wanted)?;
    let count = format!("SELECT count(*) FROM jobs WHERE {}", fitting.sql());
    let total = number(&moment, &count, params_from_iter(&fitting.values))?;
    let mut page = fitting.behind(wanted)?;
    let sql = page_sql(wanted.order, &page);
    // One more than asked for tells whether there is another page.
    page.values.push(Value::Integer(i64::try_from(wanted.limit.saturating_add(1))?));
    let mut rows = collect(&moment, &sql, params_from_iter(&page.values), columns::listed)?;
    let is_last = rows.len() <= wanted.limit;
    rows.truncate(wanted.limit);
    Ok(JobsFound { rows, is_last, total })
}

fn page_sql(by: JobOrder, conditions: &Conditions) -> String {
    let Order { by, directions: [direction, of_equals], .. } = order(by);
    let (columns, fitting) = (columns::LISTED_COLUMNS, conditions.sql());
    format!(
        "SELECT {columns} FROM jobs WHERE {fitting} ORDER BY {by} {direction}, job_id {of_equals} LIMIT ?"
    )
}

/// For tests: the statement of a page.
#[cfg(test)]
pub(super) fn sql_of(wanted: &JobsWanted) -> String {
    page_sql(wanted.order, &Conditions::of(wanted).unwrap().behind(wanted).unwrap())
}
