// Settings: who this browser is, and how another one signs in.

import { session } from "./api.js";
import { h } from "./dom.js";
import { say } from "./format.js";
import { commandLine, title } from "./parts.js";

export function settingsScreen() {
  const who = () => {
    const { trusted, as, role } = session.value;
    return trusted ? say("you_are_local") : say("you_are", { who: as, role });
  };
  return h(
    "main",
    { id: "main" },
    title(say("settings")),
    h("p", null, who),
    h("p", { class: "hint" }, () => say("server_version", { n: session.value.version })),
    h(
      "section",
      { class: "box", "aria-labelledby": "device" },
      h("h2", { id: "device" }, say("other_device")),
      h("p", null, say("other_device_hint")),
      commandLine("ffmpeg-cluster-server sign-in"),
    ),
  );
}
