// What a travel manager does about people and money: a sheet tried before it is brought in, a person changed, somebody
// to decide in their place, a limit set, somebody forgotten. Mistakes say what is wrong and lose nothing.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

const HEADER = "employeeId,name,level,approvers,costCentre,zone,locale";
const GOOD = `${HEADER}\nsample-new,Sample New,L1,sample-manager,CC-300,Europe/Paris,fr\nsample-traveller-2,Sample Traveller Two,L3,sample-manager,CC-100,Europe/Berlin,en-GB\n`;
const BAD = `${HEADER}\nsample-odd,,L9,nobody-here,CC-300,Europe/Nowhere,fr\n`;

export default async function (world) {
  const manager = await world.person("Sample Travel Manager");
  const { page } = manager;
  await page.getByRole("link", { name: "People" }).click();
  await manager.heading("People");
  const list = page.getByRole("list", { name: "People" });
  await list.getByRole("link").first().waitFor();
  assert.ok((await list.getByRole("link").count()) >= 4, "the sample people");
  await aSheet(manager, list);
  await manager.accessible("people");
  await manager.picture("people");
  await aPerson(manager);
  await aDownload(manager);
  await aBudget(manager);
  await forgotten(manager, list);
}

async function aSheet({ page }, list) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "sheet-"));
  const choose = async (text) => {
    const file = path.join(folder, "people.csv");
    writeFileSync(file, text);
    await page.getByLabel("The sheet").setInputFiles(file);
  };
  await choose(BAD);
  await page.getByText("nothing was changed").first().waitFor();
  const problems = await page.locator(".notice.bad li").allInnerTexts();
  assert.ok(problems.length >= 1 && problems.every((line) => line.startsWith("Line 2: ")), `each with its line: ${problems}`);
  await choose(`${HEADER}\n${"x".repeat(31_000)}`);
  await page.getByText("larger than 30 KB").waitFor();
  await choose(GOOD);
  await page.getByText(/It would mean: 1 added, \d changed/).first().waitFor();
  assert.equal(await list.getByText("Sample New").count(), 0, "tried, not done");
  await page.getByRole("button", { name: /^Make (this|these)/ }).click();
  await page.getByText(/Done: 1 added/).first().waitFor();
  await list.getByText("Sample New").waitFor();
  await page.getByLabel("Find somebody").fill("cc-300");
  await list.getByRole("link").nth(1).waitFor({ state: "detached" });
  assert.equal(await list.getByRole("link").count(), 1, "what is looked for");
  await page.getByLabel("Find somebody").fill("nobody of this name");
  await page.getByText("Nobody here is called so").waitFor();
  await page.getByLabel("Find somebody").fill("");
}

async function aPerson(manager) {
  const { page } = manager;
  await page.getByRole("link", { name: /Sample New/ }).click();
  await manager.heading("Sample New");
  await page.getByLabel("Level").selectOption("L4");
  await page.getByLabel("Approvers", { exact: true }).fill("nobody-here");
  await page.getByRole("button", { name: "Save" }).click();
  const refusal = await page.getByRole("alert").innerText();
  assert.match(refusal, /nobody-here/, "the refusal says what is wrong");
  assert.equal(await page.getByLabel("Approvers", { exact: true }).inputValue(), "nobody-here", "what was typed is kept");
  await page.getByLabel("Approvers", { exact: true }).fill("sample-travel-manager");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").first().waitFor();
  assert.equal(await page.getByRole("alert").count(), 0, "the complaint is gone");
  await page.getByLabel("Who decides").fill("sample-manager");
  await page.getByLabel("From").fill("2026-12-01T08:00");
  await page.getByLabel("Until").fill("2026-12-24T18:00");
  await page.getByRole("button", { name: "Let them decide" }).click();
  await page.getByText(/Sample Manager decides for them from .* until/).waitFor();
  await manager.accessible("person");
  await manager.picture("person");
  await page.reload();
  await manager.heading("Sample New");
  assert.equal(await page.getByLabel("Level").inputValue(), "L4", "it was saved");
  await page.getByRole("button", { name: "Nobody any more" }).click();
  await page.getByText("Nobody decides for them.").waitFor();
}

async function aDownload(manager) {
  const { page } = manager;
  await page.getByRole("link", { name: "People" }).first().click();
  await manager.heading("People");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download as a sheet" }).click();
  assert.equal((await download).suggestedFilename(), "people.csv");
}

async function aBudget(manager) {
  const { page } = manager;
  await page.getByRole("link", { name: "Overview" }).click();
  await manager.heading("Overview");
  await page.getByText("Set a limit").click();
  await page.getByLabel("Cost centre").fill("CC-300");
  await page.getByLabel("Limit", { exact: true }).fill("12000");
  await page.getByRole("button", { name: "Set the limit" }).click();
  const row = page.getByRole("row", { name: /CC-300/ });
  await row.waitFor();
  assert.match(await row.innerText(), /12,000\.00\sEUR/);
  await manager.picture("budgets");
}

async function forgotten(manager, list) {
  const { page } = manager;
  await page.getByRole("link", { name: "People" }).first().click();
  await page.getByRole("link", { name: /Sample New/ }).click();
  await manager.heading("Sample New");
  await page.getByText("Forget this person").click();
  await page.getByLabel(/To go on, type/).fill("sample-new");
  await page.getByRole("button", { name: "Forget them" }).click();
  await page.getByText(/sample-new is forgotten/).waitFor();
  await manager.heading("People");
  assert.equal(await list.getByText("Sample New").count(), 0);
}
