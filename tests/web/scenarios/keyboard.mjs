// The main job by keyboard alone: Tab, Shift, Enter, Space and letters; the focus can always be seen.

import assert from "node:assert/strict";
import { TRIP } from "../world.mjs";

const FAR = 80;

export default async function (world) {
  const traveller = await world.window();
  const { page } = traveller;
  await traveller.heading("Who are you?");
  await reach(page, /Sample Traveller One/);
  await page.keyboard.press("Enter");
  await traveller.heading("Where do you need to be?");
  await reach(page, /Your trip in a sentence/);
  await page.keyboard.type(TRIP);
  await page.keyboard.press("Enter");

  await traveller.heading(/options? to compare/);
  await reach(page, /policy rules checked/);
  await page.keyboard.press("Space");
  await page.getByRole("dialog").locator("blockquote").first().waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.match(await focused(page), /policy rules checked/, "the focus is back where it came from");
  await reach(page, /^Choose/);
  await traveller.picture("keyboard-choose", {});
  await page.keyboard.press("Enter");

  await traveller.heading("Ready to buy");
  await reach(page, /^Buy for/);
  await page.keyboard.press("Enter");
  await traveller.heading("You are booked");

  // Navigation, and the way past it.
  await page.reload();
  await traveller.heading("You are booked");
  await page.keyboard.press("Tab");
  assert.match(await focused(page), /Skip to content/);
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
}

/** Tabs until what has the focus is called so. */
async function reach(page, name) {
  const passed = [];
  for (let step = 0; step < FAR; step += 1) {
    await page.keyboard.press("Tab");
    const found = await focused(page);
    if (name.test(found)) {
      assert.ok(await isVisible(page), `the focus on ${found} can be seen`);
      return;
    }
    passed.push(found);
  }
  assert.fail(`${name} cannot be reached by Tab: ${passed.join(" | ")}`);
}

const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const label = element.labels?.[0]?.textContent ?? element.getAttribute("aria-label") ?? element.textContent ?? "";
    return label.replace(/\s+/g, " ").trim();
  });

/** The focused element, or the form around it, is marked, and is not hidden behind anything. */
const isVisible = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    const at = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 10));
    const marked = (one) => {
      const style = getComputedStyle(one);
      return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    };
    const ring = marked(element) || (element.closest(".composer") && marked(element.closest(".composer")));
    return Boolean(ring && at && (element.contains(at) || at.contains(element)));
  });
