//! Taking events in: one transaction stores them, files them in archives and queues one delivery for every target
//! of every rule that selects them. Only then is an event accepted.

use std::sync::Arc;

use serde_json::Value;

use super::Inner;
use super::catalog::{ActiveRule, Catalog, Route};
use super::envelope::{self, BusEvent, NewEvent};
use super::journal::{self, Due};
use super::kinds;

/// Deliveries queued in a transaction that has not been committed yet, and the events they are of.
#[derive(Default)]
pub(super) struct Queued {
    pub(super) deliveries: Vec<(Due, Arc<Route>)>,
    pub(super) events: Vec<BusEvent>,
}

/// Who has a use for an event. Most of what AWS services announce nobody has, and that is not even written down.
struct Wanted<'a> {
    archives: Vec<&'a str>,
    rules: Vec<&'a ActiveRule>,
}

impl<'a> Wanted<'a> {
    fn of(catalog: &'a Catalog, bus: &str, event: &Value) -> Self {
        let archives = catalog.archives.iter();
        let rules = catalog.rules_of(bus).filter(|rule| !rule.routes.is_empty());
        Self {
            archives: archives
                .filter(|(_, archive)| archive.config.bus == bus && archive.selects(event))
                .map(|(name, _)| name.as_str())
                .collect(),
            rules: rules.filter(|rule| rule.selects(event)).collect(),
        }
    }

    fn by_nobody(&self) -> bool {
        self.archives.is_empty() && self.rules.is_empty()
    }
}

impl Inner {
    /// Accepts events for buses that exist; returns their ids in the same order.
    pub(super) fn accept(&self, entries: Vec<(String, NewEvent)>) -> rusqlite::Result<Vec<String>> {
        let now = self.clock.now();
        let mut queued = Queued::default();
        let mut ids = Vec::with_capacity(entries.len());
        // The last number, if nothing was written down under it.
        let mut passed_over = None;
        {
            let mut connection = self.store.lock();
            let tx = connection.transaction()?;
            for (bus, entry) in entries {
                let number = self.next_number();
                let id = envelope::event_id(self.seed, number);
                let time = envelope::to_second(entry.time.unwrap_or(now));
                let event = envelope::wrap(&id, &self.catalog.account, &self.catalog.region, time, entry);
                let wanted = Wanted::of(&self.catalog, &bus, &event);
                if !wanted.by_nobody() {
                    let (body, kind) = (event.to_string(), kinds::of(&event));
                    journal::insert_body(&tx, number, &id, now.as_millisecond(), &body)?;
                    for name in wanted.archives {
                        journal::insert_archived(
                            &tx,
                            name,
                            time.as_millisecond(),
                            number,
                            body.len(),
                            &kind,
                        )?;
                    }
                    self.queue_for(&tx, number, None, wanted.rules.into_iter(), &mut queued)?;
                    passed_over = None;
                } else {
                    passed_over = Some(number);
                }
                queued.events.push(BusEvent {
                    bus,
                    event: Arc::new(event),
                });
                ids.push(id);
            }
            if let Some(number) = passed_over {
                journal::pass_over(&tx, number)?;
            }
            tx.commit()?;
        }
        self.release(queued);
        Ok(ids)
    }

    /// Accepts an event for one rule alone: a schedule's. It is not archived. Without rules it is not even stored, only shown to subscribers.
    pub(super) fn queue_event<'a>(
        &self,
        tx: &rusqlite::Transaction<'_>,
        bus: &str,
        event: Value,
        rules: impl Iterator<Item = &'a ActiveRule>,
        queued: &mut Queued,
    ) -> rusqlite::Result<()> {
        let mut rules = rules.filter(|rule| !rule.routes.is_empty()).peekable();
        if rules.peek().is_some() {
            let number = self.next_number();
            let id = event["id"].as_str().unwrap_or_default();
            journal::insert_body(
                tx,
                number,
                id,
                self.clock.now().as_millisecond(),
                &event.to_string(),
            )?;
            self.queue_for(tx, number, None, rules, queued)?;
        }
        queued.events.push(BusEvent {
            bus: bus.to_owned(),
            event: Arc::new(event),
        });
        Ok(())
    }

    /// `replay`: the event was there already, and comes once more under this name.
    pub(super) fn queue_for<'a>(
        &self,
        tx: &rusqlite::Transaction<'_>,
        number: i64,
        replay: Option<&str>,
        rules: impl Iterator<Item = &'a ActiveRule>,
        queued: &mut Queued,
    ) -> rusqlite::Result<()> {
        let now_ms = self.clock.now().as_millisecond();
        for rule in rules {
            for route in &rule.routes {
                let due = journal::insert_delivery(tx, number, &rule.key, &route.target.id, now_ms, replay)?;
                queued.deliveries.push((due, Arc::clone(route)));
            }
        }
        Ok(())
    }

    /// Hands committed deliveries to the courier and shows their events to subscribers.
    pub(super) fn release(&self, queued: Queued) {
        for event in queued.events {
            // No subscriber is fine.
            let _ = self.subscribers.send(event);
        }
        if !queued.deliveries.is_empty() {
            self.open.send_modify(|open| *open += queued.deliveries.len());
            self.inbox
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .extend(queued.deliveries);
            self.courier_wake.notify_one();
        }
    }
}
