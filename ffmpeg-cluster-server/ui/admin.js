// Settings of admins: tokens, and webhooks with what was sent to them.

import { api } from "./api.js";
import { each, h, signal } from "./dom.js";
import { ago, day, say, sayMany } from "./format.js";
import { attempt, button, commandLine, problemBox, qr } from "./parts.js";

const ROLES = ["worker", "submitter", "viewer", "admin"];

/** A list that is read again after each change. */
export function listOf(read) {
  const all = signal([]);
  const look = () => attempt(say("reading"), async () => (all.value = await read()));
  look();
  return { all, look };
}

/** A form that shows what the server refused. `work` gets the fields by their names. */
function form(name, fields, work) {
  const problem = signal(null);
  const go = async (event) => {
    event.preventDefault();
    problem.value = null;
    const values = Object.fromEntries(new FormData(event.target));
    await work(values).then(() => event.target.reset(), (why) => (problem.value = why));
  };
  return h("form", { class: "bar fields", "aria-label": name, onsubmit: go }, fields, h("button", null, name), () => (problem.value ? problemBox(problem.value) : null));
}

const labelled = (label, input) => h("label", null, h("span", null, label), input);
const text = (label, name, more) => labelled(label, h("input", { type: "text", name, autocomplete: "off", spellcheck: "false", ...more }));
const menu = (label, name, all) => labelled(label, h("select", { name }, all.map(([value, said]) => h("option", { value }, said))));

export function tokens() {
  const { all, look } = listOf(api.tokens);
  const made = signal(null);
  const make = async ({ role, note, expires }) => {
    made.value = await api.makeToken({ role, note, ...(expires.trim() && { expires: expires.trim() }) });
    look();
  };
  const revoke = async (token, name) => {
    if (!confirm(say("revoke_sure", { name }))) return;
    await attempt(say("revoke"), () => api.revokeToken(token.id));
    look();
  };
  return h(
    "section",
    { "aria-labelledby": "tokens" },
    h("h2", { id: "tokens" }, say("tokens")),
    form(say("make_token"), [menu(say("role"), "role", ROLES.map((one) => [one, say(`role_${one}`)])), text(say("note"), "note", { maxlength: 80 }), text(say("expires"), "expires", { placeholder: "90d" })], make),
    () => (made.value ? secrets(made.value, () => (made.value = null)) : null),
    each(h("ul", { class: "rows" }), () => all.value.filter((one) => !one.revoked_at), (one) => one.id, (token) => tokenRow(token, revoke)),
  );
}

/** Shown once: the server keeps no secret that it could show again. */
export function secrets(made, close) {
  return h(
    "div",
    { class: "box", role: "status" },
    h("strong", null, say("shown_once")),
    made.command ? [h("p", null, say("type_there")), commandLine(made.command)] : null,
    made.sign_in ? [h("p", null, say("open_there", { print: made.fingerprint })), commandLine(made.sign_in), qr(made.qr)] : null,
    made.secret ? [h("p", null, say("secret_of", { name: made.name })), commandLine(made.secret)] : null,
    h("p", { class: "bar" }, button(say("done"), say("done"), close)),
  );
}

function tokenRow(token, revoke) {
  const name = token.value.note || token.value.id;
  const facts = ({ id, created_at, expires_at, last_used_at }) =>
    [id, say("made_ago", { when: ago(created_at) }), say("used_ago", { when: last_used_at ? ago(last_used_at) : say("never") }), expires_at ? say("until", { when: day(expires_at) }) : null].filter(Boolean).join(" · ");
  return h(
    "li",
    { class: "row token" },
    h("span", { class: "name" }, name),
    h("span", { class: "badge" }, say(`role_${token.value.role}`)),
    h("span", { class: "doing" }, () => facts(token.value)),
    h("span", { class: "actions" }, button(say("revoke"), say("revoke_of", { name }), () => revoke(token.peek(), name))),
  );
}

export function webhooks() {
  const { all, look } = listOf(api.webhooks);
  const made = signal(null);
  const add = async ({ name, url, types, lan }) => {
    const wanted = types.split(/[\s,]+/).filter(Boolean);
    const told = await api.putWebhook(name.trim(), { url: url.trim(), ...(wanted.length && { types: wanted }), allow: lan ? "lan" : "public" });
    made.value = told.secret ? told : null;
    look();
  };
  const fields = [
    text(say("hook_name"), "name", { required: true, pattern: "[a-z0-9_\\-]+" }),
    text(say("hook_url"), "url", { required: true, placeholder: "https:…" }),
    text(say("hook_types"), "types", { placeholder: "job.completed job.failed" }),
    h("label", { class: "check" }, h("input", { type: "checkbox", name: "lan" }), say("hook_lan")),
  ];
  return h(
    "section",
    { "aria-labelledby": "webhooks" },
    h("h2", { id: "webhooks" }, say("webhooks")),
    form(say("add_webhook"), fields, add),
    () => (made.value ? secrets(made.value, () => (made.value = null)) : null),
    each(h("ul", { class: "rows" }), () => all.value, (one) => one.name, (hook) => hookRow(hook, look)),
  );
}

function hookRow(hook, look) {
  const { name } = hook.value;
  const tested = signal("");
  const sent = signal(null);
  const test = () => attempt(say("test"), async () => {
    const { is_delivered, status, error, took_ms } = await api.testWebhook(name);
    tested.value = say(is_delivered ? "test_well" : "test_badly", { status: status ?? "", error: error ?? "", ms: took_ms });
  });
  const show = () => attempt(say("deliveries"), async () => (sent.value = sent.value ? null : await api.deliveries(name)));
  const remove = async () => {
    if (!confirm(say("delete_hook_sure", { name }))) return;
    await attempt(say("act_remove"), () => api.removeWebhook(name));
    look();
  };
  const of = (key, work) => button(say(key), say("act_of", { act: say(key), name }), work);
  return h(
    "li",
    { class: "row token" },
    h("span", { class: "name" }, name),
    h("span", { class: () => `badge ${hook.value.disabled ? "Failed" : "Completed"}` }, () => say(hook.value.disabled ? "hook_disabled" : "hook_enabled")),
    h("span", { class: "doing" }, () => [hook.value.url, hook.value.types.join(" "), hook.value.disabled?.why].filter(Boolean).join(" · ")),
    h("span", { class: "actions" }, of("test", test), of("deliveries", show), of("act_remove", remove)),
    h("p", { class: "doing", role: "status", hidden: () => !tested.value }, () => tested.value),
    () => (sent.value ? deliveries(sent.value, name) : null),
  );
}

function deliveries(all, name) {
  if (!all.length) return h("p", { class: "doing" }, say("no_deliveries"));
  const again = (id) => attempt(say("send_again"), () => api.sendAgain(id));
  const row = ({ id, type, state, created_at, tries, last_status, last_error }) =>
    h("tr", null, [type, say(`delivery_${state}`), ago(created_at), sayMany("tries", tries), last_error ?? last_status ?? ""].map((cell) => h("td", null, String(cell))), h("td", null, button(say("send_again"), say("act_of", { act: say("send_again"), name: id }), () => again(id))));
  const label = say("act_of", { act: say("deliveries"), name });
  return h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": label }, h("table", null, h("thead", null, h("tr", null, ["t_type", "t_state", "t_begin", "t_tries", "t_answer", "t_do"].map((one) => h("th", { scope: "col" }, say(one))))), h("tbody", null, all.map(row))));
}
