//! Reads the hello of an unknown client, bounded and sanitised.

use super::to_client::RefusalCode;
use super::to_server::{Hello, ToServer};
use crate::limits::PROTOCOL;
use crate::media::words::device::{DEVICES_MAX, Device, Method};
use crate::text::safe;

/// The sender is not known yet, so no larger message is trusted.
const HELLO_BYTES_MAX: usize = 16 * 1024;
/// The longest texts for people, such as a client's name.
const TEXT_CHARS_MAX: usize = 80;
/// The most encoders, and the most leases, that a client may list.
const LIST_MAX: usize = 200;
/// The most codecs that a client may list; ffmpeg 8 decodes some 500.
const CODECS_MAX: usize = 1_000;

/// Reads the first message of a session. An error has the refusal for the client.
pub fn read_hello(text: &str) -> Result<Hello, (RefusalCode, String)> {
    let bad = |what: String| (RefusalCode::BadHello, what);
    if text.len() > HELLO_BYTES_MAX {
        return Err(bad(format!("a hello has at most {HELLO_BYTES_MAX} bytes")));
    }
    let value: serde_json::Value = serde_json::from_str(text).map_err(|e| bad(format!("no JSON: {e}")))?;
    let theirs = value["hello"]["protocol"].as_u64();
    // Checked first, because the hello of another version may have another shape.
    if let Some(theirs) = theirs.filter(|theirs| *theirs != u64::from(PROTOCOL)) {
        let message = format!(
            "this server speaks protocol {PROTOCOL}, the client {theirs}; use the same release of both"
        );
        return Err((RefusalCode::ProtocolVersion, message));
    }
    match serde_json::from_value(value) {
        Ok(ToServer::Hello(hello)) => Ok(tidied(hello)),
        Ok(_) => Err(bad("the first message must be a hello".into())),
        Err(error) => Err(bad(format!("the hello was not understood: {error}"))),
    }
}

/// The platform in a hello that may be of another version. Returns None if it names none.
pub fn platform_of(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    value["hello"]["platform"].as_str().map(str::to_owned)
}

/// Bounds and sanitises all texts and lists.
fn tidied(mut hello: Hello) -> Hello {
    for text in [&mut hello.name, &mut hello.version, &mut hello.ffmpeg_version, &mut hello.platform] {
        *text = safe::stripped(text, TEXT_CHARS_MAX);
    }
    hello.encoders = tidied_list(hello.encoders);
    // ffmpeg has a codec called `acelp.kelvin`.
    hello.decodes.retain(|name| is_plain(&name.replace('.', "_")));
    hello.decodes.truncate(CODECS_MAX);
    hello.devices = tidied_devices(hello.devices);
    hello.holding.truncate(LIST_MAX);
    hello
}

/// Drops malformed names and hardware encoders, and bounds the list.
pub fn tidied_list(encoders: Vec<String>) -> Vec<String> {
    // Hardware encoders are listed with their devices.
    let soft = |name: &String| Method::of_encoder(name).is_none();
    encoders.into_iter().filter(|name| is_plain(name)).filter(soft).take(LIST_MAX).collect()
}

fn is_plain(name: &str) -> bool {
    name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// Drops devices with invalid values or repeated names, and bounds the list.
pub fn tidied_devices(devices: Vec<Device>) -> Vec<Device> {
    let mut all: Vec<Device> = Vec::new();
    for device in devices.into_iter().filter(Device::is_sane).take(DEVICES_MAX) {
        if all.iter().all(|known| known.name != device.name) {
            all.push(device);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(decodes: Option<Vec<String>>) -> Hello {
        let mut told = serde_json::json!({
            "protocol": PROTOCOL, "client_id": "c", "client_key": "", "name": "n", "version": "", "ffmpeg_version": "",
            "platform": "", "cores": 1, "memory_bytes": 0, "free_disk": 0, "encoders": [], "benchmark_secs": 1, "holding": [],
        });
        if let Some(decodes) = decodes {
            told["decodes"] = decodes.into();
        }
        read_hello(&serde_json::json!({ "hello": told }).to_string()).expect("a hello")
    }

    #[test]
    fn codecs_have_plain_names_and_are_not_too_many() {
        let told = ["h264", "acelp.kelvin", "a b", "x\n", ""].map(str::to_owned).to_vec();
        assert_eq!(hello(Some(told)).decodes, ["h264", "acelp.kelvin", ""]);
        assert_eq!(hello(Some((0..1_500).map(|n| format!("c{n}")).collect())).decodes.len(), 1_000);
    }

    #[test]
    fn an_older_client_tells_no_codecs() {
        assert_eq!(hello(None).decodes, Vec::<String>::new());
    }
}
