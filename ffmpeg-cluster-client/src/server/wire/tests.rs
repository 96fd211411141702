//! TLS for real: a server on a socket, with the right certificate, another one, and none.

use std::sync::Arc;

use ffmpeg_cluster_common::access::role::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::sign::CertifiedKey;

use super::*;

struct Shown {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

fn made() -> Shown {
    let made = rcgen::generate_simple_self_signed(["another.example".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    Shown { certificate: made.cert.der().clone(), key }
}

fn acceptor(shown: &Shown, key: &Shown) -> TlsAcceptor {
    let signing = ring::default_provider().key_provider.load_private_key(key.key.clone_key()).unwrap();
    // Not checked against each other, as one who stole a certificate would do it.
    let certified = Arc::new(CertifiedKey::new(vec![shown.certificate.clone()], signing));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(tokio_rustls::rustls::sign::SingleCertAndKey::from(certified)));
    TlsAcceptor::from(Arc::new(config))
}

/// Answers one request, and tells what came.
async fn serve(listener: &TcpListener, acceptor: &TlsAcceptor) -> std::io::Result<String> {
    let (stream, _) = listener.accept().await?;
    let mut stream = acceptor.accept(stream).await?;
    let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
    while !head.ends_with(b"\r\n\r\n") {
        let count = stream.read(&mut buffer).await?;
        head.extend_from_slice(&buffer[..count]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi").await?;
    stream.shutdown().await?;
    Ok(String::from_utf8(head).unwrap())
}

async fn door(shown: &Shown) -> (TcpListener, Server) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let fingerprint = digest::of_bytes(&shown.certificate).parse().unwrap();
    let pass = Pass { role: Role::Worker, token: Secret::new("0a-ff"), fingerprint };
    (listener, Server { ip: "127.0.0.1".into(), port, pass: Some(pass) })
}

async fn ask(server: &Server) -> reqwest::Result<String> {
    let http = http(server, Duration::from_secs(20), Some(&Secret::new("c1.key"))).unwrap();
    http.get(server.url("/x")).send().await?.text().await
}

#[tokio::test]
async fn the_certificate_of_the_join_string_is_spoken_to_whatever_name_stands_in_it() {
    let right = made();
    let (listener, server) = door(&right).await;
    let acceptor = acceptor(&right, &right);
    let (head, answer) = tokio::join!(serve(&listener, &acceptor), ask(&server));
    assert_eq!(answer.unwrap(), "hi");
    let head = head.unwrap().to_lowercase();
    assert!(head.contains("authorization: bearer 0a-ff") && head.contains("client-key: c1.key"), "{head}");
}

#[tokio::test]
async fn another_certificate_is_told_and_hears_no_token() {
    let (right, other) = (made(), made());
    // With its own key; and the right one, shown by somebody who has not got its key.
    for (shown, key, sentence) in
        [(&other, &other, Some("not the one of the join string")), (&right, &other, None)]
    {
        let (listener, server) = door(&right).await;
        let acceptor = acceptor(shown, key);
        let (heard, answer) = tokio::join!(serve(&listener, &acceptor), ask(&server));
        assert!(heard.is_err(), "the token went to a stranger");
        let error = answer.unwrap_err();
        assert_eq!(stranger(&error).is_some(), sentence.is_some(), "{error:?}");
        let (heard, socket) = tokio::join!(serve(&listener, &acceptor), connect(&server));
        assert!(heard.is_err());
        let error = socket.err().expect("no connection");
        let told = stranger(error.as_ref());
        assert_eq!(
            told.map(|told| told.contains(sentence.unwrap_or_default())),
            sentence.map(|_| true),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn who_speaks_no_tls_is_told_as_such() {
    let right = made();
    let (listener, server) = door(&right).await;
    let answering = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
    };
    let ((), answer) = tokio::join!(answering, ask(&server));
    let error = answer.unwrap_err();
    assert!(stranger(&error).is_some_and(|told| told.contains("does not speak TLS")), "{error:?}");
}
