// Published players play a stream: each rung to its end, and seeks to single frames.
// Their page is another origin, and all that they know of the farm is a link.

import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import assert from "node:assert/strict";
import { CHROMIUM, FLAGS, TOOLS, chromium, say } from "./browser.mjs";

const FAST = 4;
const SEEKS = 10;

/** What each player is told, in the browser: it begins with one rung, by its height, and tells all heights. */
const PLAYERS = {
  "hls.js": {
    script: "hls.js/dist/hls.min.js",
    begin: async ({ video, stream, height, faults }) => {
      const hls = new window.Hls();
      hls.on("hlsError", (_, error) => faults.push(error.details));
      const parsed = new Promise((done) => hls.on("hlsManifestParsed", done));
      hls.loadSource(`${stream}/master.m3u8`);
      hls.attachMedia(video);
      await parsed;
      hls.currentLevel = hls.levels.findIndex((level) => level.height === height);
      return hls.levels.map((level) => level.height);
    },
  },
  "shaka-player": {
    script: "shaka-player/dist/shaka-player.compiled.js",
    begin: async ({ video, stream, height, faults }) => {
      const player = new window.shaka.Player();
      await player.attach(video);
      player.addEventListener("error", ({ detail }) => faults.push(`shaka ${detail.code}`));
      player.configure({ abr: { enabled: false } });
      await player.load(`${stream}/manifest.mpd`);
      const tracks = player.getVariantTracks();
      player.selectVariantTrack(tracks.find((track) => track.height === height), true);
      return tracks.map((track) => track.height);
    },
  },
  "dash.js": {
    script: "dashjs/dist/modern/umd/dash.all.min.js",
    begin: async ({ video, stream, height, faults, ended }) => {
      const player = window.dashjs.MediaPlayer().create();
      player.on("error", ({ error }) => faults.push(error.message ?? error));
      // Where it sees the end before the browser tells it, it goes back by half a second, and the browser never does.
      player.on("playbackEnded", ended);
      player.updateSettings({ debug: { logLevel: 0 }, streaming: { abr: { autoSwitchBitrate: { video: false } } } });
      const ready = new Promise((done) => player.on("streamInitialized", done));
      player.initialize(video, `${stream}/manifest.mpd`, false);
      await ready;
      const rungs = player.getRepresentationsByType("video");
      player.setRepresentationForTypeByIndex("video", rungs.findIndex((rung) => rung.height === height), true);
      return rungs.map((rung) => rung.height);
    },
  },
};

/** `stream` is the address of a link's folder; `shows` says what players find there: `heights`, `seconds`, `fps`. */
export async function playersPlay(stream, shows) {
  if (Object.values(PLAYERS).some(({ script }) => !path(script))) {
    say("published players: NOT CHECKED, their packages can't be had here");
    return;
  }
  const server = await serving();
  // Without a person at it a browser plays nothing but what it is told to here.
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS.split(" "), "--autoplay-policy=no-user-gesture-required"] });
  for (const name of Object.keys(PLAYERS)) {
    for (const height of shows.heights) await plays(browser, { ...shows, stream, server, name, height });
  }
  await browser.close();
  server.close();
  say(`${Object.keys(PLAYERS).join(", ")} play each rung to its end, and find single frames`);
}

function path(script) {
  const file = `${TOOLS}/node_modules/${script}`;
  return existsSync(file) ? file : null;
}

/** A page with nothing but a film on it, and the players' programs. */
function serving() {
  const server = createServer((request, answer) => {
    const player = PLAYERS[request.url.slice(1)];
    if (player) answer.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(path(player.script)));
    else answer.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><video muted></video>");
  });
  return new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server)));
}

async function plays(browser, { stream, server, name, height, heights, seconds, fps }) {
  const page = await browser.newPage();
  const about = `${name} at ${height} lines`;
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.addScriptTag({ url: `/${name}` });
  await page.evaluate(`window.begin = ${PLAYERS[name].begin}`);
  const told = await page.evaluate(toTheEnd, { stream, height, rate: FAST, patience: 30_000 });
  assert.deepEqual(told.faults, [], about);
  assert.deepEqual(told.heights.sort(), [...heights].sort(), about);
  assert.equal(told.shown, height, `${about}: another rung is shown`);
  assert.ok(Math.abs(told.duration - seconds) < 0.1, `${about}: ${told.duration} s`);
  const wanted = Array.from({ length: SEEKS }, (_, n) => Math.floor(((n * 7) % SEEKS) * (seconds * fps / SEEKS)) + 3);
  const found = await page.evaluate(sought, wanted.map((frame) => (frame + 0.5) / fps));
  for (const [n, time] of found.entries()) assert.equal(Math.round(time * fps), wanted[n], `${about}: sought frame ${wanted[n]}, and got ${time} s`);
  await page.close();
}

/** In the browser. */
async function toTheEnd({ stream, height, rate, patience }) {
  const video = document.querySelector("video");
  const faults = [];
  let ended;
  const over = new Promise((done) => (ended = done));
  const heights = await window.begin({ video, stream, height, faults, ended });
  video.playbackRate = rate;
  video.addEventListener("ended", ended, { once: true });
  setTimeout(() => ended(faults.push(`it stands at ${video.currentTime} s`)), patience);
  video.play();
  await over;
  return { faults, heights, shown: video.videoHeight, duration: video.duration };
}

/** In the browser: the times of the frames that are shown at these times. */
async function sought(times) {
  const video = document.querySelector("video");
  video.pause();
  const shown = [];
  for (const time of times) {
    const frame = new Promise((done) => video.requestVideoFrameCallback((_, { mediaTime }) => done(mediaTime)));
    video.currentTime = time;
    shown.push(await frame);
  }
  return shown;
}
