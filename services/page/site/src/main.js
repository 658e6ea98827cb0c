// Wires the page together; everything it uses can be tested without it.

import { readConfig } from "./config.js";
import { identityOf } from "./identity/index.js";
import { createSession } from "./session.js";
import { createStore } from "./store.js";
import { createRouter } from "./router.js";
import { mount } from "./views/index.js";

async function start() {
  const root = document.getElementById("app");
  let config;
  try {
    config = await readConfig();
  } catch (error) {
    root.textContent = `Sojourn cannot start: ${error.message}. Load the page again in a moment.`;
    return;
  }
  const store = createStore();
  const router = createRouter(window);
  const session = createSession({ config, identity: identityOf(config), store, router });
  mount({ root, status: document.getElementById("status"), store, router, session });
  await session.resume();
}

start();
