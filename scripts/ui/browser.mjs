// Programs, browsers and judges for `scripts/ui.mjs`.
// TOOLS has node_modules with playwright-core and axe-core; BIN has our programs; WORK is an empty folder; SHOTS may take pictures.

import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import assert from "node:assert/strict";

export const { TOOLS, BIN, WORK, SHOTS, CHROMIUM } = process.env;
const tools = createRequire(`${TOOLS}/`);
export const { chromium } = tools("playwright-core");
const axe = readFileSync(tools.resolve("axe-core/axe.min.js"), "utf8");
export const SERVER = `${BIN}/ffmpeg-cluster-server`;
export const CLIENT = `${BIN}/ffmpeg-cluster-client`;
export const FLAGS = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run";
/** The page's folder: its files are taken from there, without a build. */
export const { UI } = process.env;
const PATIENCE = 20_000;
const LOOKS = [1280, 390].flatMap((width) => ["light", "dark"].map((colorScheme) => ({ width, colorScheme })));

export const children = [];
export const pages = [];
const began = Date.now();
export const say = (what) => console.log(`${String(Date.now() - began).padStart(6)} ms  ${what}`);

export function start(program, words, wanted, env = {}) {
  const child = spawn(program, words, { cwd: WORK, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  return new Promise((found, failed) => {
    let all = "";
    const read = (some) => {
      all += some;
      const match = wanted.exec(all);
      if (match) found(match);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("exit", () => failed(new Error(`${program} ended: ${all}`)));
  });
}

export const verb = (...words) => execFileSync(SERVER, [...words, "--work-dir", "server", "--advertise", "127.0.0.1"], { cwd: WORK, stdio: ["ignore", "pipe", "ignore"] }).toString();
export const joinOf = (role) => /fc1\.\S+/.exec(verb("token", "add", role))[0];

/** A browser's own things, watched: nothing may go to another host, break the policy or throw. */
export async function person(browser, base, more = {}) {
  const context = await browser.newContext({ baseURL: base, acceptDownloads: true, ...more });
  if (UI) await context.route(/\/ui\/[0-9a-f]+\//, (route) => route.fulfill({ path: `${UI}/${route.request().url().split("/").pop()}` }));
  const page = await context.newPage();
  const faults = [];
  pages.push(page);
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== "blob:" && host !== new URL(base).host) faults.push(`another host: ${request.url()}`);
  });
  page.on("pageerror", (error) => faults.push(`an error: ${error}`));
  page.on("dialog", (dialog) => {
    if (/^(Cancel|Delete|Revoke) .*\?/.test(dialog.message())) return dialog.accept();
    faults.push(`a dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("console", (message) => /Content Security Policy|Trusted/i.test(message.text()) && faults.push(message.text()));
  page.setDefaultTimeout(PATIENCE);
  return { context, page, faults };
}

/** No violation of axe, nothing wider than the window; in each look. */
export async function judge(page, name) {
  for (const { width, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      const { violations } = await window.axe.run(document, { runOnly: tags });
      return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`);
    });
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    assert.deepEqual(found, [], `${name} at ${width} px, ${colorScheme}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${name} is ${wide} px wider than ${width} px`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  say(`${name}: no violation in ${LOOKS.length} looks`);
}

export async function signIn(page, token) {
  await page.goto("/");
  await page.getByLabel("Token or join string").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Queue", level: 1 }).waitFor();
}

/** The bytes of the page as they are sent, and how many requests. */
export function weigh(page) {
  const all = { bytes: 0, requests: 0 };
  page.on("response", (answer) => {
    const path = new URL(answer.url()).pathname;
    if (path !== "/" && !path.startsWith("/ui/")) return;
    all.requests += 1;
    all.bytes += Number(answer.headers()["content-length"] ?? 0);
  });
  return all;
}

export async function dropFilm(page, name, film) {
  await page.evaluate(
    ([name, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], name, { lastModified: 1 }));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
    },
    [name, film.toString("base64")],
  );
  await page.getByRole("heading", { name: "Add films", level: 1 }).waitFor();
}
