// The page in a real Chromium, against a real server and a real client. Called by `scripts/test.sh ui`.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import assert from "node:assert/strict";
import { CHROMIUM, CLIENT, FLAGS, SERVER, SHOTS, UI, WORK, children, chromium, dropFilm, joinOf, judge, pages, person, say, signIn, start, verb, weigh } from "./ui/browser.mjs";
import { framesAreCompared } from "./ui/compare.mjs";
import { aLongQueueIsShort, aQueueIsArranged } from "./ui/queue.mjs";
import { aPlanIsShown, aTimeline, aViewerChangesNothing, adminsSetTokensAndWebhooks, eventsAreListed, lanesAreWalked } from "./ui/screens.mjs";
import { aStreamIsShown } from "./ui/stream.mjs";

const NAME = "<script>alert(1)<img src=x onerror=alert(2)>.mkv";

async function strangersSeeTheSignInPageAlone(browser, base, token) {
  const { page, faults } = await person(browser, base);
  const weight = weigh(page);
  await page.goto("/");
  await page.getByRole("heading", { name: "FFmpeg Cluster" }).waitFor();
  assert.ok(UI || (weight.bytes > 0 && weight.bytes <= 40 * 1024 && weight.requests <= 4), JSON.stringify(weight));
  say(`the page: ${weight.bytes} bytes in ${weight.requests} requests`);
  const refused = await page.evaluate(() => Promise.all(["/api/v1/jobs", "/api/v1/clients"].map(async (path) => (await fetch(path)).status)));
  assert.deepEqual(refused, [401, 401]);
  await judge(page, "signin");
  await page.getByLabel("Token or join string").fill("guess");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("sign-in").waitFor();
  await signIn(page, token);
  return { page, faults };
}

async function anUploadGoesOnAfterAReload(page, film) {
  const network = await page.context().newCDPSession(page);
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: film.length / 6 };
  await network.send("Network.enable");
  await network.send("Network.emulateNetworkConditions", slow);
  await dropFilm(page, NAME, film);
  await page.waitForFunction(() => document.querySelector(".row progress")?.value > 30);
  await page.reload();
  await page.getByRole("heading", { name: "Unfinished uploads" }).waitFor();
  await network.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: -1 });
  const patch = page.waitForRequest((request) => request.method() === "PATCH");
  await dropFilm(page, NAME, film);
  const offset = Number((await patch).headers()["upload-offset"]);
  assert.ok(offset > 0 && offset < film.length, `it went on at ${offset}`);
  await page.getByText("uploaded", { exact: false }).first().waitFor();
  say(`an upload went on at byte ${offset} of ${film.length} after a reload`);
}

async function aFilmIsProvedAndDownloaded(page) {
  await page.getByLabel("FFmpeg words").fill("-c:v libx264 -preset ultrafast -crf 30");
  await judge(page, "submit");
  await page.getByRole("button", { name: "Start 1 film" }).click();
  await page.getByRole("link", { name: /Show the job of/ }).click();
  await page.getByRole("heading", { level: 1, name: NAME }).waitFor();
  await judge(page, "job-at-work");
  await page.getByRole("heading", { name: "Proof" }).waitFor();
  await page.getByText("✓ ").waitFor();
  const told = page.waitForEvent("download");
  await page.getByRole("link", { name: /Download/ }).click();
  const path = await (await told).path();
  const sum = createHash("sha256").update(readFileSync(path)).digest("hex");
  assert.ok((await page.getByText(sum).count()) > 0, `the download's SHA-256 ${sum} is not that of the proof`);
  say("the film is proved, and downloaded as it was proved");
  await page.getByRole("img", { name: /100 %: attic 200/ }).waitFor();
  await page.getByText("Play the result").click();
  await page.waitForFunction(() => document.querySelector("video")?.videoWidth === 320);
  await judge(page, "job");
}

