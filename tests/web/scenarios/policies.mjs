// A travel manager uploads a policy that has no typed rules, compares what was drafted with its clauses, and puts it in
// force; what cannot be one says why.

import assert from "node:assert/strict";

const POLICY = `# Rules of the sample house

## 4 Hotels

4.1 A hotel costs at most 140 EUR a night.

4.2 In Rome a hotel costs at most 190 EUR a night. At trade fairs the limit is 250 EUR.

## 5 Words

5.1 Be kind to each other.
`;

export default async function (world) {
  const manager = await world.person("Sample Travel Manager");
  const { page } = manager;
  await page.getByRole("link", { name: "Policies" }).first().click();
  await manager.heading("Versions");
  const upload = async (name, text) => {
    await page.getByLabel("Upload a policy").setInputFiles({ name, mimeType: "text/markdown", buffer: Buffer.from(text) });
    await page.getByRole("button", { name: "Upload", exact: true }).click();
  };

  // What can be told before it is uploaded, and what only reading it shows.
  await upload("policy.docx", "PK");
  await page.getByText("upload the policy as Markdown (.md) or PDF (.pdf)").waitFor();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await upload("titles.md", "# Nothing but a title\n");
  const failed = page.getByRole("link", { name: /titles\.md.*Failed/ });
  await failed.waitFor();
  assert.match(await failed.innerText(), /there is no clause in it/);

  await upload("house rules.md", POLICY);
  const ready = page.getByRole("link", { name: /house rules\.md.*Ready/ });
  await ready.waitFor();
  assert.match(await ready.innerText(), /3 clauses, 2 rules, drafted/);
  await manager.picture("policies");
  await manager.accessible("policies");
  await ready.click();
  await manager.heading("house rules.md");
  // Clause and rule side by side: each with the other it belongs to.
  const rome = page.getByRole("region", { name: "Clause 4.2" });
  await rome.getByText("A night in Rome costs at most 190.00 EUR").waitFor();
  await rome.getByText("In Rome a hotel costs at most 190 EUR a night. At trade fairs the limit is 250 EUR.").waitFor();
  // What is named and holds nowhere is told.
  await rome.getByText(/^No rule holds .*250/).waitFor();
  const [words, rule] = await Promise.all([rome.locator(".words").boundingBox(), rome.locator("li").boundingBox()]);
  assert.ok(rule.x >= words.x + words.width && rule.y < words.y + words.height, "in one row");
  await page.getByRole("region", { name: "Clause 5.1" }).getByText("No rule comes from it.").waitFor();
  await page.getByText("Nobody wrote these rules").waitFor();
  await manager.picture("policy-version");
  await manager.accessible("policy version");
  await page.getByRole("button", { name: "Activate" }).click();
  await page.getByText("Active", { exact: true }).waitFor();

  // New questions are answered from it.
  await page.getByRole("link", { name: "Policy" }).first().click();
  await page.getByRole("textbox").fill("What is the hotel limit in Rome?");
  await page.getByRole("button", { name: "Ask" }).click();
  await manager.heading(/^Answer$/);
  await page.getByText("190 EUR").first().waitFor();
}
