// The lanes: what each machine did when, below the strip, with the same cursor, and the same as a sentence and as a table.

import { derive, each, h, signal } from "./dom.js";
import { count, decimal, hueOf, length, say } from "./format.js";
import { hatch, isOpen, paper, penOf, stateOf } from "./strip.js";

const LANE = 28;
const PAD = 5;
/** Time in which nothing happens is shown no wider than this share of the rest. */
const IDLE_SHARE = 0.05;

/** All work as bars `{lane, from, until, …}`, and the lanes in the order of their first work; the server's is the first. */
function laid(timeline) {
  if (!timeline) return { bars: [], lanes: [] };
  const now = timeline.now;
  const server = (timeline.server ?? []).map((one) => ({ lane: "", what: one.what, from: one.began_ms, until: one.ended_ms ?? now }));
  const work = (timeline.all ?? []).map((span) => ({ lane: span.client_id, name: span.client, span, from: span.leased_ms, until: span.ended_ms ?? now }));
  const bars = [...server, ...work].filter((bar) => bar.from != null && bar.until >= bar.from).sort((a, b) => a.from - b.from);
  for (const bar of bars) bar.since = seconds(bar.from - bars[0].from);
  const names = new Map();
  for (const bar of [...bars.filter((one) => !one.lane), ...bars]) if (!names.has(bar.lane)) names.set(bar.lane, bar.name ?? say("server"));
  return { bars, lanes: [...names].map(([id, name]) => ({ id, name })) };
}

/** A function from moments to shares of the width, in which idle time is folded, and where the folds are. */
function scaleOf(bars) {
  const busy = [];
  for (const { from, until } of bars) {
    const last = busy.at(-1);
    if (last && from <= last.until) last.until = Math.max(last.until, until);
    else busy.push({ from, until });
  }
  const total = busy.reduce((sum, one) => sum + one.until - one.from, 0) || 1;
  const folds = [];
  let [at, end] = [0, busy[0]?.from ?? 0];
  for (const one of busy) {
    const idle = one.from - end;
    const shown = Math.min(idle, total * IDLE_SHARE);
    if (shown < idle) folds.push(at + shown / 2);
    one.at = at + shown;
    at = one.at + one.until - one.from;
    end = one.until;
  }
  const place = (moment) => {
    const one = busy.findLast((part) => part.from <= moment) ?? { at: 0, from: moment, until: moment };
    return (one.at + Math.min(moment, one.until) - one.from) / (at || 1);
  };
  return { place, folds: folds.map((fold) => fold / (at || 1)) };
}

export function lanes(timeline, at) {
  const all = derive(() => laid(timeline.value));
  /** What the cursor is on here; where the strip moves it on, what was done last for that frame. */
  const picked = signal(null);
  const under = () => {
    const { bars } = all.value;
    const own = bars.find((bar) => keyOf(bar) === picked.value);
    return own && (!own.span || covers(own, at.value)) ? own : bars.findLast((bar) => covers(bar, at.value)) ?? bars.at(-1);
  };
  const pick = (bar) => {
    if (!bar) return;
    picked.value = keyOf(bar);
    if (bar.span?.track === 0 && !bar.span.earlier) at.value = bar.span.start;
  };
  const canvas = paper(
    {
      "aria-label": () => say("lanes_summary", { n: count(all.value.lanes.length), jobs: count(all.value.bars.length) }),
      "aria-describedby": "lanes-keys",
      onkeydown: (event) => walk(event, all.value, under(), pick),
      onpointermove: (event) => pick(barAt(event, canvas, all.value)),
    },
    (canvas) => draw(canvas, all.value, under()),
  );
  return h(
    "section",
    { "aria-labelledby": "lanes", hidden: () => all.value.bars.length === 0 },
    h("h2", { id: "lanes" }, say("lanes")),
    h("div", { class: "lanes" }, h("ul", null, () => all.value.lanes.map((lane) => h("li", null, lane.name))), canvas),
    h("p", { class: "caption", "aria-live": "polite" }, () => caption(under())),
    h("p", { class: "hint keys", id: "lanes-keys" }, say("lanes_keys")),
    h("details", null, h("summary", null, say("as_table")), table(() => all.value.bars)),
  );
}

const keyOf = (bar) => bar.span?.lease ?? `${bar.what}/${bar.from}`;
const covers = ({ span }, frame) => span?.track === 0 && !span.earlier && span.start <= frame && frame < span.end;

function walk(event, { bars, lanes }, bar, pick) {
  if (!bar || event.ctrlKey || event.metaKey || event.altKey) return;
  const beside = (step) => {
    const lane = lanes[lanes.findIndex((one) => one.id === bar.lane) + step];
    return lane && bars.filter((one) => one.lane === lane.id).sort((a, b) => Math.abs(a.from - bar.from) - Math.abs(b.from - bar.from))[0];
  };
  const goals = {
    ArrowLeft: () => bars[bars.indexOf(bar) - 1],
    ArrowRight: () => bars[bars.indexOf(bar) + 1],
    ArrowUp: () => beside(-1),
    ArrowDown: () => beside(1),
    Home: () => bars[0],
    End: () => bars.at(-1),
  };
  if (!goals[event.key]) return;
  event.preventDefault();
  pick(goals[event.key]());
}

