// Runs one scenario by its name; what is wrong goes to standard error, and the exit status says whether anything was.

import { withBrowser } from "./world.mjs";

const name = process.argv[2];
const { default: scenario } = await import(`./scenarios/${name}.mjs`);
try {
  await withBrowser(scenario);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
