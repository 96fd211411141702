// Queue: what is encoded now, what waits in which order, what has ended.

import { api, isFinal, isRunning, isStream, mayChange, resultPath } from "./api.js";
import { ALL, act, buttons, fits, grip, move, moveByKey, priorityMenu, setPriority } from "./arrange.js";
import { derive, effect, h, onEnd, signal } from "./dom.js";
import { ago, length, percent, rate, say, sayMany } from "./format.js";
import { again, alsoAsk, movedJob, progress } from "./live.js";
import { badge, bar, button, title } from "./parts.js";
import { rows } from "./rows.js";

const search = signal("");
/** What the list does not tell of open jobs, by identity. */
const details = signal({});
const DETAILS_MAX = 8;
const PAGE = 200;
const MOST = 1000;

export const jobs = signal(null);
const limit = signal(PAGE);
const hasMore = signal(false);
/** The identities of chosen rows. */
const chosen = signal(new Set());

const GROUPS = [
  ["now", isRunning],
  ["waiting", (job) => !isRunning(job) && !isFinal(job)],
  ["ended", isFinal],
];

export function queueScreen() {
  onEnd(alsoAsk(ask));
  chosen.value = new Set();
  const field = h("input", { id: "search", type: "search", oninput: () => (search.value = field.value), value: search.value });
  return h(
    "main",
    { id: "main" },
    title(say("queue")),
    h(
      "div",
      { class: "bar" },
      () => (mayChange() ? h("a", { class: "button main", href: "#/submit" }, say("submit")) : null),
      h("label", { for: "search", class: "find" }, say("search"), field),
    ),
    () => (jobs.value === null ? h("p", null, say("loading")) : null),
    () => (jobs.value?.length === 0 ? empty() : null),
    GROUPS.map(([name, belongs]) => group(name, belongs)),
    () => (hasMore.value && limit.value < MOST ? button(say("more"), say("more"), showMore) : null),
    chosenBar(),
  );
}

function showMore() {
  limit.value += PAGE;
  again(0);
}

function empty() {
  return h("div", { class: "box empty" }, h("h2", null, say("empty_title")), h("p", null, say("empty")));
}

const found = (job) => job.file_name.toLowerCase().includes(search.value.trim().toLowerCase());
/** Those that the queue has no place for stay as the list has them. */
const byPlace = (one, other) => (one.position ?? 0) - (other.position ?? 0);

function group(name, belongs) {
  const mine = signal([]);
  effect(() => (mine.value = (jobs.value ?? []).filter((job) => belongs(job) && found(job)).sort(byPlace)));
  const list = rows(h("ul", { class: "rows jobs" }), () => mine.value, (job) => job.job_id, row);
  return h(
    "section",
    { "aria-labelledby": `group-${name}`, hidden: () => !jobs.value?.length },
    h("h2", { id: `group-${name}` }, say(name), " ", h("span", { class: "count" }, () => String(mine.value.length))),
    () => (mine.value.length ? null : h("p", { class: "hint" }, say(search.value ? "nothing_found" : `none_${name}`))),
    list,
  );
}

function row(job) {
  const { file_name: name, job_id: id, output_name } = job.value;
  const more = () => details.value[id];
  const status = derive(() => job.value.status);
  const paused = derive(() => job.value.paused);
  const now = () => movedJob({ ...job.value, ...more() }, progress.value.jobs[id]);
  const isOpen = derive(() => !isFinal({ status: status.value }));
  const says = () => job.value.error ?? (isOpen.value ? more()?.doing : "");
  const moved = (how) => reorder(job.peek(), how);
  return h(
    "li",
    { class: () => `row job ${status.value}`, "data-job": id, onkeydown: (event) => isOpen.value && mayChange() && moveByKey(event, moved) },
    () => (mayChange() ? lead(id, name, isOpen.value ? moved : null) : null),
    h("a", { class: "name", href: `#/jobs/${id}` }, name),
    h("span", { class: "badges" }, badge(() => status.value), () => (paused.value ? badge(() => "paused") : null)),
    () => (isOpen.value ? bar(say("progress_of", { name }), () => now().progress) : null),
    h("span", { class: "doing" }, h("span", { class: "facts" }, () => facts(now())), () => (says() ? ` · ${says()}` : "")),
    h("span", { class: "actions" }, () => actions({ status: status.value, paused: paused.value, job_id: id, file_name: name, output_name }, () => job.value.priority ?? "normal")),
  );
}

