// Source and result of a film, frame by frame: side by side with a split, as a flicker, or as their difference.

import { framePath, isStream, mayChange, picture, stripPath } from "./api.js";
import { derive, effect, h, onEnd, signal } from "./dom.js";
import { count, say } from "./format.js";
import { button } from "./parts.js";

const WIDTH = 1280;
const THUMBS = 12;
/** Pictures that are kept, so that going back costs nothing. */
const KEPT_MAX = 24;
/** A key that is held down asks for no frame on the way. */
const PATIENCE_MS = 120;
const MODES = ["split", "difference", "source", "result"];

/** Key frames of the film in a row. It is hidden where the server has none. */
export function thumbnails(id, timeline) {
  const hasFrames = derive(() => mayChange() && Boolean(timeline.value?.frames));
  const failed = signal(false);
  return () => {
    if (!hasFrames.value || failed.value) return null;
    return h("img", { class: "thumbs", alt: say("thumbs"), src: stripPath(id, THUMBS), loading: "lazy", onerror: () => (failed.value = true) });
  };
}

/** Opened by a person, because each frame is work for the server; begins at the frame of the strip. */
export function compare({ id, job, timeline, begin }) {
  const open = signal(false);
  const frames = derive(() => (mayChange() && timeline.value?.frames) || 0);
  const hasResult = derive(() => Boolean(job.value?.output_url && !isStream(job.value)));
  return h(
    "details",
    { class: "compared", hidden: () => !frames.value, ontoggle: (event) => (open.value = event.target.open) },
    h("summary", null, say("compare")),
    () => (open.value && frames.value ? viewer(id, { frames: frames.value, hasResult: hasResult.value, begin: begin.peek(), timeline }) : null),
  );
}

function viewer(id, film) {
  const state = { at: signal(film.begin), mode: signal(film.hasResult ? "split" : "source"), split: signal(50), flicker: signal(false) };
  const shown = { source: signal({}), result: signal({}) };
  follow(id, film, { state, shown });
  effect(() => {
    // The source of an upload goes with its job; then there is nothing to split.
    if (shown.source.value.problem && film.hasResult) state.mode.value = "result";
  });
  const go = (frame) => (state.at.value = Math.max(0, Math.min(film.frames - 1, frame)));
  const control = { ...state, go, film, nextSeam: () => go(after(film.timeline.value?.seams ?? [], state.at.value)) };
  return h(
    "section",
    { "aria-label": say("compare") },
    steps(control),
    film.hasResult ? modes(control) : h("p", { class: "hint" }, say("compare_no_result")),
    stage(control, shown),
    h("p", { class: "caption", "aria-live": "polite" }, () => caption(control, shown)),
    h("p", { class: "hint", id: "compare-keys" }, say("compare_keys")),
  );
}

const after = (seams, at) => [...seams].sort((a, b) => a - b).find((seam) => seam > at) ?? seams[0] ?? at;

/** Asks for the pictures of the frame at which one stays. */
function follow(id, film, { state, shown }) {
  const kept = new Map();
  let asking = new AbortController();
  let timer = 0;
  effect(() => {
    const n = state.at.value;
    clearTimeout(timer);
    asking.abort();
    asking = new AbortController();
    const { signal: stop } = asking;
    const ask = () => ["source", film.hasResult ? "result" : null].forEach((of) => of && show(shown[of], kept, { path: framePath(id, n, of, WIDTH), n, stop }));
    timer = setTimeout(ask, PATIENCE_MS);
  });
  onEnd(() => {
    clearTimeout(timer);
    asking.abort();
    for (const address of kept.values()) URL.revokeObjectURL(address);
  });
}

async function show(one, kept, { path, n, stop }) {
  try {
    const address = kept.get(path) ?? (await picture(path, stop));
    kept.delete(path);
    kept.set(path, address);
    if (!stop.aborted) one.value = { n, address };
    for (const [old, gone] of [...kept].slice(0, -KEPT_MAX)) {
      URL.revokeObjectURL(gone);
      kept.delete(old);
    }
  } catch (problem) {
    if (!stop.aborted) one.value = { n, problem };
  }
}

function steps({ at, go, film, nextSeam }) {
  const step = (by) => button(by > 0 ? `+${by}` : `−${-by}`, say(by > 0 ? "frames_on" : "frames_back", { n: Math.abs(by) }), () => go(at.peek() + by));
  const field = h("input", {
    type: "number", min: 0, max: film.frames - 1, inputmode: "numeric", "aria-label": say("frame_number"), value: () => at.value,
    onchange: (event) => go(Number.parseInt(event.target.value, 10) || 0),
  });
  const seam = h("button", { type: "button", onclick: nextSeam, disabled: () => !film.timeline.value?.seams?.length }, say("next_seam"));
  return h("p", { class: "bar" }, step(-10), step(-1), field, step(1), step(10), seam);
}

function modes({ mode, split, flicker }) {
  const choice = (name) => h("button", { type: "button", "aria-pressed": () => String(mode.value === name), onclick: () => (mode.value = name) }, say(`mode_${name}`));
  const held = (is) => () => (flicker.value = is);
  const hold = h("button", { type: "button", onpointerdown: held(true), onpointerup: held(false), onpointerleave: held(false), onkeydown: (event) => event.key === " " && held(true)(), onkeyup: held(false), onblur: held(false) }, say("flicker"));
  const place = h("input", { type: "range", min: 0, max: 100, value: () => split.value, hidden: () => mode.value !== "split", "aria-label": say("split_place"), oninput: (event) => (split.value = Number(event.target.value)) });
  return h("p", { class: "bar" }, MODES.map(choice), hold, place);
}

/** Both pictures lie on each other; the mode says what is seen of the upper one. */
function stage(control, shown) {
  const { mode, split, flicker, at } = control;
  const image = (of) => h("img", { class: of, alt: () => say(`frame_of_${of}`, { n: count(shown[of].value.n ?? at.value) }), src: () => shown[of].value.address ?? null, hidden: () => !shown[of].value.address });
  const box = h(
    "div",
    {
      class: () => `stage ${flicker.value ? "source" : mode.value}`, tabindex: 0, role: "group", "aria-label": say("compare_stage"), "aria-describedby": "compare-keys",
      onkeydown: (event) => key(event, control), onkeyup: (event) => event.key === " " && (flicker.value = false), onblur: () => (flicker.value = false),
    },
    image("source"),
    image("result"),
  );
  effect(() => box.style.setProperty("--split", `${split.value}%`));
  return box;
}

function key(event, control) {
  const { at, go, film, mode, flicker, nextSeam } = control;
  const far = event.shiftKey ? 10 : 1;
  const goals = {
    ArrowLeft: () => go(at.peek() - far),
    ArrowRight: () => go(at.peek() + far),
    PageUp: () => go(at.peek() - 10),
    PageDown: () => go(at.peek() + 10),
    Home: () => go(0),
    End: () => go(film.frames - 1),
    s: nextSeam,
    d: () => film.hasResult && (mode.value = mode.peek() === "difference" ? "split" : "difference"),
    " ": () => (flicker.value = true),
  };
  if (!goals[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  goals[event.key]();
}

function caption({ at, film }, shown) {
  const parts = [say("frame_at", { n: count(at.value), all: count(film.frames - 1) })];
  for (const of of film.hasResult ? ["source", "result"] : ["source"]) {
    const { problem, n } = shown[of].value;
    if (problem) parts.push(`${say(`mode_${of}`)}: ${problem.message}`);
    else if (n !== at.value) parts.push(say("loading"));
  }
  return [...new Set(parts)].join(" · ");
}
