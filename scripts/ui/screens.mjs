// Lanes, the plan, events, what admins set, and what a viewer is shown.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { joinOf, judge, person, say, signIn } from "./browser.mjs";

const T0 = 1_700_000_000_000;
const HOUR = 3_600_000;

/** Two machines and the server, with an hour in which nothing happened. */
export function aTimeline() {
  const span = (lease, client, [start, end], [leased, began, encoded, ended], more) => ({ lease, track: 0, start, end, client_id: client, client, attempt: 1, twin_of: null, earlier: false, leased_ms: T0 + leased, began_ms: T0 + began, encoded_ms: T0 + encoded, sent_ms: T0 + ended, ended_ms: T0 + ended, outcome: "kept", code: null, ...more });
  const late = (ms) => HOUR + ms;
  return {
    frames: 1000, frame_rate: 25, cuts: [], seams: [250, 400], now: T0 + late(9000),
    server: [{ what: "index", began_ms: T0, ended_ms: T0 + 800 }],
    spans: [
      span("1-1", "attic", [0, 250], [1000, 1500, 4500, 5000]),
      span("1-2", "nas", [250, 400], [1000, 1200, 2800, 3000], { outcome: "lost", code: "over_bound" }),
      span("1-3", "nas", [250, 400], [late(0), late(500), late(3000), late(3500)], { attempt: 2 }),
      span("1-4", "desk", [400, 600], [late(0), late(400), late(9000), late(9000)], { encoded_ms: null, sent_ms: null, ended_ms: null, outcome: null }),
    ],
  };
}

/** On a job's screen whose timeline is the one above. */
export async function lanesAreWalked(page) {
  const lanes = page.getByRole("img", { name: /4 machines, 5 pieces of work/ });
  const section = page.getByRole("region", { name: "Who did what, and when" });
  await lanes.focus();
  await page.keyboard.press("Home");
  await section.getByText("server · reads the film · 0 s after the start · 0.8 s").waitFor();
  await page.keyboard.press("ArrowRight");
  await section.getByText("attic · frames 0–249 · 1 s after the start · began 0.5 s later · encoded in 3 s · sent in 0.5 s · kept").waitFor();
  await page.keyboard.press("ArrowRight");
  await section.getByText(/^nas · frames 250–399 .* lost · over_bound$/).waitFor();
  // The strip has the same cursor.
  await page.getByText("Frame 250 · nas · kept · attempt 2").waitFor();
  await page.getByRole("img", { name: /attic 250/ }).focus();
  await page.keyboard.press("Home");
  await section.getByText(/^attic · frames 0–249/).waitFor();
  await section.getByText("As a table").click();
  assert.equal(await section.getByRole("row").count(), 6);
  const folded = await lanes.evaluate((canvas) => canvas.getContext("2d").getImageData(canvas.width * 0.5, 14 + 28 * 2, 1, 1).data[3]);
  assert.ok(folded > 0, "the hour in which nothing happened is not folded");
  await judge(page, "job-lanes");
}

export async function aPlanIsShown(page) {
  await page.goto("/#/submit");
  await page.getByLabel("Preset").selectOption("web-720p");
  await page.getByText("H.264 and AAC of at most 720 lines").waitFor();
  await page.getByLabel("A film on the server").fill("film.mkv");
  await page.keyboard.press("Enter");
  const plan = page.getByRole("region", { name: "What would happen" });
  await plan.getByText(/film\.mkv becomes film\.mp4.*scale=/).waitFor();
  await judge(page, "submit-plan");
  await page.getByLabel("FFmpeg words").fill("-c:v libx264 -b:v 2M");
  await page.locator("#params-wrong").getByText("-b:v").waitFor();
  assert.equal(await page.getByLabel("FFmpeg words").getAttribute("aria-invalid"), "true");
  await judge(page, "submit-plan-refused");
  await page.getByLabel("FFmpeg words").fill("");
  await plan.getByText(/becomes film\.mp4/).waitFor();
  assert.equal(await page.getByLabel("FFmpeg words").getAttribute("aria-invalid"), "false");
  await page.getByRole("button", { name: "Remove film.mkv" }).click();
  await page.getByLabel("Preset").selectOption("");
  say("a preset is chosen; the plan says what would happen, and errors stand at their field");
}

export async function eventsAreListed(page) {
  await page.getByRole("navigation").getByRole("link", { name: "Events" }).click();
  const ofJobs = page.getByText(/^job\./).first();
  await ofJobs.waitFor();
  await judge(page, "events");
  await page.getByRole("combobox", { name: "Show" }).selectOption({ label: "uploads" });
  await ofJobs.waitFor({ state: "detached" });
  await page.getByRole("combobox", { name: "Show" }).selectOption({ label: "jobs" });
  await ofJobs.waitFor();
  const job = (await page.evaluate(async () => (await fetch("/api/v1/jobs?limit=1")).json())).items[0].job_id;
  const rename = (name) => page.evaluate(([job, name]) => fetch(`/api/v1/jobs/${job}`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name }) }), [job, name]);
  const renamed = page.getByText("job.renamed", { exact: true });
  await rename("live");
  await renamed.waitFor();
  await page.getByLabel("Hold still").check();
  const seen = await page.getByRole("listitem").count();
  await rename("held");
  await page.waitForFunction(async () => (await (await fetch("/api/v1/jobs?limit=1")).json()).items[0].name === "held");
  assert.equal(await page.getByRole("listitem").count(), seen, "what is held moves");
  await page.getByLabel("Hold still").uncheck();
  await renamed.nth(1).waitFor();
  say("events come live, by type, and hold still");
}

