// Frames about a booking are ordered and sent at least once. What to do with one follows from what was seen before.

/**
 * "take" a frame that is next, "drop" one that is known, and for a "hole" ask again for everything behind `seen`: the
 * frame itself then comes once more, in its place. Frames without a cursor answer a single command.
 */
export function verdict(frame, seen) {
  if (frame.sequence === undefined) return "take";
  if (frame.sequence <= seen) return "drop";
  return (frame.previous ?? 0) > seen ? "hole" : "take";
}
