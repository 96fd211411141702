// What moves: clients and progress as the server has them, by its events, or by asking again while they do not come.

import { api, session } from "./api.js";
import { signal } from "./dom.js";

const EVERY_MS = 2000;
const HIDDEN_MS = 15000;
/** With events, lists are still read again now and then. */
const CALM_MS = 30000;
const SOCKET_AGAIN_MS = 60000;
const SETTLE_MS = 200;

export const clients = signal(null);
/** `live`, `polling` or `lost`. */
export const link = signal("polling");
/** Jobs and clients as the last frames of progress told, by their identities. */
export const progress = signal({ jobs: {}, clients: {} });

const state = { timer: 0, due: 0, socket: null, socketAt: 0, wanted: null, running: false, again: false };

/** What the screen needs beside clients, asked for each time. */
export function alsoAsk(work) {
  state.wanted = work;
  again(0);
  return () => {
    if (state.wanted === work) state.wanted = null;
  };
}

export function start() {
  document.addEventListener("visibilitychange", () => again(document.hidden ? HIDDEN_MS : 0));
  again(0);
}

/** Asks again after so many milliseconds, unless it is asked sooner: what happened while an answer came is not in it. */
export function again(ms) {
  const due = Date.now() + ms;
  if (state.timer && state.due <= due) return;
  clearTimeout(state.timer);
  state.due = due;
  state.timer = setTimeout(() => {
    state.timer = 0;
    ask();
  }, ms);
}

async function ask() {
  if (!session.value?.signed_in) return again(EVERY_MS);
  // A screen that opens meanwhile wants its own answers at once.
  if (state.running) return void (state.again = true);
  state.running = true;
  state.again = false;
  listen();
  try {
    const [all] = await Promise.all([api.clients(), state.wanted?.()]);
    clients.value = all;
    link.value = state.socket ? "live" : "polling";
  } catch (problem) {
    if (problem.code === "NETWORK") link.value = "lost";
    else if (problem.status !== 401) console.warn(problem.message);
  }
  state.running = false;
  const calm = state.socket ? CALM_MS : EVERY_MS;
  again(state.again ? 0 : document.hidden ? HIDDEN_MS : calm);
}

/** A WebSocket of events, from now on or from behind the event `after`. */
export function eventSocket(after) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return new WebSocket(`${scheme}://${location.host}/api/v1/events${after ? `?after=${after}` : ""}`);
}

/** Opens the WebSocket of events. Where it can not be opened, it is tried once a minute. */
function listen() {
  if (state.socket || Date.now() - state.socketAt < SOCKET_AGAIN_MS) return;
  state.socketAt = Date.now();
  const socket = eventSocket();
  socket.onopen = () => {
    state.socket = socket;
    link.value = "live";
    // Of what happened since the lists were asked for it tells nothing.
    again(0);
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
  again(SETTLE_MS);
}

/** Frames of progress hold only what changed. */
function moved(frame) {
  const before = progress.value;
  progress.value = {
    jobs: { ...before.jobs, ...frame.jobs },
    clients: { ...before.clients, ...frame.clients },
  };
  if (clients.value) clients.value = clients.value.map((one) => movedClient(one, frame.clients?.[one.client_id]));
}

export function movedJob(job, now) {
  if (!now) return job;
  const [percent, frames_done, fps, eta_seconds, count] = now;
  return { ...job, progress: percent, frames_done, fps, eta_seconds, clients: count };
}

/** The next person sees nothing of this one. */
export function forgetAll() {
  clients.value = null;
  progress.value = { jobs: {}, clients: {} };
  state.socket?.close();
}

function movedClient(client, now) {
  return now ? { ...client, performance: now[0] } : client;
}
