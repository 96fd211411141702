// Queue: what is encoded now, what waits, what has ended.

import { api, isFinal, isRunning, resultPath } from "./api.js";
import { derive, each, effect, h, onEnd, signal } from "./dom.js";
import { ago, length, percent, rate, say, sayMany } from "./format.js";
import { again, alsoAsk, movedJob, progress } from "./live.js";
import { attempt, badge, bar, button, title } from "./parts.js";

const search = signal("");
/** What the list does not tell of open jobs, by identity. */
const details = signal({});
const DETAILS_MAX = 8;
const PAGE = 200;
const MOST = 1000;

export const jobs = signal(null);
const limit = signal(PAGE);

const GROUPS = [
  ["now", isRunning],
  ["waiting", (job) => !isRunning(job) && !isFinal(job)],
  ["ended", isFinal],
];

export function queueScreen() {
  onEnd(alsoAsk(ask));
  const field = h("input", { id: "search", type: "search", oninput: () => (search.value = field.value), value: search.value });
  return h(
    "main",
    { id: "main" },
    title(say("queue")),
    h(
      "div",
      { class: "bar" },
      h("a", { class: "button main", href: "#/submit" }, say("submit")),
      h("label", { for: "search", class: "find" }, say("search"), field),
    ),
    () => (jobs.value === null ? h("p", null, say("loading")) : null),
    () => (jobs.value?.length === 0 ? empty() : null),
    GROUPS.map(([name, belongs]) => group(name, belongs)),
    () => (jobs.value?.length >= limit.value && limit.value < MOST ? button(say("more"), say("more"), showMore) : null),
  );
}

function showMore() {
  limit.value += PAGE;
  again(0);
}

function empty() {
  return h("div", { class: "box empty" }, h("h2", null, say("empty_title")), h("p", null, say("empty")));
}

function group(name, belongs) {
  const mine = signal([]);
  effect(() => {
    const wanted = search.value.trim().toLowerCase();
    mine.value = (jobs.value ?? []).filter((job) => belongs(job) && job.file_name.toLowerCase().includes(wanted));
  });
  const rows = each(h("ul", { class: "rows" }), () => mine.value, (job) => job.job_id, row);
  return h(
    "section",
    { "aria-labelledby": `group-${name}`, hidden: () => !jobs.value?.length },
    h("h2", { id: `group-${name}` }, say(name), " ", h("span", { class: "count" }, () => String(mine.value.length))),
    () => (mine.value.length ? null : h("p", { class: "hint" }, say(search.value ? "nothing_found" : `none_${name}`))),
    rows,
  );
}

function row(job) {
  const name = job.value.file_name;
  const id = job.value.job_id;
  const more = () => details.value[id];
  const status = derive(() => job.value.status);
  const now = () => movedJob({ ...job.value, ...more() }, progress.value.jobs[id]);
  return h(
    "li",
    { class: () => `row ${job.value.status}` },
    h("a", { class: "name", href: `#/jobs/${id}` }, name),
    badge(() => status.value),
    () => (isFinal({ status: status.value }) ? null : bar(say("progress_of", { name }), () => now().progress)),
    h("span", { class: "facts" }, () => facts(now())),
    h("span", { class: "doing" }, () => job.value.error ?? (isFinal(job.value) ? "" : more()?.doing ?? "")),
    h("span", { class: "actions" }, () => actions({ status: status.value, job_id: id, file_name: name })),
  );
}

function facts(job) {
  if (isFinal(job)) return say("ended_ago", { when: ago(job.completed_at ?? job.created_at) });
  if (!isRunning(job)) return say("made_ago", { when: ago(job.created_at) });
  const parts = [percent(job.progress)];
  if (job.fps > 0) parts.push(rate(job.fps));
  if (job.clients > 0) parts.push(sayMany("of_clients", job.clients));
  if (job.eta_seconds != null) parts.push(say("left", { time: length(job.eta_seconds) }));
  return parts.join(" · ");
}

function actions(job) {
  const name = job.file_name;
  if (job.status === "Completed") {
    const path = resultPath({ output_url: `/api/v1/jobs/${job.job_id}/result` });
    return h("a", { class: "button", href: path, download: true, "aria-label": say("download_of", { name }) }, say("download"));
  }
  if (isFinal(job)) return null;
  const start = () => attempt(say("start_short"), () => api.start(job.job_id));
  return [
    job.status === "WaitingForClients" ? button(say("start_short"), say("start_of", { name }), start) : null,
    button(say("cancel"), say("cancel_of", { name }), () => cancel(job.job_id)),
  ];
}

export async function cancel(id) {
  if (!confirm(say("cancel_sure"))) return;
  await attempt(say("cancel"), () => api.cancel(id));
}

async function ask() {
  jobs.value = await api.jobs(limit.value);
  const open = (jobs.value ?? []).filter((job) => !isFinal(job));
  const wanted = [...open.filter(isRunning), ...open.filter((job) => !isRunning(job))].slice(0, DETAILS_MAX);
  const told = await Promise.all(wanted.map((job) => api.job(job.job_id).catch(() => null)));
  const found = told.filter(Boolean).map(({ fps, eta_seconds, clients, doing, job_id }) => [job_id, { fps, eta_seconds, clients, doing }]);
  details.value = Object.fromEntries(found);
}
