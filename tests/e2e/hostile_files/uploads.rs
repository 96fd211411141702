//! The words of tus as nobody should say them.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::place::{Place, assert_refused};

type Headers<'a> = &'a [(&'a str, &'a str)];

pub async fn send(place: &Place, method: &str, path: &str, headers: Headers<'_>, body: &[u8]) -> Response {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = place.http.request(method, place.ask.url(path)).header("tus-resumable", "1.0.0");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.to_vec()).send().await.unwrap()
}

async fn said(answer: Response) -> (u16, Value) {
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

/// The path of a new upload.
pub async fn announced(place: &Place, bytes: u64, metadata: &str) -> String {
    let length = bytes.to_string();
    let headers = [("upload-length", length.as_str()), ("upload-metadata", metadata)];
    let answer = send(place, "POST", "/api/v1/uploads", &headers, b"").await;
    assert_eq!(answer.status(), 201);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_announcement_that_makes_no_sense_is_refused() {
    let place = Place::start(&["--upload-max", "1M"]);
    let bomb = vec!["filename ZmlsbS5tb3Y="; 400].join(",");
    let cases: &[(&str, Headers<'_>, (&str, u16))] = &[
        ("no length", &[], ("INVALID_REQUEST", 400)),
        ("2^63", &[("upload-length", "9223372036854775808")], ("INVALID_REQUEST", 400)),
        ("2^64", &[("upload-length", "18446744073709551616")], ("INVALID_REQUEST", 400)),
        ("negative", &[("upload-length", "-1")], ("INVALID_REQUEST", 400)),
        ("hex", &[("upload-length", "0x10")], ("INVALID_REQUEST", 400)),
        ("with a sign", &[("upload-length", "+10")], ("INVALID_REQUEST", 400)),
        ("a fraction", &[("upload-length", "1e3")], ("INVALID_REQUEST", 400)),
        ("words", &[("upload-length", "ten")], ("INVALID_REQUEST", 400)),
        ("too much", &[("upload-length", "1048577")], ("TOO_LARGE", 413)),
        ("ten gigabytes", &[("upload-length", "10737418240")], ("TOO_LARGE", 413)),
        ("2^63 - 1", &[("upload-length", "9223372036854775807")], ("TOO_LARGE", 413)),
        ("a bomb", &[("upload-length", "10"), ("upload-metadata", &bomb)], ("INVALID_REQUEST", 400)),
    ];
    for (what, headers, wanted) in cases {
        let answer = send(&place, "POST", "/api/v1/uploads", headers, b"").await;
        assert_refused(&said(answer).await, *wanted, what);
    }
    for method in ["HEAD", "PATCH", "DELETE"] {
        for id in ["..", "%2e%2e%2faudit.log", "none", "a%00b", "'%20OR%20''='"] {
            let headers = [("upload-offset", "0"), ("content-type", "application/offset+octet-stream")];
            let answer = send(&place, method, &format!("/api/v1/uploads/{id}"), &headers, b"x").await;
            assert!(answer.status().is_client_error(), "{method} {id}: {}", answer.status());
        }
    }
    place.assert_untouched().await;
}

#[tokio::test]
async fn bytes_that_were_not_announced_are_not_taken() {
    let place = Place::start(&[]);
    let path = announced(&place, 10, "filename Li4vLi4vZXZpbBtbMko=").await;
    let chunk = ("content-type", "application/offset+octet-stream");
    let cases: &[(&str, Headers<'_>, &[u8], u16)] = &[
        ("more than was announced", &[chunk, ("upload-offset", "0")], b"0123456789X", 413),
        ("elsewhere", &[chunk, ("upload-offset", "5")], b"56789", 409),
        ("far away", &[chunk, ("upload-offset", "9223372036854775807")], b"x", 409),
        ("at a negative place", &[chunk, ("upload-offset", "-1")], b"x", 400),
        ("at no place", &[chunk], b"x", 400),
        ("of another type", &[("content-type", "text/plain"), ("upload-offset", "0")], b"x", 415),
        ("with a strange sum", &[chunk, ("upload-offset", "0"), ("upload-checksum", "md5 AAAA")], b"x", 400),
        ("with a wrong sum", &[chunk, ("upload-offset", "0"), ("upload-checksum", "sha1 AAAA")], b"x", 460),
    ];
    for (what, headers, body, status) in cases {
        assert_eq!(send(&place, "PATCH", &path, headers, body).await.status(), *status, "{what}");
    }
    let id = path.rsplit('/').next().unwrap();
    let (_, reply) = place.ask.raw(&json!({"ProcessUpload": {"upload_id": id}}).to_string()).await;
    assert_eq!(reply["Error"]["code"], "UPLOAD_INCOMPLETE", "{reply}");
    assert_eq!(send(&place, "DELETE", &path, &[], b"").await.status(), 204);
    place.assert_untouched().await;
}
