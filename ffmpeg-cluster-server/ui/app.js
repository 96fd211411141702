// The frame around all screens: which one is shown, the navigation, drops anywhere, and who we are.

import { api, mayChange, session } from "./api.js";
import { clientsScreen } from "./clients.js";
import { effect, h, root, signal } from "./dom.js";
import { eventsScreen } from "./events.js";
import { rate, say, sayMany } from "./format.js";
import { jobScreen } from "./job.js";
import { clients, forgetAll, link, start } from "./live.js";
import { notice } from "./parts.js";
import { jobs, queueScreen } from "./queue.js";
import { settingsScreen } from "./settings.js";
import { signInByLink, signInScreen } from "./signin.js";
import { submitScreen } from "./submit.js";
import { addFiles } from "./upload.js";

const SCREENS = { queue: queueScreen, submit: submitScreen, clients: clientsScreen, events: eventsScreen, settings: settingsScreen, jobs: jobScreen };
const IN_NAV = ["queue", "submit", "clients", "events", "settings"];
const inNav = () => IN_NAV.filter((name) => name !== "submit" || mayChange());

const place = signal(placeNow());
const app = document.getElementById("app");

function placeNow() {
  const [name, id] = location.hash.replace(/^#\//, "").split("?")[0].split("/");
  return SCREENS[name] && (name !== "jobs" || id) && (name !== "submit" || mayChange()) ? { name, id: id && decodeURIComponent(id) } : { name: "queue" };
}

function shell() {
  return [
    h("a", { class: "skip", href: "#main", onclick: toMain }, say("skip")),
    h(
      "header",
      null,
      h("a", { class: "brand", href: "#/queue" }, say("app")),
      h("nav", { "aria-label": say("nav") }, inNav().map((name) => h("a", { href: `#/${name}`, "aria-current": () => (place.value.name === name ? "page" : null) }, say(name)))),
      h("p", { class: "state" }, h("span", { class: () => `link ${link.value}` }, () => say(link.value)), h("span", null, totals)),
      () => (session.value.trusted ? null : h("button", { type: "button", onclick: () => api.signOut() }, say("sign_out"))),
    ),
    () => (session.value.open ? h("p", { class: "banner" }, say("open_to_all")) : null),
    () => (link.value === "lost" ? h("p", { class: "banner", role: "alert" }, say("lost_long")) : null),
  ];
}

function toMain(event) {
  event.preventDefault();
  document.querySelector("h1")?.focus();
}

function totals() {
  const all = (clients.value ?? []).filter((one) => one.status !== "Disconnected");
  const fps = all.reduce((sum, one) => sum + (one.status === "Processing" ? one.performance ?? 0 : 0), 0);
  return fps > 0 ? `${sayMany("machines", all.length)} · ${rate(fps)}` : sayMany("machines", all.length);
}

/** Shows the screen of the address. The old one's effects end before the new one is made. */
function show() {
  let shown = null;
  let first = true;
  effect(() => {
    const { name, id } = place.value;
    shown?.end();
    shown?.made.remove();
    shown = root(() => SCREENS[name](id));
    app.append(shown.made);
    document.title = `${say(name === "jobs" ? "job" : name)} – ${say("app")}`;
    if (!first) shown.made.querySelector("h1")?.focus();
    first = false;
  });
  return () => shown?.end();
}

function frame() {
  let ending = () => {};
  const isKnown = signal(null);
  effect(() => (isKnown.value = session.value?.signed_in ?? null));
  effect(() => {
    if (isKnown.value === null) return;
    ending();
    if (!isKnown.value) {
      forgetAll();
      jobs.value = null;
    }
    const all = root(() => (isKnown.value ? [h("div", { class: "frame" }, shell())] : [signInScreen()]));
    app.replaceChildren(...all.made);
    const screens = isKnown.value ? root(() => show()) : null;
    document.title = isKnown.value ? document.title : `${say("signin_title")} – ${say("app")}`;
    ending = () => {
      screens?.made();
      screens?.end();
      all.end();
    };
  });
}

function takeDrops() {
  const holds = (event) => session.value?.signed_in && mayChange() && [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragover", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  const leave = () => document.body.classList.remove("dropping");
  addEventListener("dragleave", (event) => !event.relatedTarget && leave());
  addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    leave();
    addFiles(event.dataTransfer.files);
    location.hash = "#/submit";
  });
}

function notices() {
  const words = h("p", { class: "notice", role: "status", hidden: () => !notice.value }, () => notice.value?.text ?? "");
  document.body.append(words);
}

addEventListener("hashchange", () => (place.value = placeNow()));
takeDrops();
notices();
frame();
await signInByLink();
if (!session.value) await api.session().catch(() => (session.value = { signed_in: false }));
start();
