// The page's whole state in one value, replaced as a whole: views are functions of it, and nothing else holds state.

export const initialState = Object.freeze({
  // "out": nobody signed in, "in": somebody is.
  signedIn: false,
  // Whom a local cloud lets choose from; null where the provider asks by itself, undefined until that is known.
  people: undefined,
  signInError: null,
  me: null,
  // "connecting", "open" or "lost"; `retryAt` is when the next attempt is due, in epoch milliseconds.
  connection: { state: "connecting", retryAt: null },
  // By booking id, see bookings.js.
  bookings: {},
  // The caller's bookings as listed by the server, newest first.
  list: { items: null, cursor: null, loading: false, appending: false, loaded: false },
  approvals: null,
  insights: null,
  // What travel managers look after: lists as last read, and the booking that is being settled.
  attention: null,
  attentionDetail: null,
  budgets: null,
  // Versions of the policy as last listed, the one that is looked at with its clauses, and the file on its way.
  policies: null,
  policyDetail: null,
  upload: null,
  // What developers look at: a booking's history with the payloads that were opened, what the bus received lately, replays.
  explorer: { history: null, payloads: {}, tail: null, reached: null, paused: false, filter: "", replays: null },
  // The directory as far as it was read, and what is looked for in it.
  directory: { items: null, cursor: null, appending: false, filter: "" },
  // The person who is looked at, and what was done to them last.
  person: null,
  personDone: null,
  erased: null,
  // A sheet to import: its text, and what it would do, or did.
  sheet: null,
  exported: "",
  // Names by employee id, as far as asked.
  names: {},
  // Commands that are under way, by action id.
  pending: {},
  // Bookings whose passengers were saved on this device.
  passengersSaved: {},
  // Questions to the policy asked on this device, by booking id.
  asking: {},
  // What a command was refused for, by where it belongs: a booking id or a view.
  problems: {},
  now: Date.now(),
});

export function createStore(state = initialState) {
  const listeners = new Set();
  return {
    get: () => state,
    /** `change` is given the state and gives what of it is new. */
    update(change) {
      const next = { ...state, ...change(state) };
      state = next;
      listeners.forEach((listener) => listener(state));
    },
    /** Forgets everything but what the sign-in screen needs. */
    reset() {
      const { people } = state;
      this.update(() => ({ ...initialState, people, now: Date.now() }));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
