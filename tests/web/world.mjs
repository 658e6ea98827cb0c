// What the scenarios share: a browser, people in windows of their own, pictures, and a network that can be cut.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";

// Installed below `target`, not here.
const require = createRequire(path.join(process.env.WEB_TOOLS, "package.json"));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const PAGE = process.env.WEB_PAGE;
const PICTURES = process.env.WEB_PICTURES;

// A debug build on a busy machine. Nothing is decided by how long something takes.
const PATIENCE_MS = 120_000;

// A browser excuses what moves within 500 ms of a touch.
const FAR_MS = 700;

const DAY_MS = 86_400_000;
/** Far enough ahead for the sample policy, whenever this runs. */
export const DEPARTURE = new Date(Date.now() + 30 * DAY_MS);
const inWords = (date) => `${date.getUTCDate()} ${new Intl.DateTimeFormat("en-GB", { month: "long", timeZone: "UTC" }).format(date)}`;
export const TRIP = `Berlin to Lisbon ${inWords(DEPARTURE)} - ${inWords(new Date(DEPARTURE.getTime() + 2 * DAY_MS))}, hotel under 150 a night`;

export async function withBrowser(work) {
  mkdirSync(PICTURES, { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env.WEB_CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const windows = [];
  try {
    await work(new World(browser, windows));
    for (const [index, window] of windows.entries()) await window.standsStill(index);
  } catch (error) {
    for (const [index, window] of windows.entries()) {
      await window.page.screenshot({ path: path.join(PICTURES, `failed-${process.argv[2]}-${index}.png`) }).catch(() => {});
    }
    throw error;
  } finally {
    await browser.close();
  }
  for (const window of windows) assert.deepEqual(window.complaints, [], "the browser's console is quiet");
}

class World {
  constructor(browser, windows) {
    this.browser = browser;
    this.windows = windows;
  }

  /** A window of its own, with its own storage: another device, as far as the page can tell; `far` from the server, or near. */
  async window(options = {}) {
    const { url = PAGE, clock = false, far = false, ...context } = options;
    const made = await this.browser.newContext({ viewport: { width: 1360, height: 900 }, ...context });
    const page = await made.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const window = new Window(page);
    this.windows.push(window);
    await page.addInitScript(watchShifts);
    if (far) await page.routeWebSocket(/.*/, delayed);
    // A clock that a scenario can wind forward.
    if (clock) await page.clock.install();
    await page.goto(url);
    return window;
  }

  /** Somebody signed in, with the page ready for a trip. */
  async person(name, options) {
    const window = await this.window(options);
    await window.page.getByRole("button", { name }).click();
    await window.heading("Where do you need to be?");
    await window.page.getByText("Connected").first().waitFor({ state: "attached" });
    return window;
  }
}

class Window {
  constructor(page) {
    this.page = page;
    this.complaints = [];
    // Set where the network is cut on purpose: a browser then complains with good reason.
    this.mayComplain = false;
    const complain = (words) => this.mayComplain || this.complaints.push(words);
    page.on("pageerror", (error) => complain(error.message));
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && complain(message.text()));
  }

  heading(name) {
    return this.page.getByRole("heading", { name }).first().waitFor();
  }

  async ask(sentence) {
    await this.page.getByRole("textbox", { name: "Your trip in a sentence" }).fill(sentence);
    await this.page.getByRole("button", { name: "Find options" }).click();
  }

  /** Takes the first option that is, or is not, within policy. */
  async choose(kind) {
    await this.heading(/options? to compare/);
    await this.page.locator(`.option.${kind}`).first().getByRole("button", { name: /^Choose/ }).click();
  }

  async picture(name, options = { fullPage: true }) {
    await this.page.evaluate(() => document.fonts.ready);
    await this.settled();
    await this.page.screenshot({ path: path.join(PICTURES, `${name}.png`), ...options });
  }

  /** What appears has appeared: half transparent it has not the contrast that it will have. */
  async settled() {
    await this.page.evaluate(() => {
      const ends = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
      return Promise.allSettled(ends.map(({ finished }) => finished));
    });
  }

  /** Nothing that axe calls serious, in what is shown now. */
  async accessible(where) {
    await this.settled();
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const found = violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.map((node) => `${node.target} ${node.failureSummary}`) }));
    const serious = found.filter(({ impact }) => ["serious", "critical"].includes(impact));
    assert.deepEqual(serious, [], `${where}: ${JSON.stringify(serious, null, 2)}`);
    found.forEach(({ id, impact, at }) => console.log(`${where}: ${impact} ${id} at ${at.join(", ")}`));
  }

  /** The sequences of the steps shown, those folded away included. */
  steps() {
    return this.page.locator(".steps li").evaluateAll((lines) => lines.map((line) => Number(line.dataset.sequence)));
  }

  /** Content did not move by itself since the page was loaded: browsers call up to 0.1 within a moment good. */
  async standsStill(index) {
    const moments = [];
    for (const shift of await this.page.evaluate(() => window.shifts)) {
      const last = moments.at(-1);
      const goesOn = last && shift.ms - last.at(-1).ms < 1000 && shift.ms - last[0].ms < 5000;
      if (goesOn) last.push(shift);
      else moments.push([shift]);
    }
    for (const shifts of moments) {
      const moved = shifts.reduce((sum, { value }) => sum + value, 0);
      assert.ok(moved < 0.1, `content of window ${index} moved by itself: ${moved}\n${JSON.stringify(shifts, null, 2)}`);
    }
  }
}

/** Frames of a server that is far away: a browser no longer excuses what moves then by what was touched before. */
function delayed(near) {
  const server = near.connectToServer();
  server.onMessage((frame) => setTimeout(() => near.send(frame), FAR_MS));
}

/** What moved without anybody having touched the page, in the browsers' own measure, when, where, and what it was. */
function watchShifts() {
  window.shifts = [];
  const name = (node) => (node instanceof Element ? `${node.localName}.${[...node.classList].join(".")}` : (node?.textContent ?? "gone"));
  new PerformanceObserver((list) => {
    for (const { value, startTime, hadRecentInput, sources } of list.getEntries()) {
      if (!hadRecentInput) window.shifts.push({ value, ms: startTime, at: location.hash, moved: sources.map(({ node }) => name(node)) });
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** A relay to the page that can be cut: every connection breaks, and none is taken until it is mended. */
export async function relay() {
  const { hostname, port } = new URL(PAGE);
  const open = new Set();
  let cut = false;
  const server = net.createServer((near) => {
    if (cut) return near.destroy();
    const far = net.connect(Number(port), hostname);
    for (const end of [near, far]) {
      open.add(end);
      end.on("error", () => {});
      end.on("close", () => {
        open.delete(end);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    cut() {
      cut = true;
      open.forEach((end) => end.destroy());
    },
    mend() {
      cut = false;
    },
    close() {
      server.close();
      open.forEach((end) => end.destroy());
    },
  };
}
