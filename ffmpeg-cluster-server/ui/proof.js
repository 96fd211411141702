// The proof of a result, as the server reported it.

import { h } from "./dom.js";
import { bytes, count, decimal, length, say } from "./format.js";

export function proof(report) {
  return h(
    "section",
    { class: "box", "aria-labelledby": "proof" },
    h("h2", { id: "proof" }, say("proof")),
    h("dl", null, facts(report).map(([name, value]) => h("div", null, h("dt", null, say(name)), h("dd", null, value)))),
    sentences("warnings", report.warnings),
    sentences("damage", report.damage),
    sentences("kept", report.streams_kept),
    sentences("dropped_streams", report.streams_dropped),
    h("details", null, h("summary", null, say("report")), h("pre", { tabindex: 0 }, JSON.stringify(report, null, 2))),
  );
}

function facts(report) {
  const wanted = report.frames_wanted || report.frames_source;
  const frames = say("proof_frames_said", { result: count(report.frames_result), wanted: count(wanted) });
  const all = [
    [report.counts_packets ? "proof_packets" : "proof_frames", report.frames_result === wanted ? `✓ ${frames}` : `✗ ${frames}`],
    ["proof_time", say("proof_time_said", { n: decimal(report.time_error_max_ms), allowed: decimal(report.time_error_allowed_ms) })],
    ["proof_seams", count(report.seams_decoded)],
    ["proof_twice", count(report.pieces_decoded_twice)],
    ["proof_size", bytes(report.result_bytes)],
    ["proof_took", say("proof_took_said", { time: length(report.wall_ms / 1000), fps: decimal(report.fps) })],
    ["proof_sha", h("code", null, report.result_sha256)],
  ];
  if (report.encoded_by?.length) all.push(["proof_by", h("ul", null, report.encoded_by.map((one) => h("li", null, client(one))))]);
  return all;
}

function client(one) {
  const said = say("by_client", { name: one.name || one.client_id, frames: count(one.frames), fps: decimal(one.fps) });
  return one.sound ? say("and_sound", { said }) : said;
}

function sentences(name, lines) {
  if (!lines?.length) return null;
  return [h("h3", null, say(name)), h("ul", { class: name }, lines.map((line) => h("li", { class: "words" }, line)))];
}
