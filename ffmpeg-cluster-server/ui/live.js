// What moves: jobs and clients as the server has them, by its events where it has them, else by asking again.

import { api, session } from "./api.js";
import { signal } from "./dom.js";

const EVERY_MS = 2000;
const HIDDEN_MS = 15000;
/** With events, lists are still read again now and then. */
const CALM_MS = 30000;
const SOCKET_AGAIN_MS = 60000;
const SETTLE_MS = 200;
const LIST_FIRST = 200;

export const jobs = signal(null);
export const clients = signal(null);
/** `live`, `polling` or `lost`. */
export const link = signal("polling");
/** Jobs and clients as the last frame of progress told, by their identities. */
export const progress = signal({ jobs: {}, clients: {} });
/** The last event, for screens that show one job. */
export const lastEvent = signal(null);

const state = { timer: 0, socket: null, socketAt: 0, limit: LIST_FIRST, wanted: null, running: false };

/** What the screen needs beside jobs and clients, asked for each time. */
export function alsoAsk(work) {
  state.wanted = work;
  again(0);
  return () => {
    if (state.wanted === work) state.wanted = null;
  };
}

export function showMore() {
  state.limit += LIST_FIRST;
  again(0);
}

export const listLimit = () => state.limit;

export function start() {
  document.addEventListener("visibilitychange", () => again(document.hidden ? HIDDEN_MS : 0));
  again(0);
}

/** Asks again after so many milliseconds, unless it is asked sooner. */
export function again(ms) {
  clearTimeout(state.timer);
  state.timer = setTimeout(ask, ms);
}

async function ask() {
  if (!session.value?.signed_in || state.running) return again(EVERY_MS);
  state.running = true;
  listen();
  try {
    const [allJobs, allClients] = await Promise.all([api.jobs(state.limit), api.clients(), state.wanted?.()]);
    jobs.value = allJobs;
    clients.value = allClients;
    link.value = state.socket ? "live" : "polling";
  } catch (problem) {
    if (problem.code === "NETWORK") link.value = "lost";
    else if (problem.status !== 401) console.warn(problem.message);
  }
  state.running = false;
  const calm = state.socket ? CALM_MS : EVERY_MS;
  again(document.hidden ? HIDDEN_MS : calm);
}

/** Opens the WebSocket of events; a server without one is asked once a minute. */
function listen() {
  if (state.socket || Date.now() - state.socketAt < SOCKET_AGAIN_MS) return;
  state.socketAt = Date.now();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/api/v1/events`);
  socket.onopen = () => {
    state.socket = socket;
    link.value = "live";
  };
  socket.onmessage = ({ data }) => told(JSON.parse(data));
  socket.onclose = () => {
    if (state.socket !== socket) return;
    state.socket = null;
    // It worked before: a restart, most likely.
    state.socketAt = 0;
    again(SETTLE_MS);
  };
}

function told(frame) {
  if (frame.type === "progress" || frame.jobs || frame.clients) return moved(frame.data ?? frame);
  lastEvent.value = frame;
  again(SETTLE_MS);
}

/** Frames of progress hold only what changed. */
function moved(frame) {
  const before = progress.value;
  progress.value = {
    jobs: { ...before.jobs, ...frame.jobs },
    clients: { ...before.clients, ...frame.clients },
  };
  if (jobs.value) jobs.value = jobs.value.map((job) => movedJob(job, frame.jobs?.[job.job_id]));
  if (clients.value) clients.value = clients.value.map((one) => movedClient(one, frame.clients?.[one.client_id]));
}

export function movedJob(job, now) {
  if (!now) return job;
  const [percent, frames_done, fps, eta_seconds, count] = now;
  return { ...job, progress: percent, frames_done, fps, eta_seconds, clients: count };
}

function movedClient(client, now) {
  return now ? { ...client, performance: now[0] } : client;
}
