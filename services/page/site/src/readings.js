// What views read: lists, and single things that are looked at. Most of these commands carry no id, so that a refusal
// does not say which of them it answers: it is told of all that are unanswered, and an answer that comes all the same
// takes it back. A part of the session.

/** The server answers within a second; after this long nobody should go on looking at an empty place. */
const PATIENCE_MS = 20_000;
const NO_ANSWER = { code: "NO_ANSWER", message: "No answer came.", retryable: true };

export function createReadings({ store, send }) {
  // By what is read, as in `problems`: {ids, isList, timer, unread}, with the action id of each time it was asked for,
  // undefined where it has none.
  const open = new Map();
  // Refusals without an id that are not accounted for.
  let refusals = 0;

  const isUnnamed = ({ ids }) => ids.includes(undefined);

  function tell(about, problem) {
    if (store.get().problems[about] || problem) store.update(({ problems }) => ({ problems: { ...problems, [about]: problem } }));
  }

  function close(about) {
    clearTimeout(open.get(about)?.timer);
    open.delete(about);
  }

  /** One of the times it was asked for has been answered, or refused. */
  function settle(about, actionId) {
    const one = open.get(about);
    if (!one) return;
    clearTimeout(one.timer);
    one.ids.splice(Math.max(0, one.ids.indexOf(actionId)), 1);
    if (one.ids.length === 0) close(about);
    account();
  }

  /** As many refusals as readings that may be meant: each of those was refused. */
  function account() {
    const unnamed = [...open].filter(([, one]) => isUnnamed(one));
    const asked = unnamed.reduce((sum, [, { ids }]) => sum + ids.length, 0);
    if (refusals < asked) return;
    refusals = 0;
    unnamed.forEach(([about]) => close(about));
  }

  function unread(about, problem) {
    open.get(about)?.unread?.();
    tell(about, problem);
  }

  return {
    /** Whether it could be asked for. `unread` is called where no answer comes, or a refusal. */
    read(message, { about = message.action, isList = true, unread: undo } = {}) {
      if (!send(message)) return false;
      const before = open.get(about);
      clearTimeout(before?.timer);
      const timer = setTimeout(() => {
        unread(about, NO_ANSWER);
        close(about);
      }, PATIENCE_MS);
      open.set(about, { ids: [...(before?.ids ?? []), message.actionId], isList, timer, unread: undo });
      tell(about, null);
      return true;
    },
    answered(about) {
      settle(about, open.get(about)?.ids[0]);
      tell(about, null);
    },
    /** Whether it may be a reading that was refused. */
    refused({ code, actionId }, problem) {
      // A list is always there.
      const meant = (one) => (actionId ? one.ids.includes(actionId) : isUnnamed(one) && !(one.isList && code === "NOT_FOUND"));
      const abouts = [...open].filter(([, one]) => meant(one)).map(([about]) => about);
      if (abouts.length === 0) return false;
      abouts.forEach((about) => unread(about, problem));
      if (actionId) abouts.forEach((about) => settle(about, actionId));
      else {
        refusals += 1;
        account();
      }
      return true;
    },
    /** The connection has ended: what was asked on it is asked again on the next. */
    forget() {
      open.forEach(({ timer }) => clearTimeout(timer));
      open.clear();
      refusals = 0;
    },
  };
}
