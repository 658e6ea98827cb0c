//! Which calls the endpoint has answered: what a grant is really used for.

use std::collections::BTreeMap;

/// How many different calls are remembered; enough for every caller, action and table, not for every S3 key.
const LIMIT: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallSeen {
    /// A logical id of the template, or `outside`.
    pub caller: String,
    pub action: String,
    pub resource: String,
    pub allowed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub call: CallSeen,
    pub times: u64,
}

pub(super) fn count(seen: &mut BTreeMap<CallSeen, u64>, call: CallSeen) {
    if seen.len() < LIMIT || seen.contains_key(&call) {
        *seen.entry(call).or_default() += 1;
    }
}
