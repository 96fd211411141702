// The queue: order, priority, pause, and several jobs at once.

import { copyFileSync } from "node:fs";
import assert from "node:assert/strict";
import { WORK, judge, say } from "./browser.mjs";

const NAMES = ["one.mkv", "two.mkv", "three.mkv"];

const order = (page) => page.getByRole("region", { name: /^Waiting/ }).getByRole("listitem").getByRole("link").allInnerTexts();

async function orderIs(page, wanted) {
  await page.waitForFunction(
    (wanted) => [...document.querySelectorAll("[aria-labelledby=group-waiting] li a.name")].map((one) => one.textContent).join() === wanted,
    wanted.join(),
  );
}

/** What the server has, after what the page showed early. */
async function orderBecomes(page, wanted, work) {
  const answered = page.waitForResponse((answer) => answer.request().method() === "PATCH");
  await work();
  await orderIs(page, wanted);
  assert.equal((await answered).status(), 200);
  await page.reload();
  await orderIs(page, wanted);
  assert.deepEqual(await order(page), wanted);
}

/** Films on the server: an upload would go with its cancelled job, and could not be tried again. */
async function threeJobsWait(page) {
  await page.goto("/#/submit");
  await page.getByText("More", { exact: true }).click();
  await page.getByLabel("Clients before it starts").fill("3");
  for (const name of NAMES) {
    copyFileSync(`${WORK}/film.mkv`, `${WORK}/${name}`);
    await page.getByLabel("A film on the server").fill(name);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Start 1 film" }).click();
    await page.getByRole("link", { name: `Show the job of ${name}` }).waitFor();
  }
  await page.getByRole("navigation").getByRole("link", { name: "Queue" }).click();
  await orderIs(page, NAMES);
}

async function movedByKeyAndByHand(page) {
  const grip = page.getByRole("button", { name: "Move three.mkv" });
  await grip.focus();
  await page.keyboard.press("Alt+ArrowUp");
  await orderIs(page, ["one.mkv", "three.mkv", "two.mkv"]);
  await page.getByText("three.mkv now has place 2").waitFor();
  assert.ok(await grip.evaluate((element) => element === document.activeElement), "the focus is lost when a row moves up");
  await orderBecomes(page, ["three.mkv", "one.mkv", "two.mkv"], () => page.keyboard.press("Alt+ArrowUp"));
  const from = await page.getByRole("button", { name: "Move two.mkv" }).boundingBox();
  const to = await page.getByRole("button", { name: "Move three.mkv" }).boundingBox();
  await page.mouse.move(from.x + 5, from.y + 5);
  await page.mouse.down();
  await page.mouse.move(to.x + 5, to.y + 20, { steps: 5 });
  await page.mouse.move(to.x + 5, to.y + 2, { steps: 2 });
  await orderBecomes(page, ["two.mkv", "three.mkv", "one.mkv"], () => page.mouse.up());
}

async function prioritised(page) {
  await orderBecomes(page, ["one.mkv", "two.mkv", "three.mkv"], () => page.getByLabel("Priority of one.mkv").selectOption("high"));
  assert.equal(await page.getByLabel("Priority of one.mkv").inputValue(), "high");
}

async function pausedAndResumed(page) {
  await page.getByRole("button", { name: "Pause one.mkv" }).click();
  await page.getByRole("button", { name: "Go on one.mkv" }).waitFor();
  await page.getByText("Paused", { exact: true }).waitFor();
  await page.getByRole("link", { name: "one.mkv", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "one.mkv" }).waitFor();
  await page.getByText("Paused", { exact: true }).waitFor();
  await page.getByLabel("Priority of one.mkv").selectOption("low");
  await judge(page, "job-paused");
  const why = page.getByRole("region", { name: /^(Why it waits|What it does now)$/ });
  await why.getByRole("button", { name: "Go on", exact: true }).click();
  await page.getByRole("button", { name: "Pause one.mkv" }).waitFor();
  await why.getByText("waiting for 2 more clients").waitFor();
  await why.getByRole("button", { name: "Start now", exact: true }).waitFor();
  await page.getByRole("navigation").getByRole("link", { name: "Queue" }).click();
  await orderIs(page, ["two.mkv", "three.mkv", "one.mkv"]);
}