async function aStripIsDrawn(page) {
  const timeline = aTimeline();
  await page.route("**/timeline", (route) => route.fulfill({ json: timeline }));
  await page.reload();
  const strip = page.getByRole("img", { name: /40 %: attic 250, nas 150.*1 retry/ });
  await strip.focus();
  await page.keyboard.press("s");
  await page.getByText("Frame 250 · nas · kept · attempt 2").waitFor();
  await page.getByText("As a table").first().click();
  assert.equal(await page.getByRole("row").count(), 5);
  await judge(page, "job-strip");
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    // The browser tells of the other scheme before the next frame, and not within the call.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const painted = await strip.evaluate((canvas) => [...canvas.getContext("2d").getImageData(canvas.width - 9, 9, 1, 1).data].slice(0, 3));
    const wanted = await strip.evaluate((canvas) => getComputedStyle(canvas).getPropertyValue("--todo").trim());
    assert.equal(`#${painted.map((one) => one.toString(16).padStart(2, "0")).join("")}`, wanted, `the strip in ${colorScheme}`);
  }
  await lanesAreWalked(page);
  await page.unroute("**/timeline");
}

async function refusalsAndRemediesAreShown(page) {
  await page.goto("/#/submit");
  await page.getByLabel("A film on the server").fill("/no/such/film.mkv");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Start 1 film" }).click();
  await page.getByRole("alert").getByText("--media-root").waitFor();
  await judge(page, "submit-refused");
  await page.getByRole("button", { name: "Remove /no/such/film.mkv" }).or(page.getByRole("button", { name: "Remove film.mkv" })).click();
  await page.goto(`/#/jobs/${"0".repeat(8)}`);
  await page.getByRole("heading", { name: "There is no such job" }).waitFor();
}

async function aWaitingJobIsCancelled(page, film) {
  await dropFilm(page, "waits.mkv", film);
  await page.getByText("More").click();
  await page.getByLabel("Clients before it starts").fill("3");
  await page.getByRole("button", { name: "Start 1 film" }).click();
  await page.getByRole("link", { name: "Show the job of waits.mkv" }).waitFor();
  await page.getByRole("navigation").getByRole("link", { name: "Queue" }).click();
  await page.getByText("Waiting for clients").waitFor();
  const cancel = page.getByRole("button", { name: "Cancel waits.mkv" });
  await cancel.focus();
  await judge(page, "queue-waiting");
  const listed = page.waitForResponse((answer) => answer.url().includes("/api/v1/jobs?"));
  // As when the tab is looked at again; events alone would not make the page ask now.
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await listed;
  assert.ok(await cancel.evaluate((element) => element === document.activeElement), "the focus is lost when the list is read again");
  await page.keyboard.press("Enter");
  await page.getByText("Cancelled").waitFor();
  say("a waiting job is shown with its reason, and cancelled by keyboard");
}

async function screensByKeyboard(page) {
  await page.keyboard.press("Escape");
  for (const screen of ["Queue", "Clients", "Events", "Settings"]) {
    const link = page.getByRole("navigation").getByRole("link", { name: screen });
    // Backwards: the navigation stands before the screen, whose rows may be many.
    for (let n = 0; n < 100 && !(await link.evaluate((element) => element === document.activeElement)); n += 1) await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: screen }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), screen, "the focus follows");
    if (screen === "Queue") await page.getByRole("link", { name: NAME, exact: true }).waitFor();
    if (screen === "Clients") await page.getByText("Idle").waitFor();
    await judge(page, screen.toLowerCase());
  }
}

/** The events of a server that has them: frames of progress are shown, and others make the page ask again. */
async function eventsAreFollowed(page) {
  const sockets = [];
  await page.routeWebSocket(/\/api\/v1\/events$/, (socket) => sockets.push(socket));
  await page.goto("/#/clients");
  await page.reload();
  await page.getByText("live", { exact: true }).waitFor();
  const [{ client_id }] = (await page.evaluate(async () => (await fetch("/api/v1/clients")).json())).items;
  sockets[0].send(JSON.stringify({ type: "progress", clients: { [client_id]: [4321] } }));
  await page.getByText("4,321 fps").waitFor();
  const asked = page.waitForRequest(/\/api\/v1\/clients\?/);
  sockets[0].send(JSON.stringify({ seq: 1, type: "client.connected", client_id, data: {} }));
  await asked;
  await whatHappensMeanwhileIsAskedFor(page, sockets[0]);
  await sockets[0].close();
  await page.getByText("every 2 s").or(page.getByText("live", { exact: true })).waitFor();
  say("events are followed where the server has them");
}

