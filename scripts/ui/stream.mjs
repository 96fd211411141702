// A job whose result is a stream: what the page shows of it, and what players make of it.

import { createHash } from "node:crypto";
import assert from "node:assert/strict";
import { dropFilm, judge, say } from "./browser.mjs";
import { playersPlay } from "./players.mjs";

/** The page asks for a file; here its request asks for a ladder. */
export async function aStreamIsShown(page, film) {
  const ladder = { rungs: [{ name: "whole", height: 180 }, { name: "small", height: 120 }], segment_seconds: 2 };
  await page.route("**/api/v1/jobs", (route) => {
    const body = route.request().method() === "POST" ? route.request().postDataJSON() : null;
    const postData = body ? JSON.stringify({ ...body, config: { products: { ladder } } }) : undefined;
    return route.continue({ postData });
  });
  await page.goto("/#/submit");
  await dropFilm(page, "stream.mkv", film);
  await page.getByRole("button", { name: "Start 1 film" }).click();
  await page.getByRole("link", { name: "Show the job of stream.mkv" }).click();
  await page.getByRole("heading", { name: "Stream", exact: true }).waitFor();
  const list = await page.getByText(/\/stream\/master\.m3u8$/).innerText();
  const files = await filesOf(page, list.replace("master.m3u8", ""));
  assert.match(files.get("master.m3u8").toString(), /^#EXTM3U/);
  assert.equal(await page.getByRole("link", { name: /Download/ }).count(), 0, "a folder is no download");
  const link = await aLinkIsMade(page);
  await judge(page, "job-stream");
  await page.goto("/#/queue");
  await page.getByRole("link", { name: "stream.mkv", exact: true }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Download the result of stream.mkv" }).count(), 0);
  await page.unroute("**/api/v1/jobs");
  say("a stream is shown with the list that players open");
  await playersPlay(link, { heights: [180, 120], seconds: 8, fps: 25 });
}

/** The folder that it leads to. Its first link is ended, and plays nothing. */
async function aLinkIsMade(page) {
  const make = async () => {
    await page.getByRole("button", { name: "Make a link" }).click();
    const address = await page.getByText(/\/watch\/[0-9a-f]{32}\/master\.m3u8$/).innerText();
    await page.getByRole("img", { name: "QR code of the link" }).waitFor();
    await page.getByRole("button", { name: "Done" }).click();
    return new URL(new URL(address).pathname, page.url()).href;
  };
  const first = await make();
  await page.getByRole("button", { name: /^End link / }).click();
  await page.getByRole("button", { name: /^End link / }).waitFor({ state: "detached" });
  assert.equal((await fetch(first)).status, 404, "an ended link plays");
  const second = await make();
  assert.equal((await fetch(second)).status, 200);
  return second.replace("/master.m3u8", "");
}

/** All files of a stream, by their paths. */
async function filesOf(page, stream) {
  const read = async (path) => {
    const text = await page.evaluate(async (url) => {
      const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
      return btoa(bytes.reduce((all, byte) => all + String.fromCharCode(byte), ""));
    }, stream + path);
    return Buffer.from(text, "base64");
  };
  const files = new Map();
  for (const line of (await read("SHA256SUMS")).toString().trim().split("\n")) {
    const [sum, path] = line.split("  ");
    files.set(path, await read(path));
    assert.equal(createHash("sha256").update(files.get(path)).digest("hex"), sum, path);
  }
  return files;
}
