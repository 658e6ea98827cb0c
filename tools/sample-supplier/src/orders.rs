//! What was sold and what is held, in SQLite: an order outlives the process that took it.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use events_schema::money::Money;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use crate::wire::{Order, OrderStatus};

#[derive(Debug, thiserror::Error)]
#[error("the order book cannot be read or written")]
pub struct StoreError(#[from] rusqlite::Error);

pub struct Orders {
    connection: Mutex<Connection>,
}

/// What came of placing an order.
#[derive(Debug, PartialEq)]
pub enum Placed {
    New(Order),
    /// The same key and the same body came before: this is the order it made.
    Before(Order),
    /// The key was used for something else.
    KeyTaken,
}

pub struct NewOrder<'a> {
    pub key: &'a str,
    /// SHA-256 of the request's body: passengers are recognised, not kept.
    pub body_hash: &'a str,
    pub offer: &'a str,
    pub total: Money,
    pub at: Timestamp,
}

impl Orders {
    pub fn open(path: Option<&Path>) -> Result<Self, StoreError> {
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA busy_timeout = 5000;
             CREATE TABLE IF NOT EXISTS orders (
               reference TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, body_hash TEXT NOT NULL,
               document TEXT NOT NULL) STRICT;
             CREATE TABLE IF NOT EXISTS holds (
               offer TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT;",
        )?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// Takes an order once per key, however often it is sent.
    pub fn place(&self, new: &NewOrder<'_>) -> Result<Placed, StoreError> {
        let connection = self.lock();
        let before = connection
            .query_row(
                "SELECT body_hash, document FROM orders WHERE key = ?1",
                [new.key],
                |row| Ok((row.get::<_, String>(0)?, document(row, 1)?)),
            )
            .optional()?;
        if let Some((body_hash, order)) = before {
            return Ok(if body_hash == new.body_hash {
                Placed::Before(order)
            } else {
                Placed::KeyTaken
            });
        }
        let order = Order {
            reference: reference(new.key),
            key: new.key.into(),
            offer: new.offer.into(),
            status: OrderStatus::Confirmed,
            total: new.total,
            created_at: new.at,
            refund: None,
        };
        connection.execute(
            "INSERT INTO orders (reference, key, body_hash, document) VALUES (?1, ?2, ?3, ?4)",
            params![order.reference, order.key, new.body_hash, to_json(&order)?],
        )?;
        Ok(Placed::New(order))
    }

    pub fn by_reference(&self, reference: &str) -> Result<Option<Order>, StoreError> {
        self.find("SELECT document FROM orders WHERE reference = ?1", reference)
    }

    pub fn by_key(&self, key: &str) -> Result<Option<Order>, StoreError> {
        self.find("SELECT document FROM orders WHERE key = ?1", key)
    }

    /// Marks an order as cancelled; one that already is keeps its first refund.
    pub fn cancel(&self, reference: &str, refund: Money) -> Result<Option<Order>, StoreError> {
        let connection = self.lock();
        let found = connection
            .query_row(
                "SELECT document FROM orders WHERE reference = ?1",
                [reference],
                |row| document(row, 0),
            )
            .optional()?;
        let Some(mut order) = found else { return Ok(None) };
        if order.status == OrderStatus::Confirmed {
            order.status = OrderStatus::Cancelled;
            order.refund = Some(refund);
            connection.execute(
                "UPDATE orders SET document = ?2 WHERE reference = ?1",
                params![reference, to_json(&order)?],
            )?;
        }
        Ok(Some(order))
    }

    /// Holds an offer until `until`; holding it again does not shorten or extend it.
    pub fn hold(&self, offer: &str, until: Timestamp) -> Result<Timestamp, StoreError> {
        let connection = self.lock();
        connection.execute(
            "INSERT INTO holds (offer, until) VALUES (?1, ?2) ON CONFLICT (offer) DO NOTHING",
            params![offer, until.as_second()],
        )?;
        Ok(held(&connection, offer)?.unwrap_or(until))
    }

    pub fn release(&self, offer: &str) -> Result<(), StoreError> {
        self.lock()
            .execute("DELETE FROM holds WHERE offer = ?1", [offer])?;
        Ok(())
    }

    /// The offers held beyond `now`.
    pub fn holds(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let connection = self.lock();
        let mut query = connection.prepare("SELECT offer FROM holds WHERE until > ?1 ORDER BY offer")?;
        let offers = query.query_map([now.as_second()], |row| row.get(0))?;
        Ok(offers.collect::<rusqlite::Result<_>>()?)
    }

    /// Every order there is, in the order of their references.
    pub fn all(&self) -> Result<Vec<Order>, StoreError> {
        let connection = self.lock();
        let mut query = connection.prepare("SELECT document FROM orders ORDER BY reference")?;
        let orders = query.query_map([], |row| document(row, 0))?;
        Ok(orders.collect::<rusqlite::Result<_>>()?)
    }

    pub fn held_until(&self, offer: &str) -> Result<Option<Timestamp>, StoreError> {
        held(&self.lock(), offer)
    }

    fn find(&self, query: &str, value: &str) -> Result<Option<Order>, StoreError> {
        Ok(self
            .lock()
            .query_row(query, [value], |row| document(row, 0))
            .optional()?)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn held(connection: &Connection, offer: &str) -> Result<Option<Timestamp>, StoreError> {
    let second: Option<i64> = connection
        .query_row("SELECT until FROM holds WHERE offer = ?1", [offer], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(second.and_then(|second| Timestamp::from_second(second).ok()))
}

/// Six letters and digits that are hard to confuse, from the key: the same order has the same reference everywhere.
fn reference(key: &str) -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let digest = Sha256::digest(key.as_bytes());
    let code: String = digest
        .iter()
        .take(8)
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect();
    format!("SMPL-{code}")
}

fn to_json(order: &Order) -> rusqlite::Result<String> {
    serde_json::to_string(order).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn document(row: &Row<'_>, index: usize) -> rusqlite::Result<Order> {
    let text: String = row.get(index)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, Box::new(error))
    })
}
