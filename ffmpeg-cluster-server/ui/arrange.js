// What people do to jobs, one or several: pause, priority, order, cancel, try again, delete.

import { api, isFinal, isRunning } from "./api.js";
import { effect, h } from "./dom.js";
import { say, sayMany } from "./format.js";
import { again } from "./live.js";
import { attempt, button, tell } from "./parts.js";

const PRIORITIES = ["low", "normal", "high", "critical"];
const isOpen = (job) => !isFinal(job);
const plain = (name) => (job) => api.doTo(job.job_id, name);

/** Which jobs each fits, and what it does. */
const ACTS = {
  start: { fits: (job) => job.status === "WaitingForClients", does: plain("start") },
  pause: { fits: (job) => isOpen(job) && !job.paused, does: plain("pause") },
  pause_now: { fits: (job) => isRunning(job) && job.clients > 0, does: (job) => api.doTo(job.job_id, "pause", { now: true }) },
  resume: { fits: (job) => isOpen(job) && job.paused, does: plain("resume") },
  cancel: { fits: isOpen, does: plain("cancel"), asks: true },
  retry: { fits: (job) => job.status === "Failed" || job.status === "Cancelled", does: plain("retry") },
  remove: { fits: isFinal, does: (job) => api.remove(job.job_id), asks: true },
};
export const ALL = Object.keys(ACTS);
export const fits = (name, job) => ACTS[name].fits(job);

/** Does it to those that it fits; what the last one answered, or nothing if it was not done. */
export async function act(name, jobs) {
  const { fits, does, asks } = ACTS[name];
  const mine = jobs.filter(fits);
  if (!mine.length || (asks && !confirm(sayMany(`${name}_sure`, mine.length)))) return null;
  let done = null;
  for (const job of mine) done = (await attempt(say(`act_${name}`), async () => (await does(job)) ?? {})) ?? done;
  again(0);
  return done;
}

/** Buttons for what fits the job; `after` is told what was done, and what came of it. */
export const buttons = (job, names, after) =>
  names
    .filter((name) => ACTS[name].fits(job))
    .map((name) => button(say(`act_${name}`), say("act_of", { act: say(`act_${name}`), name: job.file_name }), () => act(name, [job]).then((done) => done && after?.(name, done))));

/** A menu of priorities that follows `now`; without it, one that stands for none. */
export function priorityMenu(label, now, chosen) {
  const options = PRIORITIES.map((one) => h("option", { value: one }, say(`priority_${one}`)));
  const none = now ? null : h("option", { value: "" }, say("priority"));
  const menu = h("select", { "aria-label": label, class: "priority", onchange: () => menu.value && chosen(menu.value) }, none, options);
  if (now) effect(() => (menu.value = now()));
  return menu;
}

export async function setPriority(jobs, priority) {
  for (const job of jobs.filter(isOpen)) await attempt(say("priority"), () => api.change(job.job_id, { priority }));
  again(0);
}

/** `how` is `{before: JOB}` or `{after: JOB}`. */
export async function move(job, how) {
  const told = await attempt(say("act_move"), () => api.change(job.job_id, how));
  if (told) tell(say("moved", { name: job.file_name, n: told.position ?? "" }));
  again(0);
}

/** Alt and an arrow move a row past its neighbour. */
export function moveByKey(event, moved) {
  const up = event.key === "ArrowUp";
  if (!event.altKey || (!up && event.key !== "ArrowDown")) return;
  event.preventDefault();
  const row = event.currentTarget;
  const other = (up ? row.previousElementSibling : row.nextElementSibling)?.dataset.job;
  if (other) moved(up ? { before: other } : { after: other });
}

/** A grip that is dragged, by mouse or finger, to before or after another row. */
export function grip(label, moved) {
  return h("button", { type: "button", class: "grip", "aria-label": label, title: say("grip_hint"), onpointerdown: (event) => drag(event, moved) }, "⠿");
}

function drag(event, moved) {
  const hand = event.currentTarget;
  const row = hand.closest("li");
  let over = null;
  const mark = (next, side) => {
    over?.removeAttribute("data-drop");
    over = next;
    if (over) over.dataset.drop = side;
  };
  hand.setPointerCapture(event.pointerId);
  hand.onpointermove = ({ clientX, clientY }) => {
    const next = document.elementFromPoint(clientX, clientY)?.closest("li");
    if (!next || next === row || next.parentNode !== row.parentNode) return mark(null);
    const { top, height } = next.getBoundingClientRect();
    mark(next, clientY < top + height / 2 ? "before" : "after");
  };
  const end = (goal) => {
    hand.onpointermove = hand.onpointerup = hand.onpointercancel = null;
    mark(null);
    if (goal) moved(goal);
  };
  hand.onpointerup = () => end(over && { [over.dataset.drop]: over.dataset.job });
  hand.onpointercancel = () => end(null);
}
