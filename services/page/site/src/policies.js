// What a travel manager does with policies: list, look at, upload, activate. A part of the session.

/** How often versions are looked at again while one of them is being read. */
const LOOK_MS = 1500;

export function createPolicies({ config, store, readings, command, done, answeredBy, id }) {
  let looking = null;

  const list = () => readings.read({ action: "list_policies" });

  /** Reading takes seconds and says nothing when it ends: look again until no version is on its way. */
  function lookAgain(items) {
    clearTimeout(looking);
    const open = items.some(({ state }) => state === "pending" || state === "processing");
    const { upload, policyDetail } = store.get();
    if (open) looking = setTimeout(list, LOOK_MS);
    const now = policyDetail && items.find(({ version }) => version === policyDetail.policy.version);
    if (now && now.state !== policyDetail.policy.state) show(now.version);
    if (upload && items.some(({ version, state }) => version === upload.version && state !== "pending")) {
      store.update(() => ({ upload: null }));
    }
  }

  function show(version) {
    readings.read({ action: "show_policy", version }, { isList: false });
  }

  function failed(message) {
    store.update(({ problems }) => ({ upload: null, problems: { ...problems, upload: { code: "UPLOAD", message, retryable: true } } }));
  }

  /** The file goes to the bucket itself, at the address that was signed for exactly this length and kind. */
  async function put({ url, headers, version }, file) {
    store.update(() => ({ upload: { version, name: file.name } }));
    const address = config.uploads ? `${config.uploads}?to=${encodeURIComponent(url)}` : url;
    // A browser sets the length itself.
    const own = Object.entries(headers).filter(([name]) => name.toLowerCase() !== "content-length");
    const answer = await fetch(address, { method: "PUT", headers: Object.fromEntries(own), body: file }).catch(() => null);
    if (answer?.ok) list();
    else failed("The file could not be uploaded. Check the connection and upload it again.");
  }

  return {
    answers: {
      policies({ items }) {
        answeredBy("policies");
        readings.answered("list_policies");
        store.update(() => ({ policies: items }));
        lookAgain(items);
      },
      policy_detail(frame) {
        readings.answered("show_policy");
        store.update(({ policyDetail }) => {
          const more = policyDetail?.cursor && policyDetail.policy.version === frame.policy.version && policyDetail.wants;
          return { policyDetail: more ? { ...frame, clauses: [...policyDetail.clauses, ...frame.clauses] } : frame };
        });
      },
      policy_upload(frame) {
        const entry = done(frame.actionId);
        if (entry?.file) put(frame, entry.file);
      },
    },
    commands: {
      listPolicies: list,
      showPolicy(version) {
        store.update(() => ({ policyDetail: null }));
        show(version);
      },
      moreOfPolicy({ policy: { version }, cursor }) {
        store.update(({ policyDetail }) => ({ policyDetail: { ...policyDetail, wants: true } }));
        readings.read({ action: "show_policy", version, cursor }, { isList: false });
      },
      uploadPolicy(file) {
        const message = { action: "upload_policy", actionId: id(), fileName: file.name, bytes: file.size };
        command(message, "upload", { file });
      },
      activatePolicy: (version) =>
        command({ action: "activate_policy", actionId: id(), version }, version, { answeredBy: "policies" }),
    },
  };
}