function barAt(event, canvas, { bars, lanes }) {
  const lane = lanes[Math.floor(event.offsetY / LANE)];
  const { place } = scaleOf(bars);
  const x = event.offsetX / Math.max(1, canvas.clientWidth);
  return bars.findLast((bar) => bar.lane === lane?.id && place(bar.from) <= x + 0.002 && x <= place(bar.until) + 0.002);
}

function draw(canvas, { bars, lanes }, under) {
  const high = lanes.length * LANE;
  // The policy allows no style within an element; one that a script sets is allowed.
  canvas.style.blockSize = `${high}px`;
  if (!canvas.clientWidth) return;
  const { pen, width, color } = penOf(canvas, high);
  const { place, folds } = scaleOf(bars);
  const x = (moment) => place(moment) * (width - 2);
  pen.fillStyle = color("--todo");
  lanes.forEach((_, n) => pen.fillRect(0, (n + 1) * LANE - 1, width, 1));
  pen.fillStyle = color("--dim");
  for (const fold of folds) for (let y = 2; y < high; y += 6) pen.fillRect(fold * (width - 2), y, 2, 3);
  for (const bar of bars) drawBar(pen, { bar, x, color, top: lanes.findIndex((lane) => lane.id === bar.lane) * LANE });
  if (!under) return;
  pen.strokeStyle = color("--text");
  pen.lineWidth = 2;
  const left = x(under.from);
  pen.strokeRect(left + 1, lanes.findIndex((lane) => lane.id === under.lane) * LANE + 2, Math.max(4, x(under.until) - left), LANE - 5);
}

/** Waiting, fetching and sending are low, encoding is high; what was lost ends with a bar of its own colour. */
function drawBar(pen, { bar, x, color, top }) {
  const high = LANE - 2 * PAD - 1;
  const paint = (from, until, share) => {
    const wide = Math.max(1, x(until) - x(from));
    pen.fillRect(x(from), top + PAD + high * (1 - share), wide, high * share);
  };
  pen.fillStyle = color(bar.span ? `--hue${hueOf(bar.lane)}` : "--dim");
  if (!bar.span) return paint(bar.from, bar.until, 0.7);
  const { began_ms, encoded_ms, attempt } = bar.span;
  const [began, encoded] = [began_ms ?? bar.from, encoded_ms ?? bar.until];
  paint(bar.from, bar.until, 0.35);
  paint(began, encoded, 1);
  const [left, right] = [x(began), x(encoded)];
  if (attempt > 1) hatch(pen, { left, top: top + PAD, wide: right - left, high }, color("--ground"));
  if (stateOf(bar.span) !== "lost") return;
  pen.fillStyle = color("--lost");
  pen.fillRect(x(bar.until) - 3, top + 1, 4, LANE - 3);
}

const seconds = (ms) => (ms < 10000 ? `${decimal(ms / 1000)} s` : length(ms / 1000));
const rangeOf = (span) => (span.track === 0 ? say("lane_frames", { from: count(span.start), until: count(span.end - 1) }) : say("lane_sound"));

/** What it spent its time on, as far as that is known. */
function spent({ span, from, until }) {
  if (!span) return [seconds(until - from)];
  const { began_ms: began, encoded_ms: encoded } = span;
  const parts = [["begun", from, began], ["encoded", began, encoded ?? (isOpen(span) ? until : null)], ["sent", encoded, until]];
  return parts.filter(([, a, b]) => a != null && b != null).map(([what, a, b]) => say(`lane_${what}`, { time: seconds(b - a) }));
}

function caption(bar) {
  if (!bar) return "";
  const after = say("lane_after", { time: bar.since });
  if (!bar.span) return [say("server"), say(`server_${bar.what}`), after, ...spent(bar)].join(" · ");
  const { span } = bar;
  const again = span.attempt > 1 ? [say("strip_attempt", { n: span.attempt })] : [];
  const twin = span.twin_of ? [say("lane_twin")] : [];
  return [bar.name, rangeOf(span), after, ...spent(bar), say(`span_${stateOf(span)}`), ...again, ...twin, ...(span.code ? [span.code] : [])].join(" · ");
}

function cells({ span, name, what, since, ...bar }) {
  const spending = spent({ span, ...bar }).join(", ");
  if (!span) return [say("server"), say(`server_${what}`), since, spending];
  return [name, rangeOf(span), since, spending, String(span.attempt), [say(`span_${stateOf(span)}`), span.code].filter(Boolean).join(": ")];
}

function table(bars) {
  const names = ["t_client", "t_frames", "t_begin", "t_spent", "t_attempt", "t_state"];
  const head = h("tr", null, names.map((name) => h("th", { scope: "col" }, say(name))));
  const row = (bar) => h("tr", null, names.map((_, n) => h("td", null, () => cells(bar.value)[n] ?? "")));
  const body = each(h("tbody", null), bars, keyOf, row);
  return h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": say("lanes_table") }, h("table", null, h("thead", null, head), body));
}
