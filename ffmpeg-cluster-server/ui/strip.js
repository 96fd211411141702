// The strip: each frame of the film by the machine that made it, live, with the same told as text and as a table.

import { each, effect, h, onEnd } from "./dom.js";
import { count, hueOf, percent, say, sayMany } from "./format.js";

const HEIGHT = 44;

/** `timeline` is null until it is read; nothing is shown of a film without frames. `at` is the frame of the cursor. */
export function strip(timeline, at) {
  const canvas = paper(
    {
      "aria-label": () => summary(timeline.value),
      "aria-describedby": "strip-keys",
      onkeydown: (event) => move(event, timeline.value, at),
      onpointermove: (event) => (at.value = frameAt(event, canvas, timeline.value)),
    },
    (canvas) => draw(canvas, timeline.value, at.value),
  );
  return h(
    "section",
    { "aria-labelledby": "strip", hidden: () => !timeline.value?.frames || !timeline.value.spans.length },
    h("h2", { id: "strip" }, say("strip")),
    canvas,
    legend(timeline),
    h("p", { class: "caption", "aria-live": "polite" }, () => caption(timeline.value, at.value)),
    h("p", { class: "hint keys", id: "strip-keys" }, say("strip_keys")),
    h("details", null, h("summary", null, say("as_table")), table(timeline)),
  );
}

/** A canvas that is painted again when what it shows, its size or the scheme of colours changes. */
export function paper(props, paint) {
  const canvas = h("canvas", { class: "strip", role: "img", tabindex: 0, ...props });
  const redraw = () => paint(canvas);
  effect(redraw);
  const sized = new ResizeObserver(redraw);
  sized.observe(canvas);
  // A canvas keeps the colours that it was painted with.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", redraw);
  onEnd(() => {
    sized.disconnect();
    dark.removeEventListener("change", redraw);
  });
  return canvas;
}

/** A pen for so many lines of pixels, the width, and the colours of the style. */
export function penOf(canvas, height) {
  const width = canvas.clientWidth;
  const scale = devicePixelRatio || 1;
  [canvas.width, canvas.height] = [width * scale, height * scale];
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const style = getComputedStyle(canvas);
  return { pen, width, color: (name) => style.getPropertyValue(name).trim() };
}

export const isKept = (span) => span.outcome === "kept" || (span.ended_ms != null && !span.outcome);
export const isOpen = (span) => span.ended_ms == null;
export const stateOf = (span) => (isOpen(span) ? "now" : isKept(span) ? "kept" : "lost");

/** The kept frames of each machine that had a part of the film. */
function shares(timeline) {
  const by = new Map();
  for (const span of timeline?.spans ?? []) {
    const { name, frames } = by.get(span.client_id) ?? { name: span.client, frames: 0 };
    by.set(span.client_id, { name, frames: frames + (isKept(span) ? span.end - span.start : 0) });
  }
  return [...by].map(([id, { name, frames }]) => ({ id, frames, said: say("strip_by", { name, n: count(frames) }) }));
}

function legend(timeline) {
  const dot = (id) => h("span", { class: `dot hue${hueOf(id)}`, "aria-hidden": true });
  const row = (one) => h("li", null, dot(one.value.id), () => one.value.said);
  return each(h("ul", { class: "legend" }), () => shares(timeline.value), (one) => one.id, row);
}

function summary(timeline) {
  if (!timeline?.frames) return say("strip_nothing");
  const by = shares(timeline).filter((one) => one.frames > 0);
  const done = by.reduce((sum, one) => sum + one.frames, 0);
  const told = by.map((one) => one.said).join(", ");
  const retries = timeline.spans.filter((span) => span.attempt > 1).length;
  const again = retries ? sayMany("strip_retries", retries) : "";
  return say("strip_done", { percent: percent((100 * done) / timeline.frames), by: (told || say("strip_nothing")) + again });
}

