// What a developer does with events: look at a history, watch the bus, begin replays and watch them. A part of the session.

/** How often the bus and running replays are looked at again. */
const LOOK_MS = 2000;
/** As many as anybody reads back. */
const KEPT = 100;

export function createExplorer({ store, readings, command, answeredBy, id }) {
  let watching = null;

  const change = (part) => store.update(({ explorer }) => ({ explorer: { ...explorer, ...part } }));

  function look() {
    const { reached } = store.get().explorer;
    readings.read(reached ? { action: "tail_events", after: reached } : { action: "tail_events" });
  }

  const listReplays = () => readings.read({ action: "list_replays" });

  const isRunning = ({ state }) => ["STARTING", "RUNNING", "CANCELLING"].includes(state);

  function tick() {
    const { explorer, problems } = store.get();
    // What was refused is asked for again by a person.
    if (!explorer.paused && !problems.tail_events) look();
    if (explorer.replays?.some(isRunning) && !problems.list_replays) listReplays();
  }

  /** On the wire an event is text; one that was cut stays text. */
  function read(received) {
    let event = {};
    try {
      const { source, detailType, detail } = JSON.parse(received.event);
      event = { source, "detail-type": detailType, detail };
    } catch {
      event = { "detail-type": received.name };
    }
    return { ...received, key: `${received.aggregateId}#${received.sequence}`, event };
  }

  return {
    answers: {
      history(frame) {
        readings.answered("show_history");
        change({ history: { bookingId: frame.bookingId, events: frame.events } });
      },
      event_shown({ bookingId, eventSequence, event }) {
        readings.answered("show_event");
        const { payloads } = store.get().explorer;
        change({ payloads: { ...payloads, [`${bookingId}#${eventSequence}`]: pretty(event) } });
      },
      tail({ events, reached }) {
        readings.answered("tail_events");
        const { explorer } = store.get();
        const known = new Set((explorer.tail ?? []).map(({ key }) => key));
        const fresh = events.map(read).filter(({ key }) => !known.has(key));
        change({ tail: [...(explorer.tail ?? []), ...fresh].slice(-KEPT), reached });
      },
      replays({ replays }) {
        answeredBy("replays");
        readings.answered("list_replays");
        change({ replays });
      },
    },
    commands: {
      /** Until somebody leaves the view. */
      watch() {
        clearInterval(watching);
        watching = setInterval(tick, LOOK_MS);
        look();
        listReplays();
      },
      listen: look,
      listReplays,
      unwatch: () => clearInterval(watching),
      pause: (paused) => change({ paused }),
      filterEvents: (filter) => change({ filter }),
      showHistory(bookingId) {
        const { history } = store.get().explorer;
        if (history?.bookingId !== bookingId) change({ history: null, payloads: {} });
        readings.read({ action: "show_history", bookingId }, { isList: false });
      },
      showPayload: (bookingId, sequence) => readings.read({ action: "show_event", bookingId, sequence }, { isList: false }),
      startReplay: (from, to) =>
        command({ action: "start_replay", actionId: id(), from, to }, "replay", { answeredBy: "replays" }),
    },
  };
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text).detail, null, 2);
  } catch {
    return text;
  }
}
