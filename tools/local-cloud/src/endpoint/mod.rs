//! The one AWS endpoint: takes a signed HTTP request, finds out who calls which service, asks IAM, and answers
//! in that service's protocol. SDK clients reach it in process (`connector`), the AWS CLI and boto3 over HTTP.
//!
//! Signatures are not verified: the access key id is taken at its word, which is what a laptop can offer.

mod errors;
mod http_server;
mod seen;
mod signer;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};

use bytes::Bytes;
use http::{Request, Response};
use tokio::sync::watch;

pub use seen::{CallSeen, Seen};

use crate::iam::{Context, Decision, Policies};
use crate::wire::{Access, AwsError, AwsService, Call, Caller, Protocol};
use signer::Signer;

/// Account id of everything local.
pub const ACCOUNT: &str = "000000000000";

#[derive(Clone)]
pub struct Endpoint(Arc<Inner>);

struct Inner {
    region: String,
    services: RwLock<BTreeMap<String, Arc<dyn AwsService>>>,
    policies: RwLock<BTreeMap<String, Policies>>,
    seen: Mutex<BTreeMap<CallSeen, u64>>,
    request_ids: Mutex<fastrand::Rng>,
    /// While set, calls wait.
    held: watch::Sender<bool>,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("region", &self.0.region)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// `seed` decides the request ids, so that two runs from one seed answer alike.
    pub fn new(region: &str, seed: u64) -> Self {
        Self(Arc::new(Inner {
            region: region.to_string(),
            services: RwLock::default(),
            policies: RwLock::default(),
            seen: Mutex::default(),
            request_ids: Mutex::new(fastrand::Rng::with_seed(seed)),
            held: watch::Sender::new(false),
        }))
    }

    /// Puts a service behind its signing name; a later one of the same name replaces it.
    pub fn register(&self, service: Arc<dyn AwsService>) {
        self.register_as(service.signing_name(), service);
    }

    /// The same service behind a further signing name (`streams.dynamodb`).
    pub fn register_as(&self, signing_name: &str, service: Arc<dyn AwsService>) {
        write(&self.0.services).insert(signing_name.to_string(), service);
    }

    /// Lets calls wait until [`open`](Self::open). What a stopped cloud left behind begins to move while its services
    /// are still being put in place: a function that called one too early would be told that there is none.
    pub fn hold(&self) {
        self.0.held.send_replace(true);
    }

    /// Answers the calls that wait, and all that come.
    pub fn open(&self) {
        self.0.held.send_replace(false);
    }

    async fn opened(&self) {
        // The sender lives in this very endpoint.
        let _ = self.0.held.subscribe().wait_for(|held| !held).await;
    }

    /// Forgets every service; calls from then on fail. Services hold function code, and that holds clients of this
    /// endpoint: without this, none of them would ever be freed.
    pub fn close(&self) {
        write(&self.0.services).clear();
        self.open();
    }

    /// What the template's resource `logical_id` may do. A caller without policies is an outside client.
    pub fn set_policies(&self, logical_id: &str, policies: Policies) {
        write(&self.0.policies).insert(logical_id.to_string(), policies);
    }

    /// Who called what so far and whether it was allowed, for a `doctor` that compares grants with use.
    pub fn calls_seen(&self) -> Vec<Seen> {
        let seen = self
            .0
            .seen
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.iter()
            .map(|(call, &times)| Seen {
                call: call.clone(),
                times,
            })
            .collect()
    }

