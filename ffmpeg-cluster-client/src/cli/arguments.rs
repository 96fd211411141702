//! What some verbs take.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use ffmpeg_cluster_common::access::role::Role;

use super::job::{Label, label};

/// Which jobs a list has.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct JobsWanted {
    /// Only jobs of these states, with commas between them, such as Queued,Processing.
    #[arg(long, value_name = "STATES")]
    pub(crate) state: Option<String>,
    /// Only jobs whose film or title has this text in its name.
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only jobs with this label.
    #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
    pub(crate) label: Option<Label>,
    /// So many at most [default: all].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: Option<u32>,
}

impl JobsWanted {
    pub(crate) fn is_all(&self) -> bool {
        let Self { state, search, label, limit } = self;
        state.is_none() && search.is_none() && label.is_none() && limit.is_none()
    }
}

/// What becomes of the links of a job.
#[derive(Debug, Clone, Args)]
pub(crate) struct LinkWanted {
    pub(crate) job: String,
    /// How long the link works.
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=8784))]
    pub(crate) hours: u32,
    /// List the links of the job that work, without their codes.
    #[arg(long, conflicts_with_all = ["hours", "end"])]
    pub(crate) list: bool,
    /// End the link of this name, as --list shows it.
    #[arg(long, value_name = "LINK", conflicts_with = "hours")]
    pub(crate) end: Option<String>,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum TokensVerb {
    /// List all tokens, the oldest first; never their secrets.
    List,
    /// Make a token, and print the line to type on the other machine; it is shown once.
    Add {
        /// A worker encodes; a viewer sees everything and changes nothing; a submitter submits films and fetches its own results; an
        /// admin does all that people may do.
        #[arg(value_name = "worker|viewer|submitter|admin", value_parser = PossibleValuesParser::new(Role::ALL.map(Role::as_str)))]
        role: String,
        /// A note about its use, which `tokens list` shows.
        #[arg(long = "name", id = "note", value_name = "NAME", default_value = "")]
        name: String,
        /// How long it lets somebody in, such as 12h, 90d or 4w, or until when, such as 2027-01-31 [default: for ever].
        #[arg(long, value_name = "STRETCH|MOMENT")]
        expires: Option<String>,
    },
    /// Revoke a token: its connections end, and it is refused from then on.
    Revoke {
        /// Its number, as `tokens list` shows it.
        #[arg(value_name = "NUMBER")]
        token: String,
    },
}
