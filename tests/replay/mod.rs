//! History once more: who may get it, in which order, at whose word it stops, that it rebuilds what it should, and that
//! nothing else comes of it. The consumers are the real functions; AWS's own archive is not covered, the local one is.

mod course;
mod fences;
mod models;

use std::sync::Arc;

use async_trait::async_trait;
use events_schema::ids::BookingId;
use events_schema::socket::Verdict;
use local_cloud::clock::Clock;
use local_cloud::functions::Lambda;
use local_cloud::ports::Functions;
use replay::journal::Selection;
use replay::{Consumers, Replays, Request, Stack};
use serde_json::Value;
use sojourn::commands::replay::patterns;

use crate::end_to_end::people::{Person, is_confirmation_request, is_options};
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::World;

/// The functions behind the rules, in this process.
pub struct Real(pub Arc<Lambda>);

impl Real {
    pub fn of(world: &World) -> Self {
        Self(world.laptop.cloud.parts().lambda.clone())
    }
}

#[async_trait]
impl Consumers for Real {
    async fn give(&self, function: &str, event: &Value) -> Result<(), String> {
        let answer = self.0.invoke(function, event.clone()).await;
        answer.map(drop).map_err(|error| error.to_string())
    }
}

struct OfTheCloud(Clock);

impl lambda_host::Clock for OfTheCloud {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }
}

pub async fn replays(world: &World) -> Replays {
    let config = world.laptop.cloud.sdk_config("a-test");
    Replays {
        stack: Stack::find(&config, "sojourn").await.expect("the stack's tables"),
        clock: Arc::new(OfTheCloud(world.laptop.clock)),
        patterns,
    }
}

/// Everything, to all that welcome it.
pub fn everything(name: &str) -> Request {
    Request {
        name: name.into(),
        selection: Selection::Time {
            from: jiff::Timestamp::UNIX_EPOCH,
            until: "2030-01-01T00:00:00Z".parse().expect("a time"),
        },
        to: Vec::new(),
        pattern: None,
        per_second: None,
    }
}

/// A trip asked for, chosen and answered; its frames and effects are done with.
pub async fn trip(world: &World, person: &str, verdict: Verdict) -> BookingId {
    // Another device each time: the same request of the same device is the same booking.
    let device = format!("device-{}", world.scan("BookingsTable").await.len());
    let mut traveller = Person::on_device(world, person, &device).await;
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    traveller.select(&options, 0);
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, verdict);
    traveller.until_the_end().await;
    // Leaving is an effect too.
    drop(traveller);
    world.laptop.cloud.idle().await;
    booking
}

/// One that ends in an answer about the policy.
pub async fn question(world: &World) -> BookingId {
    let mut traveller = Person::connect(world, "traveller-2").await;
    let booking = traveller.request("may I fly business to Tokyo?").await;
    traveller.until_the_end().await;
    drop(traveller);
    world.laptop.cloud.idle().await;
    booking
}
