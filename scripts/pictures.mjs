// Pictures of the page for README, of a real farm: three clients make a film, and one of them is killed midway.
// Called by `scripts/pictures.sh`, with the variables that scripts/ui/browser.mjs names, and SHOTS.

import { execFileSync } from "node:child_process";
import { CHROMIUM, CLIENT, FLAGS, SERVER, SHOTS, WORK, children, chromium, joinOf, person, say, signIn, start } from "./ui/browser.mjs";

const SIZE = { width: 1180, height: 720 };
/** Long enough for a client to be in the middle of a segment. */
const AT_WORK_MS = 2500;

function makeFilms() {
  const picture = "testsrc2=s=640x360:r=25:d=40,hue=H=0.4*t";
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=d=40", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "50", "-c:a", "aac", "holiday.mkv"], { cwd: WORK });
  for (const name of ["birthday.mkv", "concert.mov"]) execFileSync("ffmpeg", ["-v", "error", "-i", "holiday.mkv", "-c", "copy", "-t", "10", name], { cwd: WORK });
}

/** The clients by their names, each with its process. */
async function farm(join) {
  const all = {};
  for (const name of ["attic", "nas", "desk"]) {
    await start(CLIENT, ["--work-dir", name, "--name", name, "--reconnect-delay", "1"], /connected/i, { FFMPEG_CLUSTER_JOIN: join });
    all[name] = children.at(-1);
  }
  return all;
}

const ask = (page, path, body) =>
  page.evaluate(
    async ([path, body]) => (await fetch(path, body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).json(),
    [path, body],
  );

const submit = async (page, path, config) => (await ask(page, "/api/v1/jobs", { source: { path }, config: { file_name_output: "film.mp4", ...config } })).job_id;

/** Asks until the answer is wanted. */
async function until(page, path, wanted) {
  for (;;) {
    const answer = await ask(page, path);
    if (wanted(answer)) return answer;
    await page.waitForTimeout(200);
  }
}

async function picture(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: `${SHOTS}/${name}-${colorScheme}.png` });
  }
  say(name);
}

async function aClientIsKilled(page, job, clients) {
  const begun = ({ now, spans }) => spans.some((span) => span.client === "nas" && !span.outcome && now - span.leased_ms > AT_WORK_MS);
  await until(page, `/api/v1/jobs/${job}/timeline`, begun);
  clients.nas.kill("SIGKILL");
  say("nas is killed");
}

/** At a seam, with the source left and the result right. */
async function aSeamIsCompared(page, job) {
  await page.goto(`/#/jobs/${job}`);
  await page.getByRole("heading", { name: "Proof" }).waitFor();
  await page.getByText("Compare source and result").click();
  await page.getByRole("button", { name: "Next seam" }).click();
  for (const of of ["source", "result"]) {
    const shown = page.getByRole("img", { name: new RegExp(`^Frame [1-9].* of the ${of}$`) });
    await shown.waitFor({ state: "attached" });
    await shown.evaluate((image) => image.decode());
  }
  await page.setViewportSize({ width: SIZE.width, height: 900 });
  await page.locator(".compared").evaluate((element) => element.scrollIntoView());
  await picture(page, "compare");
}

async function all() {
  makeFilms();
  const flags = ["--port", "0", "--bind", "127.0.0.1", "--work-dir", "server", "--no-local-trust", "--required-clients", "3", "--benchmark-duration", "1", "--media-root", WORK];
  const [, port] = await start(SERVER, flags, /listening on http:\/\/127\.0\.0\.1:(\d+)/);
  const base = `http://127.0.0.1:${port}`;
  const [admin, worker] = [joinOf("admin"), joinOf("worker")].map((join) => join.replace(/\.5001\./, `.${port}.`));
  const clients = await farm(worker);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(" ") });
  const { page } = await person(browser, base, { viewport: SIZE, deviceScaleFactor: 1 });
  await signIn(page, admin);
  const first = await submit(page, `${WORK}/birthday.mkv`, { ffmpeg_params: "-c:v libx264 -preset ultrafast" });
  await until(page, `/api/v1/jobs/${first}`, (job) => job.status === "Completed");
  const job = await submit(page, `${WORK}/holiday.mkv`, { ffmpeg_params: "-c:v libx264 -preset medium -crf 24" });
  await submit(page, `${WORK}/concert.mov`, { ffmpeg_params: "-c:v libx264 -preset slow", priority: "low" });
  await aClientIsKilled(page, job, clients);
  await until(page, `/api/v1/jobs/${job}`, (job) => job.progress > 40);
  await picture(page, "queue");
  await until(page, `/api/v1/jobs/${job}`, (job) => job.status === "Completed");
  await page.goto(`/#/jobs/${job}`);
  await page.getByRole("heading", { name: "Proof" }).waitFor();
  await page.waitForTimeout(500);
  await picture(page, "job");
  await aSeamIsCompared(page, job);
  await browser.close();
}

try {
  await all();
} finally {
  for (const child of children) child.kill("SIGKILL");
}
