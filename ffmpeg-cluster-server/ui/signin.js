// The sign-in page: all that strangers see.

import { api } from "./api.js";
import { h, signal } from "./dom.js";
import { say } from "./format.js";
import { problemBox, title } from "./parts.js";

const problem = signal(null);

/** The code of a one-time link stands behind the hash, which no browser sends. It is taken out of the history at once. */
export async function signInByLink() {
  const code = /^#code=([0-9a-f]+)$/.exec(location.hash)?.[1];
  if (!code) return;
  history.replaceState(null, "", "#/queue");
  await api.signIn({ code }).catch((why) => (problem.value = why));
}

export function signInScreen() {
  const busy = signal(false);
  const token = h("input", { id: "token", type: "password", autocomplete: "current-password", required: true, "aria-describedby": "token-hint" });
  const stay = h("input", { id: "stay", type: "checkbox" });
  const go = async (event) => {
    event.preventDefault();
    if (!token.value.trim()) return;
    busy.value = true;
    problem.value = null;
    await api.signIn({ token: tokenIn(token.value), stay: stay.checked }).catch((why) => (problem.value = why));
    busy.value = false;
  };
  return h(
    "main",
    { class: "signin" },
    title(say("app")),
    h(
      "form",
      { onsubmit: go, "aria-label": say("signin_title") },
      h("label", { for: "token" }, say("signin_token")),
      token,
      h("p", { class: "hint", id: "token-hint" }, say("signin_token_hint")),
      h("p", { class: "check" }, stay, h("label", { for: "stay" }, say("signin_stay"))),
      h("button", { class: "main", disabled: () => busy.value }, () => say(busy.value ? "signin_busy" : "signin_go")),
      () => (problem.value ? problemBox(problem.value) : null),
    ),
    h("p", { class: "hint" }, say("signin_link_hint")),
  );
}

/** People paste the whole line that the server printed. */
const tokenIn = (text) => /fc1\.\S+/.exec(text)?.[0] ?? text.trim();
