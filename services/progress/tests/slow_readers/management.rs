//! `@connections` as API Gateway may answer it: in time, late, never, or with an error.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Response};
use local_cloud::endpoint::ACCOUNT;
use local_cloud::wire::{Access, AwsError, AwsService, Call, Protocol};
use serde_json::Value;

use super::desk::REGION;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mood {
    /// No post is ever answered.
    Hangs,
    /// Neither a post nor the closing is.
    HangsForEverything,
    /// Every post fails, and is tried again by the SDK.
    Fails,
    /// Every post is too many.
    Refuses,
}

/// One frame that arrived.
#[derive(Clone, Debug)]
pub struct Posted {
    pub connection: String,
    pub frame: Value,
}

impl Posted {
    pub fn sequence(&self) -> u64 {
        self.frame["sequence"].as_u64().expect("a frame of a booking")
    }
}

#[derive(Default)]
struct Kept {
    moods: BTreeMap<String, Mood>,
    posted: Vec<Posted>,
    tried: Vec<String>,
    closed: Vec<String>,
}

pub struct Management {
    api: String,
    stage: String,
    kept: Mutex<Kept>,
}

impl Management {
    /// Under the URL that functions are given.
    pub fn at(endpoint: &str) -> Arc<Self> {
        let (host, stage) = endpoint
            .trim_start_matches("https://")
            .split_once('/')
            .expect("a host and a stage");
        Arc::new(Self {
            api: host.split('.').next().expect("an API").into(),
            stage: stage.into(),
            kept: Mutex::default(),
        })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    pub fn set(&self, connection: &str, mood: Mood) {
        self.kept().moods.insert(connection.into(), mood);
    }

    pub fn posted_to(&self, connection: &str) -> Vec<Posted> {
        let posted = self.kept().posted.clone();
        posted
            .into_iter()
            .filter(|posted| posted.connection == connection)
            .collect()
    }

    /// How often somebody tried to post to it, answered or not.
    pub fn tries(&self, connection: &str) -> usize {
        self.kept()
            .tried
            .iter()
            .filter(|tried| *tried == connection)
            .count()
    }

    pub fn closed(&self) -> Vec<String> {
        self.kept().closed.clone()
    }

    fn take(&self, connection: String, body: &Bytes) {
        let posted = Posted {
            connection,
            frame: serde_json::from_slice(body).expect("JSON"),
        };
        self.kept().posted.push(posted);
    }
}

#[async_trait]
impl AwsService for Management {
    fn signing_name(&self) -> &'static str {
        "execute-api"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn access(&self, call: &Call) -> Result<Vec<Access>, AwsError> {
        let api = format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{}", self.api);
        Ok(vec![Access {
            action: "execute-api:ManageConnections".into(),
            resource: format!(
                "{api}/{}/{}/@connections/{}",
                self.stage,
                call.method,
                connection(call)
            ),
        }])
    }

    async fn call(&self, call: Call) -> Result<Response<Bytes>, AwsError> {
        let connection = connection(&call);
        let mood = self.kept().moods.get(&connection).copied();
        if self.kept().closed.contains(&connection) {
            return Err(AwsError::new("GoneException", "Gone").with_status(410));
        }
        if call.method == Method::DELETE {
            if mood == Some(Mood::HangsForEverything) {
                std::future::pending::<()>().await;
            }
            self.kept().closed.push(connection);
            return Ok(Response::builder().status(204).body(Bytes::new()).unwrap());
        }
        self.kept().tried.push(connection.clone());
        match mood {
            None => {
                self.take(connection, &call.body);
                Ok(Response::new(Bytes::new()))
            }
            Some(Mood::Hangs | Mood::HangsForEverything) => std::future::pending().await,
            Some(Mood::Fails) => Err(AwsError::new("InternalServerError", "told to").with_status(500)),
            Some(Mood::Refuses) => Err(AwsError::new("LimitExceededException", "told to").with_status(429)),
        }
    }
}

fn connection(call: &Call) -> String {
    let path = call.uri.path().replace("%40", "@");
    let (_, connection) = path.split_once("/@connections/").expect("a connection");
    connection.into()
}
