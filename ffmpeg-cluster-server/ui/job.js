// One job: how far it is, why it waits, who makes which frames, the proof, the result.

import { api, isAdmin, isFinal, isRunning, isStream, mayChange, resultPath } from "./api.js";
import { ALL, act, buttons, fits, priorityMenu, setPriority } from "./arrange.js";
import { compare, thumbnails } from "./compare.js";
import { derive, effect, h, onEnd, signal } from "./dom.js";
import { ago, bytes, count, decimal, length, percent, rate, say, sayMany } from "./format.js";
import { lanes } from "./lanes.js";
import { links } from "./links.js";
import { alsoAsk, movedJob, progress } from "./live.js";
import { attempt, badge, button, commandLine, problemBox, title } from "./parts.js";
import { proof } from "./proof.js";
import { strip } from "./strip.js";

const KINDS = { mp4: "video/mp4", m4v: "video/mp4", mov: "video/quicktime", webm: "video/webm", mkv: "video/x-matroska" };

export function jobScreen(id) {
  const seen = { job: signal(null), explain: signal([]), timeline: signal(null), problem: signal(null) };
  effect(() => {
    if (seen.job.value) document.title = `${seen.job.value.file_name} – ${say("app")}`;
  });
  onEnd(alsoAsk(() => ask(id, seen)));
  /** The frame that the strip and the lanes show. */
  const at = signal(0);
  const job = () => seen.job.value && movedJob(seen.job.value, isFinal(seen.job.value) ? null : progress.value.jobs[id]);
  return h(
    "main",
    { id: "main" },
    title(() => seen.job.value?.file_name ?? say("job")),
    () => (seen.problem.value ? missing(seen.problem.value) : null),
    () => (seen.job.value || seen.problem.value ? null : h("p", null, say("loading"))),
    h("div", { hidden: () => !seen.job.value }, head(job), explained(job, seen.explain)),
    () => failed(seen.job.value),
    thumbnails(id, seen.timeline),
    strip(seen.timeline, at),
    lanes(seen.timeline, at),
    compare({ id, job: seen.job, timeline: seen.timeline, begin: at }),
    () => (seen.job.value?.output_url && mayChange() ? (isStream(seen.job.value) ? stream(seen.job.value) : player(seen.job.value)) : null),
    () => (seen.job.value?.report ? proof(seen.job.value.report) : null),
  );
}

async function ask(id, seen) {
  if (seen.job.value && isFinal(seen.job.value) && seen.timeline.value !== null) return;
  try {
    const job = await api.job(id);
    if (JSON.stringify(job) !== JSON.stringify(seen.job.value)) seen.job.value = job;
    seen.problem.value = null;
    const [explain, timeline] = await Promise.all([isFinal(job) ? [] : api.explain(id), api.timeline(id)]);
    seen.explain.value = explain;
    seen.timeline.value = timeline;
  } catch (problem) {
    if (problem.code === "NETWORK") throw problem;
    seen.problem.value = problem;
  }
}

function missing(problem) {
  if (problem.code !== "JOB_NOT_FOUND") return problemBox(problem);
  return h("div", { class: "box" }, h("h2", null, say("no_job")), h("p", null, say("no_job_hint")), h("a", { class: "button", href: "#/queue" }, say("back")));
}

function head(job) {
  const name = () => job()?.file_name ?? "";
  const may = derive(() => mayBe(job()));
  return [
    h("p", { class: "hint" }, () => (job() ? say("result_name", { name: job().output_name }) : "")),
    h("p", { class: "bar" }, () => (job() ? [badge(() => job().status), job().paused ? badge(() => "paused") : null, " ", factsOf(job())] : null)),
    h("progress", { max: 100, value: () => job()?.progress ?? 0, "aria-label": () => say("progress_of", { name: name() }), hidden: () => !job() || isFinal(job()) }),
    h("p", { class: "bar actions" }, () => (may.value && mayChange() ? actions(may.value, () => job()?.priority ?? "normal") : null)),
  ];
}