function lead(id, name, moved) {
  const box = h("input", { type: "checkbox", "aria-label": say("choose_job", { name }), onchange: () => choose(id, box.checked) });
  effect(() => (box.checked = chosen.value.has(id)));
  return h("span", { class: "lead" }, box, moved ? grip(say("move_job", { name }), moved) : null);
}

function choose(id, on) {
  const next = new Set(chosen.value);
  if (on) next.add(id);
  else next.delete(id);
  chosen.value = next;
}

/** Shows the new order at once; the server's answer comes after it. */
function reorder(job, how) {
  const other = jobs.value.find((one) => one.job_id === (how.before ?? how.after));
  const position = (other?.position ?? 0) + (how.before ? -0.5 : 0.5);
  jobs.value = jobs.value.map((one) => (one.job_id === job.job_id ? { ...one, position, priority: other?.priority } : one));
  return move(job, how);
}

function facts(job) {
  if (isFinal(job)) return say("ended_ago", { when: ago(job.completed_at ?? job.created_at) });
  const place = job.position ? say("place", { n: Math.ceil(job.position) }) : null;
  if (!isRunning(job)) return [place, say("made_ago", { when: ago(job.created_at) })].filter(Boolean).join(" · ");
  const parts = [percent(job.progress)];
  if (job.fps > 0) parts.push(rate(job.fps));
  if (job.clients > 0) parts.push(sayMany("of_clients", job.clients));
  if (job.eta_seconds != null) parts.push(say("left", { time: length(job.eta_seconds) }));
  return parts.join(" · ");
}

function actions(job, priority) {
  if (!mayChange()) return null;
  const name = job.file_name;
  const path = resultPath({ output_url: `/api/v1/jobs/${job.job_id}/result` });
  return [
    // A stream is a folder, which its job shows.
    job.status === "Completed" && !isStream(job) ? h("a", { class: "button", href: path, download: true, "aria-label": say("download_of", { name }) }, say("download")) : null,
    isFinal(job) ? null : priorityMenu(say("priority_of", { name }), priority, (one) => setPriority([job], one)),
    buttons(job, ALL.filter((one) => one !== "pause_now")),
  ];
}

/** What is done to all chosen rows at once. */
function chosenBar() {
  const mine = () => (jobs.value ?? []).filter((job) => chosen.value.has(job.job_id));
  const many = derive(() => mine().length);
  const all = () => (chosen.value = new Set(jobs.value.filter(found).map((job) => job.job_id)));
  const does = (name) => button(say(`act_${name}`), say("act_chosen", { act: say(`act_${name}`) }), () => act(name, mine()), { hidden: () => !mine().some((job) => fits(name, job)) });
  const menu = priorityMenu(say("act_chosen", { act: say("priority") }), null, (one) => {
    menu.value = "";
    setPriority(mine(), one);
  });
  return h(
    "div",
    { class: "bar chosen", role: "group", "aria-label": say("chosen"), hidden: () => many.value === 0 },
    h("span", { role: "status" }, () => sayMany("chosen", many.value)),
    ["pause", "resume"].map(does),
    menu,
    ["cancel", "retry", "remove"].map(does),
    button(say("choose_all"), say("choose_all"), all),
    button(say("choose_none"), say("choose_none"), () => (chosen.value = new Set())),
  );
}

async function ask() {
  const all = await api.jobs(limit.value);
  [jobs.value, hasMore.value] = [all.items, all.hasMore];
  const open = (jobs.value ?? []).filter((job) => !isFinal(job));
  const wanted = [...open.filter(isRunning), ...open.filter((job) => !isRunning(job)).sort(byPlace)].slice(0, DETAILS_MAX);
  const told = await Promise.all(wanted.map((job) => api.job(job.job_id).catch(() => null)));
  const seen = told.filter(Boolean).map(({ fps, eta_seconds, clients, doing, job_id }) => [job_id, { fps, eta_seconds, clients, doing }]);
  details.value = Object.fromEntries(seen);
}
