// Settings: who this browser is, which others are signed in with the same token, and how one signs in.

import { secrets, tokens, webhooks } from "./admin.js";
import { api, isAdmin, session } from "./api.js";
import { derive, each, h, signal } from "./dom.js";
import { ago, say } from "./format.js";
import { attempt, button, commandLine, title } from "./parts.js";

export function settingsScreen() {
  // What signing in answered may be old, and tells of no other browser.
  api.session().catch(() => {});
  const who = () => {
    const { trusted, as, role } = session.value;
    return trusted ? say("you_are_local") : say("you_are", { who: as, role });
  };
  const admin = derive(isAdmin);
  return h(
    "main",
    { id: "main" },
    title(say("settings")),
    h("p", null, who),
    h("p", { class: "hint" }, () => say("server_version", { n: session.value.version })),
    browsers(),
    () => (admin.value ? [tokens(), webhooks()] : null),
    device(),
  );
}

/** Who has a token makes a link here; the server's own user has none, and makes it on the server. */
function device() {
  const made = signal(null);
  const make = async () => (made.value = await attempt(say("other_device"), () => api.link()));
  const byClick = () =>
    made.value
      ? secrets({ sign_in: made.value.address, qr: made.value.qr, fingerprint: made.value.fingerprint }, () => (made.value = null))
      : [h("p", null, say("other_device_click")), h("p", null, button(say("other_device_make"), say("other_device_make"), make))];
  const byCommand = () => [h("p", null, say("other_device_hint")), commandLine("ffmpeg-cluster-server sign-in")];
  return h(
    "section",
    { class: "box", "aria-labelledby": "device" },
    h("h2", { id: "device" }, say("other_device")),
    () => (session.value.trusted ? byCommand() : byClick()),
  );
}

function browsers() {
  const all = () => session.value.browsers ?? [];
  return h(
    "section",
    { "aria-labelledby": "browsers", hidden: () => all().length === 0 },
    h("h2", { id: "browsers" }, say("browsers")),
    each(h("ul", { class: "rows" }), all, (one) => one.id, row),
  );
}

function row(browser) {
  const { id, agent, from } = browser.value;
  const name = nameOf(agent);
  const out = () => attempt(say("sign_out"), () => api.signOutOther(id));
  return h(
    "li",
    { class: "row" },
    h("span", { class: "name" }, name),
    h("span", { class: "facts" }, () => say("seen_ago", { from, when: ago(browser.value.seen_at) })),
    h("span", { class: "actions" }, () => (browser.value.this ? say("this_browser") : button(say("sign_out"), say("sign_out_of", { name }), out))),
  );
}

/** The browser and its system out of what it calls itself. */
function nameOf(agent) {
  const browser = /(?:Firefox|Edg|OPR|Chrome|Safari|curl)\/\d+/.exec(agent)?.[0].replace("/", " ");
  const system = /Windows|iPhone|iPad|Android|Mac OS|CrOS|Linux|FreeBSD/.exec(agent)?.[0];
  return [browser, system].filter(Boolean).join(", ") || agent || say("unknown_browser");
}
