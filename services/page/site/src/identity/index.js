// Who signs people in. An identity gives `people()` to choose from (or null where the provider has a screen of its
// own), `signIn(name)`, `signOut()`, `restore()` after a reload, and `token()`, fresh for every connection; its
// error says with `ended` that the session is over.

import { localIdentity } from "./local.js";
import { clerkIdentity } from "./clerk.js";

export function identityOf(config) {
  switch (config.identity.kind) {
    case "local":
      return localIdentity();
    case "clerk":
      return clerkIdentity(config.identity);
    default:
      throw new Error(`unknown identity provider: ${config.identity.kind}`);
  }
}
