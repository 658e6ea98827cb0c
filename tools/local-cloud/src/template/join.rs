//! Stacks beside the first one: their resources join its own, each under the names of its own stack.

use std::collections::BTreeSet;

use super::{Reason, Template};

impl Template {
    /// Takes in another stack's resources. Functions and machines are told apart by their logical ids when they call,
    /// everything else by its name: what occurs twice is refused.
    pub fn join(&mut self, other: Self) -> Result<(), (String, Reason)> {
        let taken = self.identities();
        if let Some((id, what)) = other
            .identities()
            .into_iter()
            .find(|identity| taken.contains(identity))
        {
            return Err((id.clone(), format!("there already is a {what} called {id}")));
        }
        self.functions.extend(other.functions);
        self.machines.extend(other.machines);
        self.buses.extend(other.buses);
        self.rules.extend(other.rules);
        self.archives.extend(other.archives);
        self.tables.extend(other.tables);
        self.queues.extend(other.queues);
        self.buckets.extend(other.buckets);
        self.apis.extend(other.apis);
        self.mappings.extend(other.mappings);
        self.roles.extend(other.roles);
        self.managed_policies.extend(other.managed_policies);
        self.permissions.extend(other.permissions);
        self.resources.extend(other.resources);
        self.ignored.extend(other.ignored);
        Ok(())
    }

    fn identities(&self) -> BTreeSet<(String, &'static str)> {
        let functions = self.functions.iter().map(|f| (f.logical_id.clone(), "function"));
        let machines = self
            .machines
            .iter()
            .map(|m| (m.logical_id.clone(), "state machine"));
        let buses = self.buses.iter().map(|b| (b.name.clone(), "bus"));
        let rules = self.rules.iter().map(|r| (r.name.clone(), "rule"));
        let tables = self.tables.iter().map(|t| (t.name.clone(), "table"));
        let queues = self.queues.iter().map(|q| (q.name.clone(), "queue"));
        let buckets = self.buckets.iter().map(|b| (b.name.clone(), "bucket"));
        let named = functions.chain(machines).chain(buses).chain(rules);
        named.chain(tables).chain(queues).chain(buckets).collect()
    }
}
