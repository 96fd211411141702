//! Signatures of Standard Webhooks 1.0: HMAC-SHA256 of the message's number, its moment and its body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ffmpeg_cluster_common::access::secret::Secret;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

const PREFIX: &str = "whsec_";
const SECRET_BYTES: usize = 32;

pub(in crate::http) fn new_secret() -> anyhow::Result<Secret> {
    let mut bytes = [0; SECRET_BYTES];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| anyhow::anyhow!("the system gives no random bytes"))?;
    Ok(Secret::new(format!("{PREFIX}{}", STANDARD.encode(bytes))))
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) id: &'a str,
    /// Seconds of Unix time.
    pub(super) timestamp: u64,
    pub(super) body: &'a str,
}

/// The value of the header: a signature by each secret, so that a receiver may know either.
pub(super) fn header<'a>(signed: Signed<'_>, secrets: impl Iterator<Item = &'a str>) -> String {
    let Signed { id, timestamp, body } = signed;
    let text = format!("{id}.{timestamp}.{body}");
    let sign = |secret: &str| {
        let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), text.as_bytes());
        Some(format!("v1,{}", STANDARD.encode(tag)))
    };
    secrets.filter_map(sign).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the specification's own tests.
    const KNOWN: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNED: Signed<'static> = Signed {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: 1_614_265_330,
        body: r#"{"test": 2432232314}"#,
    };

    #[test]
    fn the_known_message_has_the_known_signature() {
        let known = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(header(SIGNED, [KNOWN].into_iter()), known);
        for other in [
            Signed { id: "msg_2", ..SIGNED },
            Signed { timestamp: SIGNED.timestamp + 1, ..SIGNED },
            Signed { body: "{}", ..SIGNED },
        ] {
            assert_ne!(header(other, [KNOWN].into_iter()), known, "{other:?}");
        }
    }

    #[test]
    fn both_secrets_of_a_rotation_sign() {
        let fresh = new_secret().unwrap();
        let both = header(SIGNED, [fresh.reveal(), KNOWN].into_iter());
        let (one, two) = both.split_once(' ').unwrap();
        assert_ne!(one, two);
        assert_eq!([one, two].map(|part| part.starts_with("v1,")), [true; 2]);
        assert_ne!(new_secret().unwrap(), fresh);
    }
}
