// Events: what happened last, and what happens, as it happens.

import { api } from "./api.js";
import { derive, h, onEnd, signal } from "./dom.js";
import { count, say } from "./format.js";
import { clients, eventSocket } from "./live.js";
import { title } from "./parts.js";
import { rows } from "./rows.js";

const BEFORE = 100;
const MOST = 500;
const AGAIN_MS = 3000;
const KINDS = ["", "job.", "segment.", "client.", "upload.", "webhook."];

export function eventsScreen() {
  const all = signal([]);
  const kind = signal("");
  const held = signal(false);
  const state = signal("polling");
  onEnd(watch(all, state));
  const fits = (event) => event.type.startsWith(kind.value);
  const menu = h("select", { id: "kind", onchange: () => (kind.value = menu.value) }, KINDS.map((one) => h("option", { value: one }, say(`events_${one}`))));
  const hold = h("input", { id: "hold", type: "checkbox", onchange: () => (held.value = hold.checked) });
  let frozen = [];
  const shown = derive(() => {
    if (!held.value) frozen = all.value;
    return frozen.filter(fits);
  });
  return h(
    "main",
    { id: "main" },
    title(say("events")),
    h("p", { class: "bar" }, h("label", { class: "find", for: "kind" }, say("events_show"), menu), h("span", { class: "check" }, hold, h("label", { for: "hold" }, say("events_hold"))), h("span", { class: () => `link ${state.value}` }, () => say(state.value))),
    h("p", { class: "hint", hidden: () => shown.value.length > 0 }, say("events_none")),
    rows(h("ol", { class: "rows events", reversed: true }), () => shown.value, (event) => event.seq, row),
  );
}

/** The newest first. */
function watch(all, state) {
  let socket = null;
  let timer = 0;
  let ended = false;
  let last = null;
  const open = async () => {
    last ??= await api.lastEvent(BEFORE).catch(() => null);
    if (ended) return;
    socket = eventSocket(last);
    socket.onopen = () => (state.value = "live");
    socket.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      if (event.id) last = event.id;
      if (event.seq && event.at) all.value = [event, ...all.value].slice(0, MOST);
    };
    socket.onclose = () => {
      if (ended) return;
      state.value = "lost";
      timer = setTimeout(open, AGAIN_MS);
    };
  };
  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket?.close();
  };
}

function row(event) {
  const { seq, type, at, job_id, client_id, data } = event.peek();
  const open = signal(false);
  const bad = /lost|failed|gone|set_aside|struck|disabled/.test(type);
  const { track, start, end } = data?.segment ?? {};
  const frames = data?.segment && (track === 0 ? say("lane_frames", { from: count(start), until: count(end - 1) }) : say("lane_sound"));
  const client = clients.peek()?.find((one) => one.client_id === client_id)?.name;
  const told = [data?.name ?? data?.file_name ?? client, frames, data?.state ?? data?.message ?? data?.error ?? data?.why].filter(Boolean).join(" · ");
  return h(
    "li",
    { class: "row event" },
    h("time", { datetime: at, title: at }, new Date(at).toLocaleTimeString([], { hour12: false })),
    h("strong", { class: bad ? "wrong" : null }, type),
    h("span", { class: "facts" }, told, job_id ? [" ", h("a", { href: `#/jobs/${job_id}`, "aria-label": say("event_job", { n: count(seq) }) }, say("show_job"))] : null),
    h(
      "details",
      { ontoggle: (toggled) => (open.value = toggled.target.open) },
      h("summary", { "aria-label": say("event_json", { n: count(seq) }) }, "JSON"),
      () => (open.value ? h("pre", { tabindex: 0 }, JSON.stringify({ seq, type, at, job_id, client_id, data }, null, 2)) : null),
    ),
  );
}
