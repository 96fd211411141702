// Source and result of a film, frame by frame, by keyboard. The film lies in the server's own folder, so that it outlives its job.

import assert from "node:assert/strict";
import { judge, say } from "./browser.mjs";

const FRAMES = 200;

async function aLocalFilmIsEncoded(page) {
  const job = await page.evaluate(async () => {
    const body = { ProcessLocalFile: { file_path: "film.mkv", config: { ffmpeg_params: "-c:v libx264 -preset ultrafast -crf 40", file_name_output: "seen.mp4" } } };
    const made = await fetch("/ws/command", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    return (await made.json()).JobCreated.job_id;
  });
  await page.goto(`/#/jobs/${job}`);
  await page.getByRole("heading", { name: "Proof" }).waitFor();
}

/** Both pictures of this frame are there, each as wide as the film. */
async function bothShow(page, n) {
  for (const of of ["source", "result"]) {
    const picture = page.getByRole("img", { name: `Frame ${n} of the ${of}`, exact: true });
    await picture.waitFor({ state: "attached" });
    await picture.evaluate((image) => image.decode());
    assert.equal(await picture.evaluate((image) => image.naturalWidth), 320, `frame ${n} of the ${of}`);
  }
}

async function keysMove(page, stage) {
  await stage.focus();
  for (const [keys, n] of [["ArrowRight", 58], ["Shift+ArrowRight", 68], ["PageUp", 58], ["ArrowLeft", 57], ["End", FRAMES - 1], ["Home", 0]]) {
    await page.keyboard.press(keys);
    await page.getByText(`Frame ${n} of 0 to ${FRAMES - 1}`).waitFor();
  }
  await bothShow(page, 0);
  await page.getByRole("button", { name: "10 frames on" }).click();
  await bothShow(page, 10);
}

async function modesShow(page, stage) {
  const upper = page.locator(".stage img.result");
  const seen = (name) => upper.evaluate((image, name) => getComputedStyle(image)[name], name);
  assert.match(await seen("clipPath"), /50%/);
  await page.getByLabel("Place of the split").fill("20");
  assert.match(await seen("clipPath"), /20%/);
  await stage.focus();
  await page.keyboard.down(" ");
  assert.equal(await seen("visibility"), "hidden", "Space is held");
  await page.keyboard.up(" ");
  assert.equal(await seen("visibility"), "visible");
  await page.keyboard.press("d");
  assert.equal(await seen("mixBlendMode"), "difference");
  await judge(page, "compare-difference");
  await page.getByRole("button", { name: "Split", exact: true }).click();
}

export async function framesAreCompared(page) {
  const before = page.url();
  // The first job's film was uploaded, and is gone.
  await page.getByText("Compare source and result").click();
  await page.getByLabel("Number of the frame").fill("0");
  await page.keyboard.press("Enter");
  await page.getByText("was deleted when the job ended").waitFor();
  await page.getByRole("img", { name: "Frame 0 of the result", exact: true }).waitFor();
  await aLocalFilmIsEncoded(page);
  const thumbs = page.getByRole("img", { name: /Key frames of the film/ });
  await thumbs.evaluate((image) => image.decode());
  assert.equal(await thumbs.evaluate((image) => image.naturalWidth), 12 * 160);
  await page.getByText("Compare source and result").click();
  await page.getByLabel("Number of the frame").fill("57");
  await page.keyboard.press("Enter");
  await bothShow(page, 57);
  const stage = page.getByRole("group", { name: "Source and result of this frame" });
  await keysMove(page, stage);
  await modesShow(page, stage);
  await judge(page, "compare");
  say("source and result are compared frame by frame, by keyboard");
  await page.goto(before);
}
