// EventBridge patterns as far as watching needs them: values, prefix, suffix, anything-but, exists. Pure.

const KNOWN = ["prefix", "suffix", "anything-but", "exists"];

/** What is typed into the filter: a pattern if it begins like one, else words of which all must occur. */
export function filterOf(text) {
  const typed = text.trim();
  if (!typed.startsWith("{")) {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    return { problem: null, selects: (event) => words.every((word) => JSON.stringify(event).toLowerCase().includes(word)) };
  }
  try {
    const pattern = JSON.parse(typed);
    check(pattern);
    return { problem: null, selects: (event) => matches(pattern, event) };
  } catch (error) {
    return { problem: error.message, selects: () => true };
  }
}

function check(pattern) {
  for (const [name, wanted] of Object.entries(pattern)) {
    if (!Array.isArray(wanted)) {
      if (wanted === null || typeof wanted !== "object") throw new Error(`${name} needs a list of values`);
      check(wanted);
      continue;
    }
    for (const one of wanted) {
      const unknown = one && typeof one === "object" && Object.keys(one).find((key) => !KNOWN.includes(key));
      if (unknown) throw new Error(`Only values, ${KNOWN.join(", ")} are understood here, not ${unknown}`);
    }
  }
}

function matches(pattern, event) {
  return Object.entries(pattern).every(([name, wanted]) =>
    Array.isArray(wanted) ? wanted.some((one) => fits(one, event?.[name])) : matches(wanted, event?.[name]),
  );
}

function fits(wanted, value) {
  if (Array.isArray(value)) return value.some((one) => fits(wanted, one));
  if (wanted === null || typeof wanted !== "object") return value === wanted;
  if ("exists" in wanted) return (value !== undefined) === wanted.exists;
  if ("anything-but" in wanted) return value !== undefined && ![].concat(wanted["anything-but"]).includes(value);
  if (typeof value !== "string") return false;
  return "prefix" in wanted ? value.startsWith(wanted.prefix) : value.endsWith(wanted.suffix);
}
