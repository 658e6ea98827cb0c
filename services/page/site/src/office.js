// What travel managers can do: people, budgets and bookings that need somebody. Their commands and what the answers
// change; part of the session.

/** `send`, `command`, `id`, `name`, `learn`, `answeredBy`, `readings` and `store` are the session's own. */
export function officeCommands({ send, command, id, readings, store }) {
  return {
    /** Everything the overview shows; each part comes with a frame of its own. */
    readOffice() {
      readings.read({ action: "read_insights", actionId: id() });
      readings.read({ action: "list_attention" });
      readings.read({ action: "list_budgets" });
    },
    showAttention(bookingId) {
      readings.read({ action: "show_attention", bookingId }, { isList: false });
      readings.read({ action: "list_attention" });
    },
    resolveAttention: (bookingId, legs, note) =>
      command({ action: "resolve_attention", actionId: id(), bookingId, legs, note }, bookingId),
    setBudget: (costCentre, limit) =>
      command({ action: "set_budget", actionId: id(), costCentre, limit }, "budgets", { answeredBy: "budget" }),
    readPeople: () => readPeople({}),
    morePeople() {
      store.update(({ directory }) => ({ directory: { ...directory, appending: true } }));
      readPeople({ cursor: store.get().directory.cursor });
    },
    showPerson(employeeId) {
      // Shown again on a new connection, it keeps what was said.
      store.update(({ person, personDone }) => ({ personDone: person?.employeeId === employeeId ? personDone : null, erased: null }));
      readings.read({ action: "show_person", employeeId }, { isList: false });
      // Names to choose approvers and delegates from.
      if (!store.get().directory.items) readPeople({});
    },
    changePerson: (employeeId, change) => edit({ action: "change_person", employeeId, change }, "Saved."),
    /** Without `to` nobody decides for them any more. */
    delegatePerson: (employeeId, { to, from, until }) =>
      edit({ action: "delegate_person", employeeId, ...(to && { to }), ...(from && { from }), ...(until && { until }) },
        to ? "Somebody decides for them while they are away." : "Nobody decides for them any more."),
    erasePerson: (employeeId) =>
      command({ action: "erase_person", actionId: id(), employeeId }, employeeId, { answeredBy: "person_erased" }),
    /** Tried first, and carried out when the manager has seen what it would do. */
    importPeople(csv, dryRun) {
      store.update(() => ({ sheet: { csv, result: null } }));
      command({ action: "import_people", actionId: id(), csv, dryRun }, "sheet", { answeredBy: "people_import" });
    },
    forgetSheet: () => store.update(({ problems }) => ({ sheet: null, problems: { ...problems, sheet: null } })),
    exportPeople() {
      store.update(() => ({ exported: "" }));
      send({ action: "export_people" });
    },
    filterPeople: (words) => store.update(({ directory }) => ({ directory: { ...directory, filter: words } })),
  };

  function readPeople(page) {
    const unread = () => store.update(({ directory }) => ({ directory: { ...directory, appending: false } }));
    readings.read({ action: "list_people", ...page }, { unread });
  }

  function edit(message, done) {
    const { action, employeeId, ...rest } = message;
    store.update(() => ({ personDone: null }));
    command({ action, actionId: id(), employeeId, ...rest }, employeeId, { answeredBy: "person", done });
  }
}

export function officeAnswers({ send, name, learn, answeredBy, readings, store, save, router }) {
  return {
    insights(frame) {
      readings.answered("read_insights");
      learn(frame.people);
      store.update(() => ({ insights: frame.summary }));
    },
    attention({ items }) {
      readings.answered("list_attention");
      store.update(() => ({ attention: items }));
      name(items.map((item) => item.employeeId));
    },
    attention_detail(frame) {
      readings.answered("show_attention");
      store.update(() => ({ attentionDetail: frame }));
      name([frame.item.employeeId, ...(frame.item.resolved ? [frame.item.resolved.by] : [])]);
    },
    budgets({ items }) {
      readings.answered("list_budgets");
      store.update(() => ({ budgets: items }));
    },
    budget({ budget }) {
      answeredBy("budget");
      store.update(({ budgets }) => {
        const others = (budgets ?? []).filter((one) => one.costCentre !== budget.costCentre);
        return { budgets: [...others, budget].sort((one, other) => one.costCentre.localeCompare(other.costCentre)) };
      });
    },
    people({ items, cursor = null }) {
      readings.answered("list_people");
      learn(items);
      store.update(({ directory }) => {
        const kept = directory.appending ? directory.items : [];
        return { directory: { ...directory, items: [...kept, ...items], cursor, appending: false } };
      });
    },
    person({ person }) {
      const [edited] = answeredBy("person");
      readings.answered("show_person");
      learn([person]);
      store.update(({ directory }) => ({
        person,
        personDone: edited?.done ?? null,
        directory: { ...directory, items: directory.items?.map((one) => (one.employeeId === person.employeeId ? person : one)) ?? null },
      }));
      name([...person.approvers, person.delegate, person.financeApprover]);
    },
    person_erased({ employeeId }) {
      answeredBy("person_erased");
      store.update(({ directory, names }) => ({
        person: null,
        erased: employeeId,
        names: { ...names, [employeeId]: null },
        directory: { ...directory, items: directory.items?.filter((one) => one.employeeId !== employeeId) ?? null },
      }));
      router.go("people");
    },
    people_import(frame) {
      answeredBy("people_import");
      store.update(({ sheet }) => ({ sheet: { csv: sheet?.csv ?? null, result: frame } }));
      if (frame.applied) readings.read({ action: "list_people" });
    },
    people_csv({ csv, cursor }) {
      const sofar = store.get().exported + csv;
      store.update(() => ({ exported: sofar }));
      if (cursor) send({ action: "export_people", cursor });
      else save("people.csv", sofar, "text/csv");
    },
  };
}