/** What a receiver of webhooks got. */
function receiver() {
  const got = [];
  const server = createServer((request, answer) => {
    got.push(request.headers["webhook-id"]);
    answer.end();
  });
  return new Promise((ready) => server.listen(0, "127.0.0.1", () => ready({ got, server, url: `http://127.0.0.1:${server.address().port}/` })));
}

export async function adminsSetTokensAndWebhooks(browser, page, base) {
  await page.goto("/#/settings");
  await page.getByRole("combobox", { name: "For", exact: true }).selectOption("viewer");
  await page.getByLabel("Note").fill("wall screen");
  await page.getByLabel("Ends after").fill("soon");
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.getByRole("alert").getByText("expires").waitFor();
  await page.getByLabel("Ends after").fill("7d");
  await page.getByRole("button", { name: "Make a token" }).click();
  await page.getByText("Shown once").waitFor();
  const link = await page.getByText(/#code=/).first().innerText();
  await judge(page, "settings-token");
  const wall = await person(browser, base);
  await wall.page.goto(`/${link.slice(link.indexOf("#"))}`);
  await wall.page.getByRole("heading", { name: "Queue", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Done" }).click();
  const phone = await aLinkForAPhone(browser, base, wall.page);
  await page.getByRole("button", { name: "Revoke wall screen" }).click();
  await page.getByRole("button", { name: "Revoke wall screen" }).waitFor({ state: "detached" });
  await wall.page.reload();
  await wall.page.getByLabel("Token or join string").waitFor();
  await aMachineIsJoined(page);
  await page.goto("/#/settings");
  await webhooksAreSet(page);
  say("an admin makes and revokes tokens, and adds, tests and deletes webhooks");
  return [...wall.faults, ...phone.faults];
}

/** Who is signed in signs one more browser in. */
async function aLinkForAPhone(browser, base, page) {
  await page.goto("/#/settings");
  await page.getByRole("button", { name: "Make the link" }).click();
  await page.getByRole("img", { name: "QR code of the link" }).waitFor();
  const link = await page.getByText(/#code=/).first().innerText();
  await judge(page, "settings-link");
  const phone = await person(browser, base);
  await phone.page.goto(`/${link.slice(link.indexOf("#"))}`);
  await phone.page.getByRole("heading", { name: "Queue", level: 1 }).waitFor();
  say("who is signed in signs one more browser in, with a link and its QR code");
  return phone;
}

/** The line for another machine, made by a click. */
async function aMachineIsJoined(page) {
  await page.getByRole("navigation").getByRole("link", { name: "Clients" }).click();
  await page.getByRole("button", { name: "Make the line" }).click();
  await page.getByText(/fc1\.worker\./).waitFor();
  await judge(page, "clients-joining");
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Make the line" }).waitFor();
}

async function webhooksAreSet(page) {
  const { got, server, url } = await receiver();
  await page.getByLabel("Name", { exact: true }).fill("phone");
  await page.getByLabel("Address").fill(url);
  await page.getByLabel("Events", { exact: true }).fill("job.renamed");
  await page.getByRole("button", { name: "Add a webhook" }).click();
  // Such an address must be allowed first.
  await page.getByRole("form", { name: "Add a webhook" }).getByRole("alert").waitFor();
  await page.getByLabel("also in the local network").check();
  await page.getByRole("button", { name: "Add a webhook" }).click();
  await page.getByText("The secret that phone checks").waitFor();
  await page.getByRole("button", { name: "Test phone" }).click();
  await page.getByText("The test was delivered").waitFor();
  assert.equal(got.length, 1);
  await page.evaluate(async () => {
    const [{ job_id }] = (await (await fetch("/api/v1/jobs?limit=1")).json()).items;
    await fetch(`/api/v1/jobs/${job_id}`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name: "told" }) });
    const sent = async () => (await (await fetch("/api/v1/webhooks/phone/deliveries")).json()).items[0]?.state;
    while ((await sent()) !== "delivered") await new Promise(requestAnimationFrame);
  });
  await page.getByRole("button", { name: "Deliveries phone" }).click();
  await page.getByRole("cell", { name: "delivered", exact: true }).waitFor();
  await judge(page, "settings-webhook");
  await page.getByRole("button", { name: "Delete phone" }).click();
  await page.getByRole("button", { name: "Delete phone" }).waitFor({ state: "detached" });
  server.close();
}

/** A viewer sees everything, and no button that would be refused. */
export async function aViewerChangesNothing(browser, base, job) {
  const { page, faults } = await person(browser, base);
  const refused = [];
  page.on("response", (answer) => [401, 403].includes(answer.status()) && refused.push(answer.url()));
  await signIn(page, joinOf("viewer"));
  await page.getByRole("link", { name: job, exact: true }).waitFor();
  const buttons = async () => (await page.locator("main").getByRole("button").allInnerTexts()).join();
  assert.equal(await buttons(), "");
  assert.equal(await page.getByRole("link", { name: /Add films|Download/ }).count(), 0);
  await judge(page, "queue-viewer");
  await page.getByRole("link", { name: job, exact: true }).click();
  await page.getByRole("heading", { name: "Proof" }).waitFor();
  assert.equal(await buttons(), "");
  assert.equal(await page.getByText("Play the result").count(), 0);
  for (const screen of ["Clients", "Events", "Settings"]) {
    await page.getByRole("navigation").getByRole("link", { name: screen }).click();
    await page.getByRole("heading", { level: 1, name: screen }).waitFor();
  }
  assert.equal(await page.getByRole("heading", { name: "Tokens" }).count(), 0);
  assert.deepEqual(refused, []);
  say("a viewer sees all of it, and is offered nothing that would be refused");
  return faults;
}
