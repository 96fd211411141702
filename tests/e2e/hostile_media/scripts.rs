//! Text that names other files and machines, in the many languages that a player may understand.

use super::Bait;

/// Each with a name for people.
#[rustfmt::skip]
pub(super) fn all(bait: &Bait) -> Vec<(&'static str, Vec<u8>)> {
    let (file, port) = (bait.canary.display().to_string(), bait.port);
    let (http, udp) = (format!("http://127.0.0.1:{port}/film"), format!("udp://127.0.0.1:{port}"));
    let concat = |line: &str| format!("ffconcat version 1.0\n{line}\n");
    let hls = |line: &str| format!("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n{line}\n#EXT-X-ENDLIST\n");
    let segment = |url: &str| hls(&format!("#EXTINF:10.0,\n{url}"));
    let dash = |head: &str, inner: &str| format!(
        "<?xml version=\"1.0\"?>{head}<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" mediaPresentationDuration=\"PT9S\">\
         <Period><AdaptationSet contentType=\"video\" mimeType=\"video/mp4\"><Representation id=\"a\" bandwidth=\"9\" width=\"64\" \
         height=\"64\" codecs=\"avc1\">{inner}</Representation></AdaptationSet></Period></MPD>");
    let sdp = |line: &str| format!("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n{line}\na=rtpmap:96 H264/90000\n");
    let texts = vec![
        ("ffconcat, a file", concat(&format!("file '{file}'"))),
        ("ffconcat, a neighbour", concat("file 'canary.txt'")),
        ("ffconcat, a folder up", concat("file '../canary.txt'")),
        ("ffconcat, http", concat(&format!("file '{http}'"))),
        ("ffconcat, udp", concat(&format!("file '{udp}'"))),
        ("ffconcat, a part of a file", concat(&format!("file 'subfile,,start,0,end,9,,:{file}'"))),
        ("ffconcat, two files as one", concat(&format!("file 'concat:{file}|{file}'"))),
        ("ffconcat, with options", concat(&format!("file '{file}'\noption safe 0\noption f rawvideo\noption video_size 2x2"))),
        ("ffconcat, data in an address", concat("file 'data:text/plain;base64,ZmZjb25jYXQ='")),
        ("concat without its first line", format!("file '{file}'\nduration 1\n")),
        ("HLS, a file", segment(&format!("file://{file}"))),
        ("HLS, a neighbour", segment("canary.txt")),
        ("HLS, http", segment(&http)),
        ("HLS, udp", segment(&udp)),
        ("HLS, two files as one", segment(&format!("concat:{http}|{file}"))),
        ("HLS, a key from elsewhere", hls(&format!("#EXT-X-KEY:METHOD=AES-128,URI=\"{http}\"\n#EXTINF:10.0,\ncanary.txt"))),
        ("HLS, a key from a file", hls(&format!("#EXT-X-KEY:METHOD=AES-128,URI=\"file://{file}\"\n#EXTINF:10.0,\ncanary.txt"))),
        ("HLS, a beginning from a file", hls(&format!("#EXT-X-MAP:URI=\"{file}\"\n#EXTINF:10.0,\ncanary.txt"))),
        ("HLS, a list of lists", format!("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{http}\n")),
        ("HLS, sound elsewhere", format!("#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",URI=\"{http}\"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\n{http}\n")),
        ("HLS, in an old tongue", format!("#EXTM3U\n#EXTINF:10,\ngopher://127.0.0.1:{port}/x\n")),
        ("DASH, a file", dash("", &format!("<BaseURL>{file}</BaseURL>"))),
        ("DASH, http", dash("", &format!("<BaseURL>{http}</BaseURL>"))),
        ("DASH, numbered", dash("", &format!("<SegmentTemplate media=\"{http}-$Number$\" initialization=\"{http}\" duration=\"9\" startNumber=\"1\"/>"))),
        ("DASH, an entity", dash(&format!("<!DOCTYPE MPD [<!ENTITY x SYSTEM \"file://{file}\">]>"), "<BaseURL>&x;</BaseURL>")),
        ("DASH, entities without end", dash("<!DOCTYPE MPD [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;\">]>", "<BaseURL>&e;</BaseURL>")),
        ("SDP, udp", sdp(&format!("m=video {port} RTP/AVP 96"))),
        ("SDP, tcp", sdp(&format!("m=video {port} RTP/AVP/TCP 96\na=setup:active"))),
        ("RTSP in a list", format!("rtsp://127.0.0.1:{port}/film\n")),
        ("a RAM list", format!("rtsp://127.0.0.1:{port}/film.rm\n--stop--\n")),
        ("M3U", format!("{http}\n{file}\n")),
        ("PLS", format!("[playlist]\nFile1={http}\nNumberOfEntries=1\nVersion=2\n")),
        ("ASX", format!("<asx version=\"3.0\"><entry><ref href=\"{http}\"/></entry></asx>")),
        ("XSPF", format!("<?xml version=\"1.0\"?><playlist xmlns=\"http://xspf.org/ns/0/\"><trackList><track><location>{http}</location></track></trackList></playlist>")),
        ("SMIL", format!("<smil><body><video src=\"{http}\"/></body></smil>")),
        ("a cue sheet", format!("FILE \"{file}\" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n")),
        ("IMF", format!("<?xml version=\"1.0\"?><CompositionPlaylist xmlns=\"http://www.smpte-ra.org/schemas/2067-3/2016\"><Id>urn:uuid:0</Id><ContentTitle>{file}</ContentTitle></CompositionPlaylist>")),
        ("VobSub", format!("# VobSub index file, v7 (do not modify this line!)\nsize: 720x576\nid: en, index: 0\ntimestamp: 00:00:00:000, filepos: 000000000\n# {file}\n")),
        ("AviSynth", format!("DirectShowSource(\"{file}\")\n")),
        ("VapourSynth", format!("import vapoursynth as vs\nvs.core.ffms2.Source('{file}').set_output()\n")),
        ("ASS with a font", format!("[Script Info]\nScriptType: v4.00+\n[Fonts]\nfontname: {file}\n!!!!\n[Events]\nFormat: Layer, Start, End, Style, Text\nDialogue: 0,0:00:00.00,0:00:09.00,x,x\n")),
        ("SAMI", format!("<SAMI><BODY><SYNC Start=0><P><img src=\"{http}\"></SYNC></BODY></SAMI>")),
        ("SubRip", format!("1\n00:00:00,000 --> 00:00:09,000\n<img src=\"{http}\">\n")),
        ("WebVTT", format!("WEBVTT\n\nSTYLE\n@import url(\"{http}\");\n\n00:00.000 --> 00:09.000\nx\n")),
        ("ffmetadata", format!(";FFMETADATA1\ntitle={file}\n[STREAM]\n")),
        ("SVG", format!("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"><image xlink:href=\"{file}\" width=\"9\" height=\"9\"/></svg>")),
        ("a shell script", format!("#!/bin/sh\ncat {file}\n")),
    ];
    let mut all: Vec<(&str, Vec<u8>)> = texts.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    let list = segment(&format!("file://{file}")).into_bytes();
    all.push(("HLS in something like a zip", [b"PK\x03\x04\x14\0\0\0\0\0".to_vec(), list.clone()].concat()));
    all.push(("HLS behind a byte order mark", [b"\xef\xbb\xbf".to_vec(), list.clone()].concat()));
    all.push(("HLS behind a film's first bytes", [b"\0\0\0\x14ftypisom\0\0\x02\0mp41".to_vec(), list].concat()));
    all
}
