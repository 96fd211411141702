// How films are encoded: a preset, FFmpeg words, the result's suffix; and the plan, before anything starts.

import { api, session } from "./api.js";
import { derive, effect, h, onEnd, signal } from "./dom.js";
import { say, sayMany } from "./format.js";

const SUFFIXES = [".mp4", ".mkv", ".mov", ".webm"];
const SETTLE_MS = 400;
const PLANNED_MAX = 5;
const form = signal({ preset: "", params: "", suffix: "", clients: "", priority: "", full: false });
const presets = signal([]);
/** What the server said of the films, as `{name, plan}` or `{name, problem}`. */
const plans = signal([]);

/** Which field a refusal belongs to. */
const FIELD_OF = {
  INVALID_PARAMETERS: "params",
  UNKNOWN_ENCODER: "params",
  UNKNOWN_CONTAINER: "suffix",
  INVALID_NAME: "suffix",
  PRESET_NOT_FOUND: "preset",
};

const keep = (what) => (form.value = { ...form.value, ...what });
const defaults = () => session.value?.defaults ?? {};
const preset = () => presets.value.find((one) => one.name === form.value.preset);
const suffixOf = (name) => /\.[^.]+$/.exec(name ?? "")?.[0];
const wordsOf = (words) => (Array.isArray(words) ? words.join(" ") : words);

export const sourceOf = (film) => (film.path ? { path: film.path } : { upload: film.upload });

/** What is asked for a film, beside its source. */
export function askedOf(film) {
  const { params, suffix, clients, priority, full } = form.value;
  // The server takes names that every system can store.
  const stem = (film.name.replace(/\.[^.]*$/, "") || film.name).replace(/[<>:"/\\|?*\p{C}]/gu, "_");
  const end = suffix || suffixOf(preset()?.config.file_name_output) || suffixOf(defaults().file_name_output);
  const config = {
    ...(params.trim() && { ffmpeg_params: params.trim() }),
    ...(end && { file_name_output: stem + end }),
    ...(clients && { required_clients: Number(clients) }),
    ...(priority && { priority }),
    ...(full && { verify: "full" }),
  };
  return { config, ...(preset() && { preset: preset().name }) };
}

/** `films` are those that would start now. */
export function options(films) {
  api.presets().then((all) => (presets.value = all), () => {});
  follow(films);
  return h("section", { class: "options" }, presetField(), paramsField(), more(), planned());
}

function field(id, label, input, hint) {
  const wrong = derive(() => wrongIn(id));
  const told = h("p", { class: "warn words", id: `${id}-wrong`, hidden: () => !wrong.value }, () => wrong.value);
  effect(() => {
    input.setAttribute("aria-invalid", String(Boolean(wrong.value)));
    input.setAttribute("aria-describedby", [hint && `${id}-hint`, wrong.value && `${id}-wrong`].filter(Boolean).join(" "));
  });
  return h("div", { class: "field" }, h("label", { for: id }, label), input, told, hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null);
}

/** The sentences for a field; those of presets' own words stand at the preset. */
function wrongIn(id) {
  const all = plans.value.flatMap(({ problem }) => problem ?? []);
  const at = ({ code, field }) => {
    const name = field ?? FIELD_OF[code];
    return name === "params" && preset() && !form.value.params.trim() ? "preset" : name;
  };
  return [...new Set(all.filter((one) => at(one) === id).map((one) => one.message))].join("\n");
}

function presetField() {
  const menu = h("select", { id: "preset", onchange: () => keep({ preset: menu.value }) });
  effect(() => {
    const one = ({ name }) => h("option", { value: name }, name);
    menu.replaceChildren(h("option", { value: "" }, say("no_preset")), ...presets.value.map(one));
    menu.value = form.peek().preset;
  });
  const about = () => (preset() ? [preset().about, wordsOf(preset().config.ffmpeg_params)].filter(Boolean).join(" · ") : say("preset_hint"));
  return field("preset", say("preset"), menu, about);
}

function paramsField() {
  const input = h("input", { id: "params", type: "text", spellcheck: "false", autocomplete: "off", value: form.peek().params, oninput: () => keep({ params: input.value }) });
  const words = () => (preset()?.config.ffmpeg_params ? say("preset_words") : defaults().ffmpeg_params ?? "");
  return field("params", say("params"), input, () => say("params_hint", { words: words() }));
}

function more() {
  const { suffix, clients, priority, full } = form.peek();
  const option = (text, value, chosen) => h("option", { value, selected: value === chosen }, text);
  const suffixes = h("select", { id: "suffix", onchange: () => keep({ suffix: suffixes.value }) }, option(say("as_set"), "", suffix), SUFFIXES.map((one) => option(one, one, suffix)));
  const number = h("input", { id: "wanted", type: "number", min: 1, max: 10000, value: clients, oninput: () => keep({ clients: number.value }) });
  const turns = h("select", { id: "turn", onchange: () => keep({ priority: turns.value }) }, option(say("as_set"), "", priority), ["low", "normal", "high", "critical"].map((one) => option(say(`priority_${one}`), one, priority)));
  const careful = h("input", { id: "full", type: "checkbox", checked: full, onchange: () => keep({ full: careful.checked }) });
  return h(
    "details",
    null,
    h("summary", null, say("more_options")),
    field("suffix", say("container"), suffixes),
    field("wanted", say("wanted_clients"), number, say("wanted_clients_hint", { n: defaults().required_clients ?? "" })),
    field("turn", say("priority"), turns),
    h("p", { class: "check" }, careful, h("label", { for: "full" }, say("verify_full"))),
  );
}

/** Asks what would happen, shortly after the last change of the form or of the films. */
function follow(films) {
  let timer = 0;
  let asked = "";
  const ready = () => films().filter((film) => film.path || film.upload).slice(0, PLANNED_MAX);
  plans.value = [];
  effect(() => {
    const all = ready().map((film) => ({ name: film.name, job: { source: sourceOf(film), ...askedOf(film) } }));
    // Films that are sent change many times a second; what is asked does not.
    if (JSON.stringify(all) === asked) return;
    asked = JSON.stringify(all);
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = asked;
      const told = await Promise.all(all.map(plan));
      if (mine === asked) plans.value = told;
    }, SETTLE_MS);
  });
  onEnd(() => clearTimeout(timer));
}

async function plan({ name, job }) {
  try {
    const told = await api.plan(job);
    return told.accepted ? { name, plan: told } : { name, problem: told.problems };
  } catch ({ code, message, pointer }) {
    const field = { "#/config/required_clients": "wanted", "#/preset": "preset" }[pointer];
    return { name, problem: [{ code, message, field }] };
  }
}

function planned() {
  const line = ({ name, plan, problem }) =>
    plan
      ? h("li", null, say("plan_line", { name, result: plan.output_name, machines: sayMany("machines", plan.required_clients) }), h("code", null, plan.ffmpeg_params))
      : h("li", { class: "words" }, h("strong", null, say("plan_refused", { name })), problem.map((one) => one.message).join("; "));
  return h(
    "section",
    { class: "box plan", "aria-labelledby": "plan", "aria-live": "polite", hidden: () => plans.value.length === 0 },
    h("h2", { id: "plan" }, say("plan")),
    h("ul", null, () => plans.value.map(line)),
  );
}
