// Add films: dropped or chosen files, films on the server, and how they are encoded.

import { api } from "./api.js";
import { derive, each, effect, h } from "./dom.js";
import { bytes, percent, say, sayMany } from "./format.js";
import { again } from "./live.js";
import { askedOf, options, sourceOf } from "./options.js";
import { bar, button, problemBox, title } from "./parts.js";
import { addFiles, addPath, changed, done, filmOf, films, forget, pause, remove, resume, unfinished } from "./upload.js";

/** Films that become jobs as soon as they are on the server. */
const wanted = new Map();

effect(() => {
  for (const film of films.value) {
    if (wanted.has(film.id) && (film.state === "sent" || film.state === "here")) makeJob(film.id);
  }
});

export function submitScreen() {
  return h(
    "main",
    { id: "main" },
    title(say("submit")),
    dropPlace(),
    fromServer(),
    h("section", { "aria-labelledby": "films" }, h("h2", { id: "films" }, say("films")), none(), each(h("ul", { class: "rows" }), () => films.value, (film) => film.id, row)),
    earlier(),
    options(startable),
    h("p", { class: "bar" }, h("button", { type: "button", class: "main", disabled: () => startable().length === 0, onclick: startAll }, startText)),
  );
}

function dropPlace() {
  const input = h("input", { id: "files", type: "file", multiple: true, class: "unseen", onchange: () => taken(input) });
  return h(
    "div",
    { class: "box drop" },
    h("p", { class: "big" }, say("drop_title")),
    h("p", { class: "hint", id: "drop-hint" }, say("drop_hint")),
    input,
    h("label", { class: "button", for: "files" }, say("choose")),
  );
}

function taken(input) {
  addFiles(input.files);
  input.value = "";
}

function fromServer() {
  const path = h("input", { id: "path", type: "text", spellcheck: "false", "aria-describedby": "path-hint" });
  const go = (event) => {
    event.preventDefault();
    if (path.value.trim()) addPath(path.value.trim());
    path.value = "";
  };
  return h(
    "form",
    { class: "field", onsubmit: go },
    h("label", { for: "path" }, say("on_server")),
    h("span", { class: "line" }, path, h("button", null, say("on_server_add"))),
    h("p", { class: "hint", id: "path-hint" }, say("on_server_hint")),
  );
}

const none = () => h("p", { class: "hint", hidden: () => films.value.length > 0 }, say("no_films"));

function row(film) {
  const { id, name } = film.value;
  const state = derive(() => film.value.state);
  const sends = derive(() => ["waits", "sending", "paused"].includes(film.value.state));
  return h(
    "li",
    { class: "row film" },
    h("span", { class: "name" }, name),
    h("span", { class: "facts" }, () => [film.value.size ? `${bytes(film.value.size)} · ` : "", stateOf(film.value)].join("")),
    () => (sends.value ? bar(say("progress_of", { name }), () => share(film.value)) : null),
    h("span", { class: "actions" }, () => actions({ ...film.peek(), state: state.value }, id, name)),
    () => (film.value.problem ? problemBox(film.value.problem) : null),
  );
}

const share = (film) => (film.size ? (100 * film.sent) / film.size : 0);

function stateOf(film) {
  if (film.state === "sending") return say("film_sending", { percent: percent(share(film)), rate: bytes(film.rate) });
  if (film.state === "paused") return say("film_paused", { percent: percent(share(film)) });
  return film.state === "failed" ? say("film_failed") : say(`film_${film.state}`);
}

function actions(film, id, name) {
  if (film.job) return h("a", { class: "button", href: `#/jobs/${film.job}`, "aria-label": say("show_job_of", { name }) }, say("show_job"));
  const moving = film.state === "sending" || film.state === "waits";
  return [
    moving ? button(say("pause"), say("pause_of", { name }), () => pause(id)) : null,
    film.state === "paused" ? button(say("resume"), say("resume_of", { name }), () => resume(id)) : null,
    film.state === "failed" && film.file ? button(say("again"), say("again_of", { name }), () => retry(film)) : null,
    button(say("remove"), say("remove_of", { name }), () => remove(id)),
  ];
}

const retry = (film) => (film.upload ? changed(film.id, { state: "sent", problem: null }) : resume(film.id));

function earlier() {
  const rest = () => unfinished.value.filter((one) => !films.value.some((film) => film.key === one.key));
  const one = (entry) => {
    const { key, name } = entry.value;
    return h("li", { class: "row" }, h("span", { class: "name" }, name), h("span", { class: "facts" }, bytes(entry.value.size)), h("span", { class: "actions" }, button(say("forget"), say("forget_of", { name }), () => forget(key))));
  };
  return h(
    "section",
    { "aria-labelledby": "earlier", hidden: () => rest().length === 0 },
    h("h2", { id: "earlier" }, say("unfinished")),
    h("p", { class: "hint" }, say("unfinished_hint")),
    each(h("ul", { class: "rows" }), rest, (entry) => entry.key, one),
  );
}

const startable = () => films.value.filter((film) => !film.job && film.state !== "failed" && film.state !== "starting" && !film.wanted);
const startText = () => (startable().length ? sayMany("start", startable().length) : say("start_none"));

function startAll() {
  for (const film of startable()) {
    wanted.set(film.id, askedOf(film));
    changed(film.id, { wanted: true });
  }
}

async function makeJob(id) {
  const asked = wanted.get(id);
  const film = filmOf(id);
  wanted.delete(id);
  changed(id, { state: "starting" });
  try {
    const job = await api.make({ source: sourceOf(film), ...asked });
    done(film.key);
    changed(id, { state: "job", job });
    again(0);
  } catch (problem) {
    changed(id, { state: "failed", wanted: false, problem });
  }
}
