// The main job, and what else a trip asks of people, by keyboard alone: Tab, Shift, Enter, Space and letters; the focus can always be seen.

import assert from "node:assert/strict";
import { TRIP } from "../world.mjs";

const FAR = 80;
const DECISIONS = [
  ["Decline", "Declined by Sample Manager", "This trip was not booked"],
  ["Approve", "Approved by Sample Manager", "Ready to buy"],
];

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

  await cancelling(traveller);
  await whoTravels(traveller);
  await deciding(world, traveller);
  await aPolicy(world);
}

async function press(page, name, key = "Enter") {
  await reach(page, name);
  await page.keyboard.press(key);
}

async function cancelling(traveller) {
  const { page } = traveller;
  await press(page, /^Cancel this trip/);
  await press(page, /^See the conditions/);
  await traveller.heading("What you get back");
  await press(page, /^Cancel the trip/);
  await traveller.heading("This trip is cancelled");
}

/** The second traveller is a colleague; of the first one the id is there already. */
async function whoTravels(traveller) {
  const { page } = traveller;
  await press(page, /^New trip/);
  await traveller.heading("Where do you need to be?");
  await reach(page, /Your trip in a sentence/);
  await page.keyboard.type(`${TRIP}, for 2`);
  await page.keyboard.press("Enter");
  await traveller.heading("Who travels");
  await reach(page, /^Employee id/);
  await reach(page, /^Employee id/);
  await page.keyboard.type("sample-traveller-2");
  await press(page, /^Save travellers/);
  await page.getByText("Saved", { exact: true }).waitFor();
}

/** An approver reads, comments and decides. What leads there is done by the traveller, who has shown all that before. */
async function deciding(world, traveller) {
  const manager = await world.window();
  const { page } = manager;
  await manager.heading("Who are you?");
  await press(page, /Sample Manager/);
  for (const [decision, done, ending] of DECISIONS) {
    await traveller.page.getByRole("link", { name: "New trip" }).click();
    await traveller.ask(TRIP);
    await traveller.choose("beyond");
    await traveller.heading("Waiting for Sample Manager");
    await page.getByRole("link", { name: /Approvals.*1 waiting/ }).waitFor();
    await press(page, /^Approvals/);
    // What is settled stands below what is open.
    await page.getByRole("link", { name: /Sample Traveller One, / }).first().waitFor();
    await press(page, /^Sample Traveller One, /);
    await page.getByRole("button", { name: decision }).waitFor();
    await reach(page, /^A comment/);
    await page.keyboard.type(`Decided by keyboard: ${decision}.`);
    await press(page, new RegExp(`^${decision}$`));
    await page.getByText(done).waitFor();
    await traveller.heading(ending);
  }
}

/** Uploaded, looked at and put in force. */
async function aPolicy(world) {
  const manager = await world.person("Sample Travel Manager");
  const { page } = manager;
  // Awaited from here on: the browser needs a moment until it hands a chooser over.
  const choosing = page.waitForEvent("filechooser");
  await press(page, /^Policies/);
  await manager.heading("Versions");
  await reach(page, /^Upload a policy/);
  await page.keyboard.press("Enter");
  const text = "# Rules of the sample house\n\n## 4 Hotels\n\n4.1 A hotel costs at most 140 EUR a night.\n";
  await (await choosing).setFiles({ name: "by keyboard.md", mimeType: "text/markdown", buffer: Buffer.from(text) });
  await press(page, /^Upload$/);
  await page.getByRole("link", { name: /by keyboard\.md.*Ready/ }).waitFor();
  await press(page, /^by keyboard\.md/);
  await page.getByRole("button", { name: "Activate" }).waitFor();
  await press(page, /^Activate$/);
  await page.getByText("Active", { exact: true }).waitFor();
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
