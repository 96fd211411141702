// Everything that is asked of the server, and the one place that knows the shapes of its answers.

import { say, has } from "./format.js";
import { signal } from "./dom.js";

/** Who we are; null until it is known. */
export const session = signal(null);

/** An error as the server told it, with what to do. */
export class Problem extends Error {
  constructor({ status, code, message, remedy, details, pointer }) {
    super(message);
    Object.assign(this, { status, code, pointer, details: details ?? [] });
    this.remedy = remedy ?? (has(`remedy_${code}`) ? say(`remedy_${code}`) : null);
  }
}

const tagged = new Map();

async function fetched(path, options) {
  try {
    return await fetch(path, { cache: "no-store", credentials: "same-origin", ...options });
  } catch {
    throw new Problem({ status: 0, code: "NETWORK", message: say("lost_long") });
  }
}

async function problemOf(answer) {
  const body = await answer.json().catch(() => ({}));
  const told = body.Error ?? {};
  if (answer.status === 401 && session.value?.signed_in) session.value = { signed_in: false };
  return new Problem({
    status: answer.status,
    code: body.code ?? told.code ?? "INTERNAL",
    message: body.detail ?? told.message ?? `${answer.status} ${answer.statusText}`,
    remedy: body.remedy,
    pointer: body.errors?.[0]?.pointer,
    details: (body.errors ?? []).map((one) => one.detail).filter((one) => one !== body.detail),
  });
}

/** GET; an answer that has not changed costs the server nothing. */
async function get(path) {
  const known = tagged.get(path);
  const answer = await fetched(path, { headers: known ? { "If-None-Match": known.tag } : {} });
  if (answer.status === 304) return known.body;
  if (!answer.ok) throw await problemOf(answer);
  const body = await answer.json();
  const tag = answer.headers.get("etag");
  if (tag) tagged.set(path, { tag, body });
  return body;
}

/** A picture, as an address of this page. */
export async function picture(path, signal) {
  const answer = await fetched(path, { signal });
  if (!answer.ok) throw await problemOf(answer);
  return URL.createObjectURL(await answer.blob());
}

async function send(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetched(path, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw await problemOf(answer);
  return answer.status === 204 ? null : answer.json();
}

const command = (body) => send("POST", "/ws/command", body);
const jobPath = (id, rest = "") => `/api/v1/jobs/${encodeURIComponent(id)}${rest}`;
const hookPath = (name) => `/api/v1/webhooks/${encodeURIComponent(name)}`;

/** `spans` is only what was done for the pictures, and for the way the film is made now; `all` is everything. */
const picturesOf = (timeline) => ({ ...timeline, all: timeline.spans, spans: timeline.spans.filter((span) => span.track === 0 && !span.earlier) });

export const api = {
  session: async () => (session.value = await get("/api/v1/session")),
  signIn: async (shown) => {
    const answer = await send("POST", "/api/v1/session", shown);
    // What the last person was told is no answer for this one.
    tagged.clear();
    session.value = answer;
  },
  link: () => send("POST", "/api/v1/session/link", {}),
  signOutOther: async (id) => (session.value = await send("DELETE", `/api/v1/session?id=${encodeURIComponent(id)}`, {})),
  signOut: async () => (session.value = await send("DELETE", "/api/v1/session", {})),

  /** All that have not ended, and so many of those that ended last. */
  jobs: async (limit) => {
    // In this order a job that ends meanwhile is in both lists; in the other it might be in none.
    const open = await get(`/api/v1/jobs?state=${[...WAITS, ...RUNS]}&limit=1000`);
    const ended = await get(`/api/v1/jobs?state=${FINAL}&order=-ended&limit=${limit}`);
    const all = new Map([...open.items, ...ended.items].map((job) => [job.job_id, job]));
    return { items: [...all.values()], hasMore: ended.next != null };
  },
  job: (id) => get(jobPath(id)),
  explain: async (id) => (await get(jobPath(id, "/explain"))).reasons,
  timeline: async (id) => picturesOf(await get(jobPath(id, "/timeline"))),
  clients: async () => (await get("/api/v1/clients?limit=1000")).items,

  presets: async () => (await get("/api/v1/presets")).items,
  plan: (job) => send("POST", "/api/v1/plan", job),
  make: async (job) => (await send("POST", "/api/v1/jobs", job)).job_id,
  /** `cancel`, `start`, `pause`, `resume` or `retry`. */
  doTo: (id, what, how = {}) => send("POST", jobPath(id, `/${what}`), how),
  change: (id, how) => send("PATCH", jobPath(id), how),
  remove: (id) => send("DELETE", jobPath(id), {}),
  /** The identity of the event so many before the last one. */
  lastEvent: async (before) => {
    const answer = await fetched("/api/v1/jobs?limit=1");
    const [boot, seq] = (answer.headers.get("events-id") ?? "").split(".");
    return seq ? `${boot}.${Math.max(0, seq - before)}` : null;
  },

  tokens: async () => (await get("/api/v1/tokens")).items,
  makeToken: (token) => send("POST", "/api/v1/tokens", token),
  revokeToken: (id) => send("DELETE", `/api/v1/tokens/${encodeURIComponent(id)}`, {}),
  links: async (id) => (await get(jobPath(id, "/links"))).items,
  makeLink: (id, hours) => send("POST", jobPath(id, "/links"), { hours }),
  endLink: (id, link) => send("DELETE", jobPath(id, `/links/${encodeURIComponent(link)}`), {}),
  webhooks: async () => (await get("/api/v1/webhooks")).items,
  putWebhook: (name, hook) => send("PUT", hookPath(name), hook),
  removeWebhook: (name) => send("DELETE", hookPath(name), {}),
  testWebhook: (name) => send("POST", `${hookPath(name)}/test`, {}),
  deliveries: async (name) => (await get(`${hookPath(name)}/deliveries?limit=20`)).items,
  sendAgain: (id) => send("POST", `/api/v1/deliveries/${encodeURIComponent(id)}/retry`, {}),

  disconnect: (client_id) => command({ DisconnectClient: { client_id } }),
  forgive: (client_id) => command({ ForgiveClient: { client_id } }),
};

const FINAL = ["Completed", "Failed", "Cancelled"];
const WAITS = ["Queued", "WaitingForClients"];
const RUNS = ["Benchmarking", "Processing", "Combining"];
export const isFinal = (job) => FINAL.includes(job.status);
export const isRunning = (job) => RUNS.includes(job.status);
/** Whether the job makes a folder for players instead of a file. */
export const isStream = (job) => job.output_name === "stream";
export const isAdmin = () => session.value?.role === "admin";
export const framePath = (id, n, of, width) => jobPath(id, `/frames/${n}?of=${of}&width=${width}`);
export const stripPath = (id, count) => jobPath(id, `/strip?count=${count}`);
/** A viewer is shown nothing that would be refused. */
export const mayChange = () => session.value?.role !== "viewer";
export const resultPath = (job, inline) => `${job.output_url}${inline ? "?inline=1" : ""}`;