/** The same object while the same can be done. */
const mayBe = (() => {
  let last = null;
  return (job) => {
    const { job_id, status, output_url, output_name, file_name, paused, retry_of } = job ?? {};
    const now = job ? { job_id, status, output_url, output_name, file_name, paused, retry_of, clients: Math.min(job.clients, 1) } : null;
    if (JSON.stringify(now) !== JSON.stringify(last)) last = now;
    return last;
  };
})();

function factsOf(job) {
  const parts = [];
  if (isFinal(job)) parts.push(say("ended_ago", { when: ago(job.completed_at ?? job.created_at) }));
  else parts.push(percent(job.progress));
  if (job.position && !isRunning(job)) parts.push(say("place", { n: job.position }));
  if (job.frames_total != null) parts.push(say("frames_of", { done: count(job.frames_done), total: count(job.frames_total) }));
  if (job.fps > 0) parts.push(rate(job.fps));
  if (job.speed) parts.push(say("speed", { n: decimal(job.speed) }));
  if (isRunning(job) && job.clients) parts.push(sayMany("of_clients", job.clients));
  if (job.eta_seconds != null && !isFinal(job)) parts.push(say("left", { time: length(job.eta_seconds) }));
  return parts.join(" · ");
}

function actions(job, priority) {
  const name = job.file_name;
  const after = (what, done) => {
    if (what === "retry") location.hash = `#/jobs/${done.job_id}`;
    if (what === "remove") location.hash = "#/queue";
  };
  return [
    job.output_url && !isStream(job) ? h("a", { class: "button main", href: resultPath(job), download: true, "aria-label": say("download_of", { name }) }, say("download")) : null,
    isFinal(job) ? null : h("label", { class: "line" }, say("priority"), priorityMenu(say("priority_of", { name }), priority, (one) => setPriority([job], one))),
    buttons(job, ALL, after),
    job.retry_of ? h("a", { class: "button", href: `#/jobs/${job.retry_of}` }, say("earlier_try")) : null,
  ];
}

function explained(job, explain) {
  return h(
    "section",
    { class: "box", "aria-labelledby": "explain", hidden: () => explain.value.length === 0 },
    h("h2", { id: "explain" }, () => say(job()?.status === "WaitingForClients" ? "explain_wait" : "explain_now")),
    h("ul", null, () => explain.value.map((reason) => h("li", null, reason.text, " ", remedy(job(), reason)))),
  );
}

/** What can be done about it, by whoever may. */
function remedy(job, reason) {
  if (reason.remedy === "join_client") return h("a", { href: "#/clients" }, say("join_title"));
  if (reason.remedy === "forgive_client" && isAdmin()) {
    return button(say("forgive"), null, () => attempt(say("forgive"), () => api.forgive(reason.client_id)));
  }
  if (!ALL.includes(reason.remedy) || !mayChange() || !job || !fits(reason.remedy, job)) return null;
  return button(say(`act_${reason.remedy}`), null, () => act(reason.remedy, [job]));
}

function failed(job) {
  if (!job) return null;
  if (job.result_removed_at) return h("p", { class: "box" }, say("result_gone", { when: ago(job.result_removed_at) }));
  if (!job.error) return null;
  return problemBox({ message: job.error, code: job.code }, say("error_title"));
}

function stream(job) {
  const folder = `ffmpeg-cluster-client download ${job.job_id} --output .`;
  return h(
    "section",
    { class: "box", "aria-labelledby": "stream" },
    h("h2", { id: "stream" }, say("stream")),
    job.products.map((one) => [h("p", null, say("stream_of", { rungs: one.rungs.join(", "), size: bytes(one.bytes) })), commandLine(new URL(one.url, location.href).href)]),
    links(job),
    h("p", null, say("stream_get")),
    commandLine(folder),
  );
}

function player(job) {
  const kind = KINDS[job.output_name.split(".").pop().toLowerCase()];
  if (!kind || !document.createElement("video").canPlayType(kind)) {
    return h("p", { class: "hint" }, say("cant_play", { kind: kind ?? job.output_name }));
  }
  const open = signal(false);
  return h(
    "details",
    { class: "player", ontoggle: (event) => (open.value = event.target.open) },
    h("summary", null, say("play")),
    () => (open.value ? h("video", { controls: true, preload: "metadata", src: resultPath(job, true) }) : null),
  );
}
