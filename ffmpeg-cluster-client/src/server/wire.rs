//! The one place that makes HTTP clients and connections.
//!
//! The client talks plain HTTP to a server on this machine if our own user or root runs that server ([`here`]).
//! It talks TLS to a joined server, with the join string's token, and only if the server shows the join string's
//! certificate.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::access::invite::Fingerprint;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::protocol::transfer::CLIENT_KEY;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{self, WebPkiSupportedAlgorithms, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};

use self::here::OwnerCheck;
use crate::server::address::{Pass, Server};

mod here;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// `patience` is how long an answer may pause; `key` holds identity and key of an encoding client.
pub(crate) fn http(
    server: &Server,
    patience: Duration,
    key: Option<&Secret>,
) -> anyhow::Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .no_proxy()
        // Our server never redirects; a token that follows a redirect would leak.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_WITHIN)
        .read_timeout(patience)
        .user_agent(concat!("ffmpeg-cluster-client/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers(server, key)?);
    let builder = match &server.pass {
        Some(pass) => builder.use_preconfigured_tls(tls(pass)?).https_only(true),
        None => {
            let here = OwnerCheck::new(server.port);
            builder.dns_resolver(Arc::new(here.clone())).connector_layer(here)
        }
    };
    builder.build().context("preparing HTTP")
}

fn headers(server: &Server, key: Option<&Secret>) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    if let Some(pass) = &server.pass {
        headers.insert(AUTHORIZATION, authorization(pass)?);
    }
    if let Some(key) = key {
        headers.insert(CLIENT_KEY, hidden(key.reveal())?);
    }
    Ok(headers)
}

pub(crate) fn authorization(pass: &Pass) -> anyhow::Result<HeaderValue> {
    hidden(&format!("Bearer {}", pass.token.reveal()))
}

/// A value that libraries do not log.
fn hidden(text: &str) -> anyhow::Result<HeaderValue> {
    let mut value =
        HeaderValue::try_from(text).ok().context("the secret has a character that HTTP headers forbid")?;
    value.set_sensitive(true);
    Ok(value)
}

/// TCP, or TLS over it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub(crate) async fn connect(server: &Server) -> anyhow::Result<Box<dyn Stream>> {
    let Some(pass) = &server.pass else {
        return Ok(Box::new(prompt(OwnerCheck::new(server.port).connect(&server.ip).await?)?));
    };
    let stream = prompt(TcpStream::connect((server.ip.as_str(), server.port)).await?)?;
    let name =
        ServerName::try_from(server.ip.clone()).context("the server's name can't stand in a certificate")?;
    Ok(Box::new(TlsConnector::from(Arc::new(tls(pass)?)).connect(name, stream).await?))
}

/// Sends small messages at once, because the other side waits for them.
fn prompt(stream: TcpStream) -> std::io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn tls(pass: &Pass) -> anyhow::Result<ClientConfig> {
    let provider = ring::default_provider();
    let pinned = Pinned {
        fingerprint: pass.fingerprint.clone(),
        algorithms: provider.signature_verification_algorithms,
    };
    let config =
        ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions();
    let config = config.context("choosing versions of TLS")?;
    Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(pinned)).with_no_client_auth())
}

/// Accepts the certificate of the join string and no other. Issuer, name and dates do not matter.
/// As always in TLS, the other side must prove that it has the key.
#[derive(Debug)]
struct Pinned {
    fingerprint: Fingerprint,
    algorithms: WebPkiSupportedAlgorithms,
}

type Verified = Result<HandshakeSignatureValid, tokio_rustls::rustls::Error>;

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, tokio_rustls::rustls::Error> {
        if digest::of_bytes(end_entity) == self.fingerprint.as_str() {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        m: &[u8],
        c: &CertificateDer<'_>,
        d: &DigitallySignedStruct,
    ) -> Verified {
        crypto::verify_tls12_signature(m, c, d, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        m: &[u8],
        c: &CertificateDer<'_>,
        d: &DigitallySignedStruct,
    ) -> Verified {
        crypto::verify_tls13_signature(m, c, d, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A sentence for people if TLS or the owner of the socket shows that the server is not ours.
pub(crate) fn stranger(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut next = Some(error);
    while let Some(cause) = next {
        let text = cause.to_string();
        if text.contains("ApplicationVerificationFailure") {
            return Some(
                "the server there is not the one of the join string: it has another certificate. If somebody set it up again, get a new line from `ffmpeg-cluster-server token add` there; if not, somebody may be intercepting the connection",
            );
        }
        if text.contains(here::ANOTHER_USERS) {
            return Some(
                "another user of this machine, neither this user nor root, listens there; nothing was sent. \
                 If that is the right server, join it: `ffmpeg-cluster-server token add` there prints the line to type here",
            );
        }
        if text.contains("InvalidContentType") {
            return Some(
                "the program that answers there does not speak TLS, which every joined server does; is the address right?",
            );
        }
        next = cause.source();
    }
    None
}

#[cfg(test)]
mod tests;
