//! The codes of errors, with frozen names.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    InvalidRequest,
    UnknownCommand,
    InvalidParameters,
    UnknownEncoder,
    UnknownContainer,
    InvalidName,
    FileNotFound,
    NotAFile,
    NotAllowed,
    /// The token is missing or unknown.
    Unauthorized,
    /// Connections from other machines must use TLS.
    TlsRequired,
    NotAFilm,
    /// The film exceeds a bound, which the message names.
    OverBound,
    JobNotFound,
    JobFinished,
    /// The job has not ended.
    JobOpen,
    ClientNotFound,
    UploadNotFound,
    WebhookNotFound,
    DeliveryNotFound,
    /// The film has fewer frames.
    FrameNotFound,
    /// It is not there yet: the frame list, or the result.
    NotReady,
    /// The source was deleted, or is another file now.
    SourceGone,
    UploadIncomplete,
    TooLarge,
    Busy,
    DiskFull,
    /// The request exceeds the quota of one submitter or of all together.
    QuotaExceeded,
    /// A job still reads the upload.
    UploadInUse,
    /// The server's retention settings removed the result.
    ResultRemoved,
    /// The key of this request belongs to a request with another body.
    KeyReused,
    /// A request with this key is still being carried out.
    KeyInUse,
    /// It has changed since the caller read it.
    Changed,
    TokenNotFound,
    /// A link to a stream that has expired, was ended, or never was.
    LinkNotFound,
    PresetNotFound,
    /// A preset of the program itself, which nobody changes.
    PresetBuiltIn,
    Internal,
}
