//! Connecting, routing and disconnecting, whatever carries the frames: `server` puts a real socket under it.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use http::HeaderMap;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::authorizer::{check_identity, verdict};
use super::connections::{Connection, Connections, Ending, Opening, Outgoing, PostError};
use super::event::{Moment, Subject};
use super::{Authorizer, Limits, Route, WebSocketConfig};
use crate::clock::Clock;
use crate::ports::{Functions, InvokeError};

/// A client's upgrade request.
#[derive(Clone, Debug, Default)]
pub struct Handshake {
    pub headers: HeaderMap,
    /// Without the question mark.
    pub query: String,
    pub source_ip: String,
}

/// Why a client was not let in: the HTTP answer it gets instead of the upgrade.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub status: u16,
    pub body: Value,
}

impl Refusal {
    pub(super) fn unauthorized() -> Self {
        Self {
            status: 401,
            body: json!({ "message": "Unauthorized" }),
        }
    }

    pub(super) fn forbidden(message: &str) -> Self {
        Self {
            status: 403,
            body: json!({ "Message": message }),
        }
    }

    pub(super) fn internal(status: u16) -> Self {
        Self {
            status,
            body: json!({ "message": "Internal server error" }),
        }
    }
}

pub struct WebSocketApi {
    pub(super) config: WebSocketConfig,
    pub(super) clock: Clock,
    pub(super) connections: Connections,
    functions: Arc<dyn Functions>,
    ids: Mutex<fastrand::Rng>,
}

/// One established connection. Whoever carries its frames calls `close` in the end; dropping it without (the
/// client vanished before the upgrade was through) closes it as broken off.
pub struct Session {
    api: Arc<WebSocketApi>,
    pub(super) connection: Arc<Connection>,
    outgoing: tokio::sync::Mutex<Outgoing>,
    is_closed: bool,
    /// The subprotocol that the `$connect` function chose.
    pub protocol: Option<String>,
}

impl WebSocketApi {
    /// Ids come from `seed` and the time at which the API starts: a rerun of one simulation repeats them, and a
    /// restarted process never gives a client the id of a connection that somebody had before.
    pub fn new(config: WebSocketConfig, functions: Arc<dyn Functions>, clock: Clock, seed: u64) -> Arc<Self> {
        let started = u64::try_from(clock.now().as_nanosecond()).unwrap_or_default();
        let ids = Mutex::new(fastrand::Rng::with_seed(seed ^ started));
        Arc::new(Self {
            config,
            clock,
            connections: Connections::default(),
            functions,
            ids,
        })
    }

    /// Asks the authorizer and the `$connect` function. Posts to the connection work from the moment this returns.
    pub async fn connect(self: &Arc<Self>, handshake: Handshake) -> Result<Session, Refusal> {
        let mut opening = Opening {
            id: self.new_id(),
            connected_at: self.clock.now(),
            source_ip: handshake.source_ip.clone(),
            user_agent: handshake
                .headers
                .get("user-agent")
                .and_then(|agent| agent.to_str().ok())
                .map(Into::into),
            authorizer: Map::new(),
        };
        if let Some(authorizer) = &self.config.authorizer {
            opening.authorizer = self.authorize(authorizer, &handshake, &opening).await?;
        }
        let protocol = match self.config.routes.get("$connect") {
            Some(route) => self.run_connect(route, &handshake, &opening).await?,
            None => None,
        };
        let (connection, outgoing) = Connection::open(opening);
        self.connections.add(Arc::clone(&connection));
        let outgoing = tokio::sync::Mutex::new(outgoing);
        Ok(Session {
            api: Arc::clone(self),
            connection,
            outgoing,
            is_closed: false,
            protocol,
        })
    }

    /// Queues a frame for a client, as `POST @connections/{id}` does.
    pub fn post(&self, connection_id: &str, frame: String) -> Result<(), PostError> {
        let limit = self.config.limits.message_bytes;
        if frame.len() > limit {
            return Err(PostError::TooLarge { limit });
        }
        let connection = self.connections.get(connection_id)?;
        self.send(&connection, frame)
    }

    /// How many clients are connected.
    pub fn connected(&self) -> usize {
        self.connections.count()
    }

    fn send(&self, connection: &Connection, frame: String) -> Result<(), PostError> {
        let sent = connection.send(frame, self.config.limits.outgoing_bytes);
        if sent.is_ok() {
            connection.touch(self.clock.now());
        } else {
            // It is closing and nobody can reach it any more; `$disconnect` follows when its socket lets go.
            tracing::debug!(
                connection = connection.id,
                "a frame for a closing connection was refused"
            );
        }
        sent
    }

