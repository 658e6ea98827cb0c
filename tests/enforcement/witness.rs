//! Hears what functions log, and gives them back what they miss as soon as they have said so, in exchange for the next:
//! whoever tries again comes to that, and in the end lets the others come to theirs.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use lambda_host::logs::{Format, dispatch};
use local_cloud::endpoint::Endpoint;
use local_cloud::iam::{Policies, Statement};
use local_cloud::wire::Access;
use tokio::sync::Notify;
use tracing::Dispatch;

use super::statements::without;
use crate::end_to_end::world::World;

/// Which function's statement, and which of them.
pub type Place = (String, usize);

#[derive(Clone, Default)]
pub struct Witness(Arc<Heard>);

#[derive(Default)]
struct Heard {
    watched: Mutex<Watched>,
    more: Notify,
}

#[derive(Default)]
struct Watched {
    endpoint: Option<Endpoint>,
    owing: BTreeMap<String, Owing>,
    said: BTreeSet<Place>,
}

struct Owing {
    all: Vec<Statement>,
    /// Of these the first is missing now.
    places: VecDeque<usize>,
}

impl Owing {
    fn left(&self) -> Policies {
        match self.places.front() {
            Some(place) => without(&self.all, *place),
            None => Policies::new(self.all.clone()),
        }
    }
}

impl Witness {
    /// Writes to it what a deployed function would write to its log.
    pub fn listener(&self) -> Dispatch {
        let writer = self.clone();
        dispatch(Format::Json, "warn", move || writer.clone())
    }

    /// Takes the first of each function's.
    pub fn take(&self, world: &World, places: &[Place]) {
        let cloud = &world.laptop.cloud;
        let mut owing: BTreeMap<String, Owing> = BTreeMap::new();
        for function in &cloud.template().functions {
            let own = places.iter().filter(|(owner, _)| *owner == function.logical_id);
            let one = Owing {
                all: function.grants.statements.clone(),
                places: own.map(|(_, place)| *place).collect(),
            };
            if !one.places.is_empty() {
                cloud.endpoint().set_policies(&function.logical_id, one.left());
                owing.insert(function.logical_id.clone(), one);
            }
        }
        *self.watched() = Watched {
            endpoint: Some(cloud.endpoint().clone()),
            owing,
            said: BTreeSet::new(),
        };
    }

    /// What was missed by name since it was taken.
    pub fn said(&self) -> BTreeSet<Place> {
        self.watched().said.clone()
    }

    /// Until all that was taken is missed.
    pub async fn all_said(&self) {
        let all = || self.watched().owing.values().all(|one| one.places.is_empty());
        while !all() {
            self.0.more.notified().await;
        }
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.0.watched.lock().expect("no panic while hearing")
    }
}

impl io::Write for Witness {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let mut watched = self.watched();
        let Watched {
            endpoint: Some(endpoint),
            owing,
            said,
        } = &mut *watched
        else {
            return Ok(line.len());
        };
        for (function, one) in owing {
            let missed = one.places.front().copied();
            let Some(place) = missed.filter(|place| says(&text, function, &one.all[*place])) else {
                continue;
            };
            one.places.pop_front();
            endpoint.set_policies(function, one.left());
            said.insert((function.clone(), place));
            self.0.more.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// SES's words may repeat an address, so that only the code of its error is passed on.
const BY_CODE: &str = "ses:SendEmail";

/// Whether the line says that this function lacks this.
fn says(line: &str, function: &str, missing: &Statement) -> bool {
    match refused(line, function) {
        Some(access) => missing.covers(&access),
        None => {
            let by_code = missing.actions().is_some_and(|all| all == [BY_CODE]);
            by_code && line.contains("AccessDeniedException") && !line.contains("is not authorized")
        }
    }
}

/// What the line says that this function may not do, and to what.
fn refused(line: &str, function: &str) -> Option<Access> {
    let named = format!("/{function} is not authorized to perform: ");
    let (_, rest) = line.split_once(&named)?;
    let (action, rest) = rest.split_once(" on resource: ")?;
    let end = rest.find([' ', '"', '\\', '\n']).unwrap_or(rest.len());
    Some(Access {
        action: action.into(),
        resource: rest[..end].into(),
    })
}

#[test]
fn a_refusal_is_read_from_the_line_that_says_it() {
    let line = r#"{"error":"User: arn:aws:sts::0:assumed-role/AFunction is not authorized to perform: x:Do on resource: arn:r because"}"#;
    let access = refused(line, "AFunction").expect("a refusal");
    assert_eq!(
        (access.action.as_str(), access.resource.as_str()),
        ("x:Do", "arn:r")
    );
    assert_eq!(refused(line, "Function"), None);
    assert_eq!(refused("step failed", "AFunction"), None);
}