/** An event that comes while an answer is on its way is not in that answer. */
async function whatHappensMeanwhileIsAskedFor(page, socket) {
  const happens = (seq) => socket.send(JSON.stringify({ seq, type: "client.connected", data: {} }));
  const held = new Promise((arrives) => page.route(/\/api\/v1\/clients\?/, arrives, { times: 1 }));
  happens(2);
  const route = await held;
  happens(3);
  const again = page.waitForRequest(/\/api\/v1\/clients\?/);
  await route.continue();
  await again;
}

async function aLinkSignsInOnce(browser, base) {
  const [link] = verb("sign-in", "submitter", "--port", new URL(base).port).trim().split("\n");
  const first = await person(browser, base);
  await first.page.goto(link);
  await first.page.getByRole("heading", { name: "Queue", level: 1 }).waitFor();
  assert.ok(!first.page.url().includes("code"), "the code stays in the address");
  await first.page.getByText("No films yet").waitFor();
  await judge(first.page, "queue-empty");
  const second = await person(browser, base);
  await second.page.goto(link);
  await second.page.getByRole("alert").waitFor();
  await first.page.getByRole("button", { name: "Sign out" }).click();
  await first.page.getByLabel("Token or join string").waitFor();
  await first.page.reload();
  await first.page.getByLabel("Token or join string").waitFor();
  say("a link signs in once, and signing out lasts");
  return [...first.faults, ...second.faults];
}

/** With the server's own certificate, as from another machine. */
async function theSameOverTls(browser, base, token) {
  const { context, page, faults } = await person(browser, base.replace("http:", "https:"), { ignoreHTTPSErrors: true });
  await signIn(page, token);
  const [cookie] = await context.cookies();
  assert.ok(cookie.name.startsWith("__Host-") && cookie.secure && cookie.httpOnly && cookie.sameSite === "Strict", JSON.stringify(cookie));
  await page.reload();
  await page.getByRole("heading", { name: "Queue", level: 1 }).waitFor();
  say("the same over TLS");
  return faults;
}

async function all() {
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
  const flags = ["--port", "0", "--bind", "127.0.0.1", "--work-dir", "server", "--no-local-trust", "--required-clients", "1", "--benchmark-duration", "1"];
  const [, port] = await start(SERVER, flags, /listening on http:\/\/127\.0\.0\.1:(\d+)/);
  const base = `http://127.0.0.1:${port}`;
  const [admin, worker] = [joinOf("admin"), joinOf("worker")].map((join) => join.replace(/\.5001\./, `.${port}.`));
  const client = start(CLIENT, ["--work-dir", "client", "--name", "attic"], /connected/i, { FFMPEG_CLUSTER_JOIN: worker });
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=8", "-f", "lavfi", "-i", "sine=d=8", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "20", "-g", "25", "-c:a", "aac", "film.mkv"], { cwd: WORK });
  const film = readFileSync(`${WORK}/film.mkv`);
  await client;
  say("a server, a client and a film are here");
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(" ") });
  const { page, faults } = await strangersSeeTheSignInPageAlone(browser, base, admin);
  await anUploadGoesOnAfterAReload(page, film);
  await aFilmIsProvedAndDownloaded(page);
  await aStripIsDrawn(page);
  await framesAreCompared(page);
  await refusalsAndRemediesAreShown(page);
  await aPlanIsShown(page);
  await aWaitingJobIsCancelled(page, film);
  await aQueueIsArranged(page);
  await aLongQueueIsShort(page);
  await screensByKeyboard(page);
  await eventsAreListed(page);
  await aStreamIsShown(page, film);
  await eventsAreFollowed(page);
  faults.push(...(await adminsSetTokensAndWebhooks(browser, page, base)));
  faults.push(...(await aViewerChangesNothing(browser, base, NAME)));
  faults.push(...(await theSameOverTls(browser, base, admin)));
  faults.push(...(await aLinkSignsInOnce(browser, base)));
  assert.deepEqual(faults, []);
  await browser.close();
  say("all of the page holds");
}

try {
  await all();
} catch (error) {
  for (const [n, page] of pages.entries()) {
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/failed-${n}.png`, fullPage: true });
    console.error(await page.locator("body").innerText());
  }
  throw error;
} finally {
  for (const child of children) child.kill();
}
process.exit(0);