function draw(canvas, timeline, at) {
  if (!timeline?.frames || !canvas.clientWidth) return;
  const { pen, width, color } = penOf(canvas, HEIGHT);
  pen.fillStyle = color("--todo");
  pen.fillRect(0, 0, width, HEIGHT);
  const x = (frame) => (frame / timeline.frames) * width;
  const kinds = ["lost", "now", "kept"];
  const spans = [...timeline.spans].sort((a, b) => kinds.indexOf(stateOf(a)) - kinds.indexOf(stateOf(b)));
  for (const span of spans) drawSpan(pen, { span, left: x(span.start), right: x(span.end), color });
  pen.fillStyle = color("--text");
  for (const seam of timeline.seams ?? []) pen.fillRect(x(seam), 0, 1, HEIGHT);
  pen.fillRect(x(at) - 1, 0, 2, HEIGHT);
}

/** A state has its shape, beside the colour: full, low, or hatched. */
function drawSpan(pen, { span, left, right, color }) {
  const wide = Math.max(1, right - left);
  const state = stateOf(span);
  pen.fillStyle = state === "lost" ? color("--lost") : color(`--hue${hueOf(span.client_id)}`);
  if (state === "kept") pen.fillRect(left, 0, wide, HEIGHT);
  else if (state === "now") pen.fillRect(left, HEIGHT / 2, wide, HEIGHT / 2);
  else pen.fillRect(left, HEIGHT - 6, wide, 6);
  if (span.attempt > 1) hatch(pen, { left, top: 0, wide, high: HEIGHT }, color("--ground"));
}

export function hatch(pen, { left, top, wide, high }, color) {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, wide, high);
  pen.clip();
  pen.strokeStyle = color;
  pen.lineWidth = 2;
  for (let x = left - high; x < left + wide; x += 8) {
    pen.beginPath();
    pen.moveTo(x, top + high);
    pen.lineTo(x + high, top);
    pen.stroke();
  }
  pen.restore();
}

function frameAt(event, canvas, timeline) {
  const share = event.offsetX / Math.max(1, canvas.clientWidth);
  return Math.max(0, Math.min((timeline?.frames ?? 1) - 1, Math.floor(share * (timeline?.frames ?? 1))));
}

function move(event, timeline, at) {
  if (!timeline?.frames) return;
  const step = Math.max(1, Math.round(timeline.frames / 200));
  const after = (all) => all.filter((frame) => frame > at.value).sort((a, b) => a - b)[0] ?? at.value;
  const retries = timeline.spans.filter((span) => span.attempt > 1).map((span) => span.start);
  const goals = {
    ArrowLeft: () => at.value - step,
    ArrowRight: () => at.value + step,
    Home: () => 0,
    End: () => timeline.frames - 1,
    s: () => after(timeline.seams ?? []),
    r: () => after(retries),
  };
  if (!goals[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  at.value = Math.max(0, Math.min(timeline.frames - 1, goals[event.key]()));
}

function caption(timeline, frame) {
  if (!timeline?.frames) return "";
  const here = timeline.spans.filter((span) => span.start <= frame && frame < span.end);
  const span = here.find(isKept) ?? here.find(isOpen) ?? here.at(-1);
  const parts = [say("strip_at", { n: count(frame) })];
  if (!span) return [...parts, say("strip_todo")].join(" · ");
  parts.push(span.client, say(`span_${stateOf(span)}`));
  if (span.attempt > 1) parts.push(say("strip_attempt", { n: span.attempt }));
  return parts.join(" · ");
}

function table(timeline) {
  const head = h("tr", null, ["t_frames", "t_client", "t_attempt", "t_state"].map((name) => h("th", { scope: "col" }, say(name))));
  const row = (span) =>
    h("tr", null, h("td", null, () => `${count(span.value.start)}–${count(span.value.end - 1)}`), h("td", null, () => span.value.client), h("td", null, () => String(span.value.attempt)), h("td", null, () => say(`span_${stateOf(span.value)}`)));
  const body = each(h("tbody", null), () => timeline.value?.spans ?? [], (span) => `${span.start}/${span.client_id}/${span.leased_ms}`, row);
  return h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": say("as_table") }, h("table", null, h("thead", null, head), body));
}
