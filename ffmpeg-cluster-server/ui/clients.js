// Clients: what each machine does, and how another one joins.

import { api, isAdmin } from "./api.js";
import { secrets } from "./admin.js";
import { derive, each, h, signal } from "./dom.js";
import { ago, bytes, count, hueOf, rate, say, sayMany } from "./format.js";
import { clients } from "./live.js";
import { attempt, badge, button, commandLine, title } from "./parts.js";

export function clientsScreen() {
  const rows = each(h("ul", { class: "rows" }), () => clients.value ?? [], (one) => one.client_id, row);
  return h(
    "main",
    { id: "main" },
    title(say("clients")),
    () => (clients.value === null ? h("p", null, say("loading")) : null),
    () => (clients.value?.length === 0 ? h("p", { class: "box empty" }, say("no_clients")) : null),
    rows,
    joining(),
  );
}

function row(client) {
  const name = () => client.value.name || client.value.client_id;
  const blamed = derive(() => Boolean(client.value.set_aside || client.value.strikes));
  const who = derive(name);
  return h(
    "li",
    { class: () => `row client ${client.value.set_aside ? "aside" : ""}` },
    h("span", { class: "name" }, h("span", { class: `dot hue${hueOf(client.value.client_id)}`, "aria-hidden": true }), name),
    badge(() => client.value.status),
    h("span", { class: "facts" }, () => speed(client.value)),
    h("span", { class: "doing" }, () => doing(client.value)),
    h("span", { class: "machine hint" }, () => machine(client.value)),
    () => aside(client.value),
    h("span", { class: "actions" }, () => (isAdmin() ? actions(client.peek(), { name: who.value, blamed: blamed.value }) : null)),
  );
}

function speed({ performance, status }) {
  if (!performance) return "";
  return status === "Processing" ? rate(performance) : say("last_fps", { fps: rate(performance) });
}

function doing(client) {
  if (client.status === "Idle") return "";
  if (!client.current_job) return client.doing;
  return [client.doing, " ", h("a", { href: `#/jobs/${client.current_job}` }, say("show_job"))];
}

function machine(client) {
  const parts = [client.platform];
  if (client.cores) parts.push(say("hardware", { cores: count(client.cores), memory: bytes(client.memory_bytes) }));
  if (client.free_disk) parts.push(say("disk", { n: bytes(client.free_disk) }));
  for (const device of client.devices ?? []) parts.push(device.name);
  parts.push(say("version", { n: client.version }), say("connected_since", { when: ago(client.connected_at) }));
  return parts.filter(Boolean).join(" · ");
}

function aside(client) {
  if (!client.set_aside && !client.strikes) return null;
  const strikes = client.strikes ? ` (${sayMany("strikes", client.strikes)})` : "";
  const why = client.set_aside ? `${say("set_aside")}: ${client.set_aside}${strikes}` : sayMany("strikes", client.strikes);
  return h("p", { class: "warn words" }, why);
}

function actions(client, { name, blamed }) {
  const forgive = () => attempt(say("forgive"), () => api.forgive(client.client_id));
  const disconnect = () =>
    confirm(say("disconnect_sure", { name })) && attempt(say("disconnect"), () => api.disconnect(client.client_id));
  return [
    blamed ? button(say("forgive"), say("forgive_of", { name }), forgive) : null,
    button(say("disconnect"), say("disconnect_of", { name }), disconnect),
  ];
}

function joining() {
  return h(
    "section",
    { class: "box", "aria-labelledby": "joining" },
    h("h2", { id: "joining" }, say("join_title")),
    h("p", null, say("join_here")),
    commandLine(location.port && location.port !== "5001" ? `ffmpeg-cluster-client --server-port ${location.port}` : "ffmpeg-cluster-client"),
    () => (isAdmin() ? joinLine() : [h("p", null, say("join_there")), commandLine("ffmpeg-cluster-server token add worker")]),
  );
}

/** A token for another machine, made by a click. */
function joinLine() {
  const made = signal(null);
  const make = () => attempt(say("join_make"), async () => (made.value = await api.makeToken({ role: "worker", note: "" })));
  return [
    h("p", null, say("join_click")),
    () => (made.value ? secrets(made.value, () => (made.value = null)) : h("p", null, button(say("join_make"), say("join_make"), make))),
  ];
}
