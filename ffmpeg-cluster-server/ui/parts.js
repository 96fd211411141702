// Parts that several screens are made of.

import { h, signal } from "./dom.js";
import { say } from "./format.js";

/** A sentence that is read aloud and shown for a while. */
export const notice = signal(null);

export function tell(text) {
  notice.value = { text };
  setTimeout(() => {
    if (notice.value?.text === text) notice.value = null;
  }, 6000);
}

export function problemBox(problem, title) {
  return h(
    "div",
    { class: "box bad", role: "alert" },
    h("strong", null, title ?? say("error")),
    h("p", { class: "words" }, problem.message),
    problem.details?.length ? h("ul", null, problem.details.map((one) => h("li", null, one))) : null,
    problem.remedy ? h("p", null, say("what_now"), ": ", problem.remedy) : null,
  );
}

/** Does it, and tells what went wrong. */
export async function attempt(what, work) {
  try {
    return await work();
  } catch (problem) {
    const remedy = problem.remedy ? ` ${problem.remedy}` : "";
    tell(`${say("error_of", { what })}: ${problem.message}${remedy}`);
    return null;
  }
}

export function bar(label, value) {
  const props = { max: 100, "aria-label": label };
  return h("progress", { ...props, value: () => value() });
}

export function badge(state) {
  return h("span", { class: () => `badge ${state()}` }, () => say(`state_${state()}`));
}

/** A line to type somewhere, with a button that copies it. */
export function commandLine(text) {
  const code = h("code", { tabindex: 0 }, text);
  const copy = async () => {
    // Without TLS there is no clipboard; then the line is selected.
    if (navigator.clipboard) await navigator.clipboard.writeText(text).catch(() => select(code));
    else select(code);
    tell(say("copied"));
  };
  return h("p", { class: "line" }, code, h("button", { type: "button", onclick: copy, "aria-label": `${say("copy")}: ${text}` }, say("copy")));
}

/** A link as a QR code, for a phone. */
export function qr(drawing) {
  if (!drawing) return null;
  const part = (tag, properties) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
    return element;
  };
  const svg = part("svg", { class: "qr", role: "img", "aria-label": say("qr"), viewBox: `0 0 ${drawing.side} ${drawing.side}` });
  svg.append(part("path", { d: drawing.path }));
  return svg;
}

function select(element) {
  getSelection().selectAllChildren(element);
}

export const button = (text, label, onclick, props) =>
  h("button", { type: "button", onclick, "aria-label": label === text ? null : label, ...props }, text);

/** A heading that takes the focus when its screen opens. */
export const title = (...text) => h("h1", { tabindex: -1 }, ...text);
