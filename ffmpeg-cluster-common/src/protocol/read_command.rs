//! Reads a command from text in two steps, so that an unknown command and a wrong type each get a
//! sentence of their own.

use serde_json::{Map, Value};

use super::command::{Command, ErrorCode};
use super::reply::Reply;
use crate::ids::UploadId;

/// The commands, and the keys of each command's object.
const KEYS: [(&str, &[&str]); 15] = [
    ("ProcessLocalFile", &["file_path", "source", "framerate", "config"]),
    ("ProcessUpload", &["upload_id", "config"]),
    ("ListJobs", &[]),
    ("GetJobStatus", &["job_id"]),
    ("CancelJob", &["job_id"]),
    ("RetryJob", &["job_id"]),
    ("DeleteJob", &["job_id"]),
    ("StartJob", &["job_id"]),
    ("PauseJob", &["job_id", "now"]),
    ("ResumeJob", &["job_id"]),
    ("SetPriority", &["job_id", "priority"]),
    ("MoveJob", &["job_id", "before", "after"]),
    ("ListClients", &[]),
    ("DisconnectClient", &["client_id"]),
    ("ForgiveClient", &["client_id"]),
];

pub fn read_command(text: &str) -> Result<Command, Reply> {
    let invalid = |message: String| error(ErrorCode::InvalidRequest, message);
    let value: Value =
        serde_json::from_str(text).map_err(|e| invalid(format!("the request is not JSON: {e}")))?;
    let (name, body) = match value {
        Value::String(name) => (name, Value::Null),
        Value::Object(map) if map.len() == 1 => map.into_iter().next().unwrap_or_default(),
        _ => return Err(invalid("a request is an object with one key, the command's name".into())),
    };
    let Some((_, keys)) = KEYS.iter().find(|(known, _)| *known == name) else {
        let shown: String = name.chars().take(60).collect();
        let message = format!(
            "there is no command {shown:?}; the commands are {}",
            KEYS.map(|(known, _)| known).join(", ")
        );
        return Err(error(ErrorCode::UnknownCommand, message));
    };
    if let Some(unknown) =
        body.as_object().and_then(|body| body.keys().find(|key| !keys.contains(&key.as_str())))
    {
        let shown: String = unknown.chars().take(60).collect();
        return Err(invalid(format!("{name} has no key {shown:?}")));
    }
    // An impossible identity names nothing that exists; the request is not malformed.
    if let Some(refusal) = impossible_identity(&name, &body) {
        return Err(refusal);
    }
    let whole = Value::Object(Map::from_iter([(name.clone(), body)]));
    serde_json::from_value(whole).map_err(|e| invalid(format!("{name}: {e}")))
}

fn error(code: ErrorCode, message: String) -> Reply {
    Reply::Error { code, message }
}

fn impossible_identity(name: &str, body: &Value) -> Option<Reply> {
    let upload = body.get("upload_id")?.as_str().filter(|_| name == "ProcessUpload")?;
    let bad = upload.parse::<UploadId>().err()?;
    Some(error(ErrorCode::UploadNotFound, bad.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::command::SourceKind;
    use super::*;

    fn refused(text: &str) -> (ErrorCode, String) {
        match read_command(text) {
            Err(Reply::Error { code, message }) => (code, message),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn commands_in_both_their_forms() {
        assert_eq!(read_command("\"ListJobs\"").unwrap(), Command::ListJobs(None));
        assert_eq!(read_command("{\"ListJobs\":null}").unwrap(), Command::ListJobs(None));
        assert_eq!(
            read_command("{\"ListClients\":{}}").unwrap(),
            read_command("\"ListClients\"").map(|_| Command::ListClients(Some(Default::default()))).unwrap()
        );
        let asked = read_command(
            r#"{"ProcessLocalFile":{"file_path":"a.mkv","config":{"ffmpeg_params":["-an"],"exactly":false}}}"#,
        );
        assert!(
            matches!(asked, Ok(Command::ProcessLocalFile { file_path, config: Some(_), .. }) if file_path == "a.mkv")
        );
    }

    #[test]
    fn images_are_told_beside_the_configuration_or_in_it() {
        let asked = |rest: &str| {
            let text = format!(r#"{{"ProcessLocalFile":{{"file_path":"f_%d.png",{rest}}}}}"#);
            match read_command(&text) {
                Ok(Command::ProcessLocalFile { source, framerate, config, .. }) => {
                    let config = config.unwrap_or_default().or(source, framerate);
                    (config.source, config.framerate.map(|rate| rate.to_string()))
                }
                other => panic!("{text}: {other:?}"),
            }
        };
        let wanted = (Some(SourceKind::Sequence), Some("24".to_owned()));
        assert_eq!(asked(r#""source":"sequence","framerate":24"#), wanted);
        assert_eq!(asked(r#""config":{"source":"sequence","framerate":"24"}"#), wanted);
        let text = r#"{"ProcessLocalFile":{"file_path":"a","source":"playlist"}}"#;
        assert!(refused(text).1.contains("`file` or `sequence`"));
    }

    #[test]
    fn every_kind_of_nonsense_gets_its_own_sentence() {
        assert_eq!(refused("{").0, ErrorCode::InvalidRequest);
        assert_eq!(refused("[1]").0, ErrorCode::InvalidRequest);
        let (code, message) = refused("{\"MakeTea\":{}}");
        assert!(
            code == ErrorCode::UnknownCommand && message.contains("MakeTea") && message.contains("ListJobs")
        );
        let (code, message) = refused("{\"GetJobStatus\":{\"job\":\"x\"}}");
        assert!(code == ErrorCode::InvalidRequest && message.contains("\"job\""), "{message}");
        let (_, message) =
            refused("{\"ProcessLocalFile\":{\"file_path\":\"a\",\"config\":{\"exactly\":\"yes\"}}}");
        assert!(message.contains("boolean"), "{message}");
        assert_eq!(refused("{\"ProcessUpload\":{\"upload_id\":\"../x\"}}").0, ErrorCode::UploadNotFound);
    }
}
