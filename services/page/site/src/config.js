// Where this page's back end is. A deployment's CloudFront answers `config.json` from its stack, the local cloud from
// what it runs: the files themselves are the same everywhere.

/** Resolves to `{socket, identity: {kind, …}, uploads?}`; with `uploads`, files go through that address of our own origin. Throws an Error with a sentence for people. */
export async function readConfig() {
  const answer = await fetch("config.json", { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) throw new Error("its settings could not be read");
  const config = await answer.json().catch(() => null);
  if (!config?.socket || !config.identity?.kind) throw new Error("its settings are incomplete");
  return { ...config, socket: absoluteSocket(config.socket, location) };
}

/** `/live` becomes `ws://host/live`, or `wss://` where the page came over TLS. */
export function absoluteSocket(address, page) {
  if (/^wss?:/.test(address)) return address;
  const scheme = page.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${page.host}${address}`;
}
