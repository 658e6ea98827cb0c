// Addresses after the `#`: any static file store can serve them, and the back button works.

const ROUTES = [
  [/^$/, "new"],
  [/^trips$/, "trips"],
  [/^trips\/([^/]+)$/, "trip"],
  [/^approvals$/, "approvals"],
  [/^approvals\/([^/]+)$/, "approval"],
  [/^policy$/, "policy"],
  [/^policies$/, "policies"],
  [/^policies\/([^/]+)$/, "version"],
  [/^overview$/, "overview"],
  [/^attention\/([^/]+)$/, "attention"],
  [/^events$/, "events"],
  [/^events\/([^/]+)$/, "history"],
  [/^people$/, "people"],
  [/^people\/([^/]+)$/, "person"],
];

/** `{name, id}` of an address such as `#/trips/ID`; unknown ones are the start. */
export function parse(hash) {
  const path = hash.replace(/^#\/?/, "").replace(/\/$/, "");
  for (const [pattern, name] of ROUTES) {
    const match = pattern.exec(path);
    if (match) return { name, id: match[1] ? decodeURIComponent(match[1]) : null };
  }
  return { name: "new", id: null };
}

export function href(name, id) {
  const folder = { trip: "trips", approval: "approvals", attention: "attention", person: "people", version: "policies", history: "events" }[name];
  if (folder) return `#/${folder}/${encodeURIComponent(id)}`;
  return name === "new" ? "#/" : `#/${name}`;
}

export function createRouter(page) {
  const listeners = new Set();
  page.addEventListener("hashchange", () => {
    // The skip link moves the focus, not the view.
    if (page.location.hash === "#main") return;
    const route = parse(page.location.hash);
    listeners.forEach((listener) => listener(route));
  });
  return {
    current: () => parse(page.location.hash),
    go(name, id) {
      page.location.hash = href(name, id);
    },
    subscribe(listener) {
      listeners.add(listener);
    },
  };
}