    /// Answers one request; errors are answers too.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.opened().await;
        let request_id = self.next_request_id();
        let (protocol, answer) = self.answer(request).await;
        let mut response = answer.unwrap_or_else(|error| errors::encode(protocol, &error, &request_id));
        errors::stamp(&mut response, &request_id);
        response
    }

    /// A JSON-protocol call from inside the cloud (a state machine's integration): same checks, no HTTP.
    pub async fn call_as(
        &self,
        caller: Caller,
        service: &str,
        operation: &str,
        body: Bytes,
    ) -> Result<Bytes, AwsError> {
        self.opened().await;
        let service = self.service(service)?;
        let call = Call {
            caller,
            operation: operation.to_string(),
            method: http::Method::POST,
            uri: http::Uri::from_static("/"),
            headers: http::HeaderMap::new(),
            body,
        };
        self.check(service.as_ref(), &call)?;
        Ok(service.call(call).await?.into_body())
    }

    /// Refuses what `caller` may not do; the check behind every call, and behind deliveries that carry a role.
    pub fn authorize(&self, caller: &Caller, accesses: &[Access], context: &Context) -> Result<(), AwsError> {
        for access in accesses {
            let decision = self.decide(caller, access, context);
            self.remember(caller, access, decision == Decision::Allowed);
            if decision != Decision::Allowed {
                return Err(denied(caller, access, &decision));
            }
        }
        Ok(())
    }

    async fn answer(&self, request: Request<Bytes>) -> (Protocol, Result<Response<Bytes>, AwsError>) {
        let (parts, body) = request.into_parts();
        let Some(signer) = Signer::of(&parts) else {
            let error = AwsError::new(
                "MissingAuthenticationToken",
                "the request carries no AWS signature",
            );
            return (Protocol::RestJson, Err(error.with_status(403)));
        };
        let service = match self.service(&signer.service) {
            Ok(service) => service,
            Err(error) => return (Protocol::AwsJson10, Err(error)),
        };
        let protocol = service.protocol();
        if body.len() > service.max_body_bytes() {
            return (protocol, Err(service.body_too_large()));
        }
        let call = Call {
            caller: self.caller(&signer.access_key_id),
            operation: signer::operation(&parts, &body, protocol),
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body,
        };
        if let Err(error) = self.check(service.as_ref(), &call) {
            return (protocol, Err(error));
        }
        (protocol, service.call(call).await)
    }

    /// The most that a request's body may hold, by the service it is signed for.
    fn max_body_bytes(&self, parts: &http::request::Parts) -> usize {
        let service = Signer::of(parts).and_then(|signer| self.service(&signer.service).ok());
        service.map_or(0, |service| service.max_body_bytes())
    }

    fn check(&self, service: &dyn AwsService, call: &Call) -> Result<(), AwsError> {
        let accesses = service.access(call)?;
        let context = match &call.caller {
            Caller::Resource(_) => Context::of(service.signing_name(), call, &self.0.region, ACCOUNT),
            // No condition is asked of who may do anything.
            Caller::Outside => Context::default(),
        };
        self.authorize(&call.caller, &accesses, &context)
            .map_err(|error| for_protocol(error, service.protocol()))
    }

    fn decide(&self, caller: &Caller, access: &Access, context: &Context) -> Decision {
        let Caller::Resource(logical_id) = caller else {
            return Decision::Allowed;
        };
        let policies = self
            .0
            .policies
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        policies
            .get(logical_id)
            .map_or(Decision::NotAllowed, |p| p.decide(access, context))
    }

    fn caller(&self, access_key_id: &str) -> Caller {
        let policies = self
            .0
            .policies
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if policies.contains_key(access_key_id) {
            Caller::Resource(access_key_id.to_string())
        } else {
            Caller::Outside
        }
    }

    fn remember(&self, caller: &Caller, access: &Access, allowed: bool) {
        let call = CallSeen {
            caller: caller_name(caller),
            action: access.action.clone(),
            resource: access.resource.clone(),
            allowed,
        };
        let mut seen = self
            .0
            .seen
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        seen::count(&mut seen, call);
    }

    fn service(&self, signing_name: &str) -> Result<Arc<dyn AwsService>, AwsError> {
        let services = self
            .0
            .services
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        services.get(signing_name).cloned().ok_or_else(|| {
            AwsError::new(
                "UnknownOperationException",
                format!("the local cloud has no service {signing_name}"),
            )
        })
    }

    fn next_request_id(&self) -> String {
        let mut ids = self
            .0
            .request_ids
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        uuid::Builder::from_random_bytes(ids.u128(..).to_be_bytes())
            .into_uuid()
            .to_string()
    }
}

fn caller_name(caller: &Caller) -> String {
    match caller {
        Caller::Resource(logical_id) => logical_id.clone(),
        Caller::Outside => "outside".to_string(),
    }
}

fn denied(caller: &Caller, access: &Access, decision: &Decision) -> AwsError {
    let why = match decision {
        Decision::ExplicitlyDenied => "with an explicit deny in an identity-based policy".to_string(),
        _ => format!(
            "because no identity-based policy allows the {} action",
            access.action
        ),
    };
    let message = format!(
        "User: arn:aws:sts::{ACCOUNT}:assumed-role/{name} is not authorized to perform: {} on resource: {} {why}",
        access.action,
        access.resource,
        name = caller_name(caller),
    );
    AwsError::new("AccessDeniedException", message)
}

/// S3 and the Query services have an older code for the same refusal, and REST services a 403.
fn for_protocol(mut error: AwsError, protocol: Protocol) -> AwsError {
    if error.code == "AccessDeniedException" {
        match protocol {
            Protocol::RestXml | Protocol::Query => {
                error.code = "AccessDenied".into();
                error.status = 403;
            }
            Protocol::RestJson => error.status = 403,
            Protocol::AwsJson10 | Protocol::AwsJson11 => {}
        }
    }
    error
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