    async fn authorize(
        &self,
        authorizer: &Authorizer,
        handshake: &Handshake,
        opening: &Opening,
    ) -> Result<Map<String, Value>, Refusal> {
        check_identity(&authorizer.identity_sources, handshake)?;
        let event = self
            .config
            .authorizer_event(handshake, &subject(opening), &self.moment());
        let started = tokio::time::Instant::now();
        let answer = self
            .invoke(&authorizer.function, event)
            .await
            .map_err(|error| match error {
                // An authorizer says "who are you?" by failing with this very word.
                IntegrationError::Failed(InvokeError::Function(error)) if error.message == "Unauthorized" => {
                    Refusal::unauthorized()
                }
                error => {
                    tracing::warn!(
                        function = authorizer.function,
                        error = &error as &dyn std::error::Error,
                        "the authorizer failed"
                    );
                    Refusal::internal(500)
                }
            })?;
        let mut context = verdict(answer, &self.config.connect_arn())?;
        let latency_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        context.insert("integrationLatency".into(), json!(latency_ms));
        Ok(context)
    }

    async fn run_connect(
        &self,
        route: &Route,
        handshake: &Handshake,
        opening: &Opening,
    ) -> Result<Option<String>, Refusal> {
        let moment = self.moment();
        let event = self.config.connect_event(handshake, &subject(opening), &moment);
        let answer = self
            .invoke(&route.function, event)
            .await
            .and_then(ProxyAnswer::read);
        let answer = answer.map_err(|error| {
            tracing::warn!(
                function = route.function,
                error = &error as &dyn std::error::Error,
                "connecting failed"
            );
            Refusal {
                status: 502,
                body: error.frame(&opening.id, &moment.request_id),
            }
        })?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.header("sec-websocket-protocol"));
        }
        let body = answer
            .body
            .map(|body| serde_json::from_str(&body).unwrap_or(Value::String(body)));
        Err(Refusal {
            status: answer.status,
            body: body.unwrap_or(Value::Null),
        })
    }

    async fn run_message(&self, connection: &Connection, text: &str) {
        let moment = self.moment();
        let Some((key, route)) = self.route(text) else {
            let frame = json!({ "message": "Forbidden", "connectionId": connection.id, "requestId": moment.request_id });
            return self.answer(connection, frame.to_string());
        };
        let event = self
            .config
            .message_event(key, text, &connection.as_subject(), &moment);
        match self
            .invoke(&route.function, event)
            .await
            .and_then(ProxyAnswer::read)
        {
            Ok(answer) => {
                if let Some(body) = answer.body.filter(|_| route.responds) {
                    self.answer(connection, body);
                }
            }
            Err(error) => {
                tracing::warn!(
                    route = key,
                    error = &error as &dyn std::error::Error,
                    "a message's function failed"
                );
                self.answer(
                    connection,
                    error.frame(&connection.id, &moment.request_id).to_string(),
                );
            }
        }
    }

    /// An answer to a connection that ended meanwhile is for nobody.
    fn answer(&self, connection: &Connection, frame: String) {
        let _gone = self.send(connection, frame);
    }

    /// The route a message selects: by its member, else `$default`.
    fn route(&self, text: &str) -> Option<(&str, &Route)> {
        let message: Option<Value> = serde_json::from_str(text).ok();
        let path = self
            .config
            .route_selection_expression
            .trim_start_matches("${")
            .trim_end_matches('}');
        let path = path.trim_start_matches('$').strip_prefix("request.body.")?;
        let selected = path
            .split('.')
            .fold(message.as_ref(), |value, member| value?.get(member))
            .and_then(Value::as_str);
        // The `$` routes are not for messages to choose.
        let named = selected
            .filter(|key| !key.starts_with('$'))
            .and_then(|key| self.config.routes.get_key_value(key));
        named
            .or_else(|| self.config.routes.get_key_value("$default"))
            .map(|(key, route)| (key.as_str(), route))
    }

    async fn run_disconnect(&self, connection: &Connection, ending: &Ending) {
        let Some(route) = self.config.routes.get("$disconnect") else {
            return;
        };
        let event = self
            .config
            .disconnect_event(ending, &connection.as_subject(), &self.moment());
        // Best effort, as on AWS: nobody is left to tell, and the next post's 410 cleans up.
        if let Err(error) = self.invoke(&route.function, event).await {
            tracing::warn!(
                connection = connection.id,
                error = &error as &dyn std::error::Error,
                "disconnecting failed"
            );
        }
    }

    async fn invoke(&self, function: &str, event: Value) -> Result<Value, IntegrationError> {
        let called = timeout(
            self.config.limits.integration_timeout,
            self.functions.invoke(function, event),
        )
        .await;
        Ok(called.map_err(|_| IntegrationError::TimedOut)??)
    }

    fn moment(&self) -> Moment {
        Moment {
            now: self.clock.now(),
            request_id: self.new_id(),
        }
    }

    /// As API Gateway writes its ids: eleven bytes in base64.
    fn new_id(&self) -> String {
        let mut bytes = [0; 11];
        self.ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill(&mut bytes);
        URL_SAFE.encode(bytes)
    }
}

