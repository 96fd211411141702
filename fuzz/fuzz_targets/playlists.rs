#![no_main]

#[path = "../../ffmpeg-cluster-common/tests/outside/decoders.rs"]
#[allow(dead_code)]
mod decoders;

libfuzzer_sys::fuzz_target!(|data: &[u8]| decoders::playlists(data));
