// Uploads by tus: three at a time, in slices, going on where they stopped, also after a reload.

import { Problem } from "./api.js";
import { say } from "./format.js";
import { signal } from "./dom.js";

const SLICE = 16 * 1024 * 1024;
const AT_ONCE = 3;
const WAITS_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const KEY = "fc-upload:";
const TUS = { "Tus-Resumable": "1.0.0" };

/** All films of the form: `{id, name, size, file?, path?, state, sent, rate, upload?, job?, problem?}` as signals' values. */
export const films = signal([]);
/** Uploads that an earlier page began: `{key, name, size, location}`. */
export const unfinished = signal(remembered());
const running = new Map();
let last = 0;

export const changed = (id, what) => {
  films.value = films.value.map((film) => (film.id === id ? { ...film, ...what } : film));
};
export const filmOf = (id) => films.value.find((film) => film.id === id);

export function addFiles(files) {
  const known = new Set(films.value.map((film) => film.key));
  const fresh = [...files].filter((file) => !known.has(keyOf(file)));
  films.value = [...films.value, ...fresh.map((file) => filmFrom(file))];
  fill();
}

function filmFrom(file) {
  last += 1;
  return { id: last, key: keyOf(file), name: file.name, size: file.size, file, state: "waits", sent: 0, rate: 0 };
}

export function addPath(path) {
  last += 1;
  films.value = [...films.value, { id: last, key: path, name: path.split("/").pop(), path, state: "here" }];
}

export function pause(id) {
  changed(id, { state: "paused" });
  running.get(id)?.abort();
  fill();
}

export function resume(id) {
  changed(id, { state: "waits", problem: null });
  fill();
}

export function remove(id) {
  const film = filmOf(id);
  films.value = films.value.filter((one) => one.id !== id);
  running.get(id)?.abort();
  if (film?.file && !film.job) forget(film.key);
  fill();
}

/** Removes an upload from the server, too. */
export function forget(key) {
  const place = localStorage.getItem(KEY + key);
  localStorage.removeItem(KEY + key);
  unfinished.value = remembered();
  if (place) fetch(JSON.parse(place).location, { method: "DELETE", headers: TUS }).catch(() => {});
}

/** It is a job's now. */
export function done(key) {
  localStorage.removeItem(KEY + key);
  unfinished.value = remembered();
}

const keyOf = (file) => `${file.name}:${file.size}:${file.lastModified}`;

function remembered() {
  const all = Object.keys(localStorage).filter((key) => key.startsWith(KEY));
  return all.map((key) => ({ key: key.slice(KEY.length), ...JSON.parse(localStorage.getItem(key)) }));
}

/** Starts uploads that wait, up to the limit. */
function fill() {
  for (const film of films.value) {
    if (running.size >= AT_ONCE) return;
    if (film.state === "waits" && film.file && !running.has(film.id)) upload(film);
  }
}

async function upload(film) {
  const stop = new AbortController();
  running.set(film.id, stop);
  changed(film.id, { state: "sending" });
  try {
    const location = await sendAll(film, stop.signal);
    changed(film.id, { state: "sent", sent: film.size, upload: location.split("/").pop() });
  } catch (problem) {
    if (!stop.signal.aborted) changed(film.id, { state: "failed", problem });
  }
  running.delete(film.id);
  fill();
}

async function sendAll(film, stop) {
  let { location, offset } = await begin(film);
  for (let failures = 0; offset < film.size; ) {
    try {
      offset = await sendSlice(film, location, offset, stop);
      failures = 0;
    } catch (problem) {
      if (stop.aborted || failures >= WAITS_MS.length || !mayPass(problem)) throw problem;
      await new Promise((after) => setTimeout(after, WAITS_MS[failures]));
      failures += 1;
      offset = (await offsetAt(location).catch(() => null)) ?? offset;
    }
  }
  return location;
}

/** Whether the same may work later: a broken connection, a busy server, another offset. */
const mayPass = ({ status }) => status === 0 || status === 409 || status === 423 || status === 429 || status >= 500;

/** Finds the upload that an earlier page began, or announces one. */
async function begin(film) {
  const known = localStorage.getItem(KEY + film.key);
  if (known) {
    const { location } = JSON.parse(known);
    const offset = await offsetAt(location);
    if (offset !== null) return { location, offset };
  }
  const metadata = `filename ${base64(film.name)}`;
  const headers = { ...TUS, "Upload-Length": String(film.size), "Upload-Metadata": metadata };
  const answer = await fetch("/api/v1/uploads", { method: "POST", headers }).catch(unreached);
  if (answer.status !== 201) throw await told(answer);
  const location = answer.headers.get("location");
  localStorage.setItem(KEY + film.key, JSON.stringify({ location, name: film.name, size: film.size }));
  return { location, offset: 0 };
}

/** Null if the server no longer has it. */
async function offsetAt(location) {
  const answer = await fetch(location, { method: "HEAD", headers: TUS, cache: "no-store" }).catch(unreached);
  return answer.ok ? Number(answer.headers.get("upload-offset")) : null;
}

const unreached = () => {
  throw new Problem({ status: 0, code: "NETWORK", message: say("lost_long") });
};

async function told(answer) {
  const { Error: error = {}, detail, remedy } = await answer.json().catch(() => ({}));
  const message = detail ?? error.message ?? String(answer.status);
  return new Problem({ status: answer.status, code: error.code ?? "INTERNAL", message, remedy });
}

/** By XMLHttpRequest, because fetch does not tell how much was sent. */
function sendSlice(film, location, offset, stop) {
  return new Promise((sent, failed) => {
    const request = new XMLHttpRequest();
    const began = performance.now();
    request.open("PATCH", location);
    const headers = { ...TUS, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      const rate = loaded / Math.max(0.05, (performance.now() - began) / 1000);
      changed(film.id, { sent: offset + loaded, rate });
    };
    request.onload = () => {
      if (request.status === 204) sent(Number(request.getResponseHeader("upload-offset")));
      else failed(problemIn(request));
    };
    request.onerror = request.onabort = () => failed(new Problem({ status: 0, code: "NETWORK", message: say("lost_long") }));
    stop.addEventListener("abort", () => request.abort());
    request.send(film.file.slice(offset, offset + SLICE));
  });
}

function problemIn(request) {
  let error = {};
  try {
    error = JSON.parse(request.responseText).Error ?? {};
  } catch {
    // A proxy's page, perhaps; the status says enough.
  }
  const { code = "INTERNAL", message = String(request.status) } = error;
  return new Problem({ status: request.status, code, message });
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
