// Words from the table, and numbers, sizes and times as people read them.

import { words } from "./words.en.js";

const LANGUAGE = "en";
const plurals = new Intl.PluralRules(LANGUAGE);
const whole = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 1 });
const days = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });

/** A word of the table, filled in. */
export function say(key, values) {
  const text = words[key] ?? key;
  return values ? text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all) : text;
}

/** The same for a count. */
export function sayMany(key, n) {
  return say(`${key}_${plurals.select(n) === "one" ? "one" : "other"}`, { n: count(n) });
}

export const has = (key) => key in words;
export const count = (n) => whole.format(n ?? 0);
export const decimal = (n) => tenth.format(n ?? 0);
export const percent = (n) => say("percent", { n: whole.format(Math.floor(n ?? 0)) });
export const day = (moment) => days.format(Date.parse(moment));
export const rate = (n) => say("fps", { n: n >= 10 ? count(n) : decimal(n) });

export function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  for (; n >= 1000 && at < units.length - 1; at += 1) n /= 1000;
  return `${at > 1 ? decimal(n) : count(n)} ${units[at]}`;
}

export function length(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
}

/** "5 minutes ago". */
export function ago(moment, now = Date.now()) {
  const seconds = Math.round((Date.parse(moment) - now) / 1000);
  if (Number.isNaN(seconds)) return "";
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(Math.min(0, seconds), "second");
}

const HUES = 12;
/** To a hue far from the taken one; it has no factor in common with their number, so that all come in turn. */
const STEP = 5;
const hues = new Map();

/** A machine's own hue, which its identity chooses; where another machine has it already, the next free one. */
export function hueOf(id) {
  if (!hues.has(id)) hues.set(id, freeHue(id));
  return hues.get(id);
}

function freeHue(id) {
  let wanted = 0;
  for (const letter of String(id)) wanted = (wanted * 31 + letter.codePointAt(0)) >>> 0;
  const taken = new Set(hues.values());
  for (let n = 0; n < HUES; n += 1) {
    const hue = (wanted + n * STEP) % HUES;
    if (!taken.has(hue)) return hue;
  }
  return wanted % HUES;
}
