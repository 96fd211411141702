//! Writes one line for each event, whatever text from strangers the event contains.

use std::io::{self, IsTerminal, Write};

use tracing::Subscriber;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

use crate::text::safe;

/// The HTTP libraries log every connection that a peer closes as an error.
pub(crate) const QUIET: &str = "warp=off,hyper=off";

/// Logs to standard error, as long as the process runs.
/// `RUST_LOG` overrides the filter `usual`, such as with `info,ffmpeg_cluster_server=debug`.
/// `colours`: as a person has asked; None where nobody has.
pub fn start(json: bool, usual: &str, colours: Option<bool>) {
    let filter = filter(std::env::var("RUST_LOG").ok().as_deref(), usual);
    if json {
        as_json(filter, io::stderr).init();
    } else {
        as_text(filter, colours.unwrap_or_else(is_coloured), io::stderr).init();
    }
}

/// Colours need a terminal that shows them and a user who has not refused them (no-color.org), or one who insists.
fn is_coloured() -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let wanted = set("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let able = io::stderr().is_terminal() && set("TERM").is_none_or(|term| term != "dumb");
    set("NO_COLOR").is_none() && (wanted || able)
}

/// A text that can't be read as a filter counts as none.
fn filter(wanted: Option<&str>, usual: &str) -> Targets {
    let wanted = wanted.and_then(|wanted| wanted.parse().ok());
    wanted.or_else(|| format!("{usual},{QUIET}").parse().ok()).unwrap_or_default()
}

type Lines = Box<dyn Subscriber + Send + Sync>;

fn as_text<W: for<'a> MakeWriter<'a> + Send + Sync + 'static>(
    filter: Targets,
    colours: bool,
    to: W,
) -> Lines {
    let fields = debug_fn(|line, field, value| {
        let value = safe::escaped(&format!("{value:?}"));
        match field.name() {
            "message" => write!(line, "{value}"),
            name => write!(line, "{name}={value}"),
        }
    });
    let log = fmt::layer().with_target(false).with_ansi(colours);
    Box::new(registry().with(log.with_writer(to).fmt_fields(fields.delimited(" "))).with(filter))
}

fn as_json<W: Fn() -> O + Send + Sync + 'static, O: Write>(filter: Targets, to: W) -> Lines {
    let log = fmt::layer().with_target(false).json();
    Box::new(registry().with(log.with_writer(move || Escaped(to()))).with(filter))
}

/// Each write is one event with a line break.
/// JSON has no character outside its strings that this escapes.
struct Escaped<W>(W);

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = safe::escaped_json(text.strip_suffix('\n').unwrap_or(&text));
        self.0.write_all(format!("{line}\n").as_bytes())?;
        Ok(event.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A film's name, a client's, an encoder's last words and an error, as strangers would have
    /// them.
    fn lines(of: impl Fn(Kept) -> Lines) -> Vec<String> {
        let kept = Kept::default();
        let evil = "a\n2026-01-01T00:00:00Z  INFO admin\u{1b}[2J\u{9b}\u{202e}\u{2028}x";
        tracing::subscriber::with_default(of(kept.clone()), || {
            let span = tracing::info_span!("job", name = %evil);
            let _inside = span.enter();
            tracing::info!(file = evil, client = %evil, "job accepted");
            tracing::warn!("ffmpeg: {evil}");
            tracing::error!("{:#}", io::Error::other(evil));
            tracing::error!(error = &io::Error::other(evil) as &dyn std::error::Error, "failed");
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(text.ends_with('\n'));
        assert!(text.chars().all(|c| c == '\n' || !crate::text::safe::is_treacherous(c)), "{text:?}");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn one_event_is_one_line_of_text() {
        let filter = || filter(None, "info");
        let text = lines(|kept| as_text(filter(), false, move || kept.clone()));
        assert_eq!(text.len(), 4, "{text:#?}");
        assert!(text[0].contains("job accepted file=") && text[0].contains("client=a\\n2026"), "{text:#?}");
    }

    #[test]
    fn one_event_is_one_line_of_json_that_says_the_same() {
        let filter = || filter(None, "info");
        let json = lines(|kept| as_json(filter(), move || kept.clone()));
        assert_eq!(json.len(), 4, "{json:#?}");
        let first: serde_json::Value = serde_json::from_str(&json[0]).unwrap();
        let file = first["fields"]["file"].as_str().unwrap();
        assert!(file.starts_with("a\n2026") && file.ends_with("\u{2028}x"), "{first}");
    }

    #[test]
    fn a_wish_for_more_or_less_is_taken_by_parts_of_the_program() {
        let lets = |wanted, target, level| filter(wanted, "info").would_enable(target, &level);
        let (server, info, debug) =
            ("ffmpeg_cluster_server::core", tracing::Level::INFO, tracing::Level::DEBUG);
        assert!(lets(None, server, info) && !lets(None, server, debug) && !lets(None, "hyper::proto", info));
        let more = Some("warn,ffmpeg_cluster_server=debug");
        assert!(lets(more, server, debug) && !lets(more, "ffmpeg_cluster_client", info));
        assert!(
            lets(Some("ffmpeg=loud"), server, info) && !lets(Some("ffmpeg=loud"), server, debug),
            "what no filter is"
        );
    }
}
