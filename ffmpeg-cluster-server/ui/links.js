// Links that play a job's stream for whoever has them: made, shown once, listed and ended.

import { api } from "./api.js";
import { listOf } from "./admin.js";
import { each, h, signal } from "./dom.js";
import { ago, day, say } from "./format.js";
import { attempt, button, commandLine, qr } from "./parts.js";

const HOURS = [
  [12, "hours_12"],
  [7 * 24, "hours_168"],
  [90 * 24, "hours_2160"],
];

export function links(job) {
  const { all, look } = listOf(() => api.links(job.job_id));
  const made = signal(null);
  const hours = h("select", null, HOURS.map(([value, key]) => h("option", { value }, say(key))));
  const make = () =>
    attempt(say("make_link"), async () => {
      made.value = await api.makeLink(job.job_id, Number(hours.value));
      look();
    });
  const end = (link) =>
    attempt(say("end_link"), async () => {
      await api.endLink(job.job_id, link.id);
      look();
    });
  return [
    h("p", null, say("links_hint")),
    h("p", { class: "bar fields" }, h("label", null, h("span", null, say("link_works")), hours), button(say("make_link"), say("make_link"), make)),
    () => (made.value ? shownOnce(made) : null),
    each(h("ul", { class: "rows", "aria-label": say("links") }), () => all.value, (one) => one.id, (link) => row(link.value, end)),
  ];
}

function shownOnce(made) {
  const { address, qr: drawing } = made.value;
  return h(
    "div",
    { class: "box", role: "status" },
    h("strong", null, say("shown_once")),
    commandLine(address),
    qr(drawing),
    h("p", { class: "bar" }, button(say("done"), say("done"), () => (made.value = null))),
  );
}

const row = (link, end) =>
  h(
    "li",
    { class: "row token" },
    h("span", { class: "name" }, link.id),
    h("span", { class: "doing" }, `${say("made_ago", { when: ago(link.created_at) })} · ${say("until", { when: day(link.expires_at) })}`),
    h("span", { class: "actions" }, button(say("end_link"), say("end_link_of", { name: link.id }), () => end(link))),
  );