async function severalAtOnce(page) {
  for (const name of ["two.mkv", "three.mkv"]) await page.getByLabel(`Choose ${name}`).check();
  await page.getByText("2 chosen").waitFor();
  await judge(page, "queue-chosen");
  for (const width of [1000, 800, 320]) {
    await page.setViewportSize({ width, height: 900 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `the queue is wider than ${width} px`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole("button", { name: "Pause: all chosen jobs" }).click();
  await page.getByRole("button", { name: "Go on three.mkv" }).waitFor();
  await page.getByRole("button", { name: "Go on two.mkv" }).waitFor();
  await page.getByLabel("Choose one.mkv").check();
  await page.getByRole("button", { name: "Cancel: all chosen jobs" }).click();
  await page.getByText("Nothing waits.").waitFor();
}

/** A job that ended is tried again, and deleted. */
async function triedAgainAndDeleted(page) {
  await page.getByRole("button", { name: "Try again one.mkv" }).click();
  await orderIs(page, ["one.mkv"]);
  await page.getByRole("region", { name: /^Waiting/ }).getByRole("link", { name: "one.mkv" }).click();
  await page.getByRole("link", { name: "The try before" }).click();
  await page.getByRole("button", { name: "Try again one.mkv" }).waitFor();
  await page.getByRole("navigation").getByRole("link", { name: "Queue" }).click();
  await page.getByRole("button", { name: "Cancel one.mkv" }).click();
  await page.getByText("Nothing waits.").waitFor();
  for (const name of NAMES.slice(1)) {
    await page.getByRole("button", { name: `Delete ${name}` }).click();
    await page.getByRole("link", { name, exact: true }).waitFor({ state: "detached" });
  }
}

/** A thousand jobs are few rows, wherever the window is. */
export async function aLongQueueIsShort(page) {
  const items = Array.from({ length: 1000 }, (_, n) => ({ job_id: `job-${n}`, file_name: `film ${n}.mkv`, status: n < 500 ? "WaitingForClients" : "Completed", progress: 0, created_at: "2026-01-02T03:04:05Z", completed_at: null, error: null, priority: "normal", position: n < 500 ? n + 1 : null, paused: false }));
  await page.route(/\/api\/v1\/jobs\?/, (route) => route.fulfill({ json: { items, next: null, total: 1000 } }));
  await page.goto("/#/queue");
  await page.reload();
  await page.getByRole("link", { name: "film 0.mkv" }).waitFor();
  const drawn = async () => {
    const rows = await page.getByRole("listitem").count();
    assert.ok(rows <= 80, `${rows} rows are drawn`);
  };
  await drawn();
  for (const n of [250, 499, 999]) {
    await page.waitForFunction((wanted) => {
      const names = [...document.querySelectorAll("li a.name")].filter((one) => one.getBoundingClientRect().bottom > 0 && one.getBoundingClientRect().top < innerHeight);
      const numbers = names.map((one) => Number(/\d+/.exec(one.textContent)));
      if (numbers.includes(wanted)) return true;
      scrollBy(0, numbers.length && numbers.every((one) => one > wanted) ? -300 : 3000);
      return false;
    }, n);
    await drawn();
  }
  await page.evaluate(() => scrollTo(0, 0));
  await page.getByRole("link", { name: "film 0.mkv" }).waitFor();
  await judge(page, "queue-long");
  await page.unroute(/\/api\/v1\/jobs\?/);
  await page.reload();
  say("a queue of 1,000 jobs is at most 80 rows");
}

export async function aQueueIsArranged(page) {
  await threeJobsWait(page);
  await movedByKeyAndByHand(page);
  await prioritised(page);
  await pausedAndResumed(page);
  await severalAtOnce(page);
  await triedAgainAndDeleted(page);
  say("jobs are moved by key and by hand, prioritised, paused, and several at once; tried again, and deleted");
}