impl Session {
    pub fn connection_id(&self) -> &str {
        &self.connection.id
    }

    /// Runs a message's function; what it answers comes out of `next_frame`. The future holds nothing of the
    /// session, so messages can run beside each other.
    pub fn message(&self, text: String) -> impl Future<Output = ()> + Send + 'static {
        let (api, connection) = (Arc::clone(&self.api), Arc::clone(&self.connection));
        connection.touch(api.clock.now());
        async move { api.run_message(&connection, &text).await }
    }

    /// The next frame for the client, in the order of posting.
    pub async fn next_frame(&self) -> Option<String> {
        self.outgoing.lock().await.next().await
    }

    /// Makes the connection unreachable, then tells the `$disconnect` function.
    pub async fn close(mut self, ending: Ending) {
        self.is_closed = true;
        self.unregister(&ending);
        self.api.run_disconnect(&self.connection, &ending).await;
    }

    pub(super) fn limits(&self) -> Limits {
        self.api.config.limits
    }

    fn unregister(&self, ending: &Ending) {
        self.api.connections.remove(&self.connection.id);
        self.connection.end(ending.clone());
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.is_closed {
            return;
        }
        let ending = Ending::new(1006, "Connection closed abnormally");
        self.unregister(&ending);
        // Without a runtime the process itself is ending, and with it every connection.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (api, connection) = (Arc::clone(&self.api), Arc::clone(&self.connection));
            runtime.spawn(async move { api.run_disconnect(&connection, &ending).await });
        }
    }
}

fn subject(opening: &Opening) -> Subject<'_> {
    Subject {
        connection_id: &opening.id,
        connected_at: opening.connected_at,
        source_ip: &opening.source_ip,
        user_agent: opening.user_agent.as_deref(),
        authorizer: &opening.authorizer,
    }
}

#[derive(Debug, thiserror::Error)]
enum IntegrationError {
    #[error("the function did not answer in time")]
    TimedOut,
    #[error("the function failed")]
    Failed(#[from] InvokeError),
    #[error("the function's answer has no statusCode")]
    Malformed,
}

impl IntegrationError {
    /// What the client is told: never why.
    fn frame(&self, connection_id: &str, request_id: &str) -> Value {
        let message = match self {
            Self::TimedOut => "Endpoint request timed out",
            Self::Failed(_) | Self::Malformed => "Internal server error",
        };
        json!({ "message": message, "connectionId": connection_id, "requestId": request_id })
    }
}

/// A proxy integration's answer.
struct ProxyAnswer {
    status: u16,
    headers: Map<String, Value>,
    body: Option<String>,
}

impl ProxyAnswer {
    fn read(mut answer: Value) -> Result<Self, IntegrationError> {
        let status = answer
            .get("statusCode")
            .and_then(|status| status.as_u64().or_else(|| status.as_str()?.parse().ok()));
        let status = status
            .and_then(|status| u16::try_from(status).ok())
            .ok_or(IntegrationError::Malformed)?;
        let headers = match answer.get_mut("headers").map(Value::take) {
            Some(Value::Object(headers)) => headers,
            _ => Map::new(),
        };
        let body = answer
            .get("body")
            .and_then(Value::as_str)
            .filter(|body| !body.is_empty())
            .map(Into::into);
        Ok(Self {
            status,
            headers,
            body,
        })
    }

    fn header(&self, name: &str) -> Option<String> {
        let found = self
            .headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))?;
        found.1.as_str().map(Into::into)
    }
}
