//! What a REQUEST authorizer is asked with, and what its answer means. Pure: the call itself is `api`'s.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::event::query_parameters;
use super::{Handshake, Refusal};

/// Passes if every identity source is there and not empty. API Gateway does not call the authorizer otherwise.
pub(super) fn check_identity(sources: &[String], handshake: &Handshake) -> Result<(), Refusal> {
    let query = query_parameters(&handshake.query);
    let is_given = |source: &String| {
        let value = if let Some(name) = source.strip_prefix("route.request.header.") {
            handshake.headers.get(name).and_then(|value| value.to_str().ok())
        } else if let Some(name) = source.strip_prefix("route.request.querystring.") {
            query
                .get(name)
                .and_then(|values| values.last())
                .map(String::as_str)
        } else {
            None
        };
        value.is_some_and(|value| !value.trim().is_empty())
    };
    if sources.iter().all(is_given) {
        Ok(())
    } else {
        Err(Refusal::unauthorized())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    principal_id: String,
    policy_document: PolicyDocument,
    #[serde(default)]
    context: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDocument {
    statement: OneOrMany<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: OneOrMany<String>,
    resource: OneOrMany<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl Statement {
    fn covers(&self, resource: &str) -> bool {
        let action_matches = |pattern: &String| matches(pattern, "execute-api:Invoke");
        self.action.as_slice().iter().any(action_matches)
            && self
                .resource
                .as_slice()
                .iter()
                .any(|pattern| matches(pattern, resource))
    }
}

/// The flat context for later events if the answer's policy allows `resource`. A policy with conditions is not
/// understood here and counts as a faulty answer.
pub(super) fn verdict(answer: Value, resource: &str) -> Result<Map<String, Value>, Refusal> {
    let answer: Answer = serde_json::from_value(answer).map_err(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the authorizer's answer is not one"
        );
        Refusal::internal(500)
    })?;
    let statements = answer.policy_document.statement.as_slice();
    let effects: Vec<_> = statements
        .iter()
        .filter(|statement| statement.covers(resource))
        .map(|found| &found.effect)
        .collect();
    if effects.contains(&&Effect::Deny) {
        return Err(Refusal::forbidden(
            "User is not authorized to access this resource with an explicit deny",
        ));
    }
    if effects.is_empty() {
        return Err(Refusal::forbidden(
            "User is not authorized to access this resource",
        ));
    }
    flat(answer.principal_id, answer.context.unwrap_or_default())
}

/// Context values reach functions as text; nested ones are a configuration error on AWS too.
fn flat(principal_id: String, context: Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let mut flat = Map::from_iter([("principalId".to_owned(), Value::String(principal_id))]);
    for (name, value) in context {
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => {
                tracing::warn!(
                    name,
                    "an authorizer's context holds only text, numbers and booleans"
                );
                return Err(Refusal::internal(500));
            }
        };
        flat.insert(name, Value::String(text));
    }
    Ok(flat)
}

/// IAM's wildcards: `*` for any run of characters, `?` for one.
fn matches(pattern: &str, text: &str) -> bool {
    let mut characters = pattern.chars();
    match characters.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = characters.as_str();
            text.char_indices().any(|(at, _)| matches(rest, &text[at..])) || matches(rest, "")
        }
        Some(expected) => {
            let mut given = text.chars();
            given
                .next()
                .is_some_and(|first| expected == '?' || expected == first)
                && matches(characters.as_str(), given.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CONNECT: &str = "arn:aws:execute-api:eu-west-1:000000000000:sojourn/local/$connect";

    fn answer(effect: &str, resource: &str) -> Value {
        json!({
            "principalId": "e-1",
            "policyDocument": {
                "Version": "2012-10-17",
                "Statement": [{ "Effect": effect, "Action": "execute-api:Invoke", "Resource": [resource] }],
            },
            "context": { "employeeId": "e-1", "level": 3, "approver": true, "none": null },
        })
    }

    #[test]
    fn the_policy_decides() {
        let cases = [
            (answer("Allow", CONNECT), Ok(())),
            (
                answer("Allow", "arn:aws:execute-api:*:*:sojourn/*/$connect"),
                Ok(()),
            ),
            (answer("Allow", "*"), Ok(())),
            (
                answer("Allow", "arn:aws:execute-api:eu-west-1:000000000000:other/*"),
                Err(403),
            ),
            (answer("Deny", CONNECT), Err(403)),
            (answer("Perhaps", CONNECT), Err(500)),
            (json!({ "isAuthorized": true }), Err(500)),
        ];
        for (answer, expected) in cases {
            let outcome = verdict(answer.clone(), CONNECT)
                .map(|_| ())
                .map_err(|refusal| refusal.status);
            assert_eq!(outcome, expected, "{answer}");
        }
        let mut both = answer("Allow", "*");
        both["policyDocument"]["Statement"] = json!([
            both["policyDocument"]["Statement"][0],
            answer("Deny", CONNECT)["policyDocument"]["Statement"][0]
        ]);
        assert_eq!(verdict(both, CONNECT).unwrap_err().status, 403);
        let mut conditional = answer("Allow", "*");
        conditional["policyDocument"]["Statement"][0]["Condition"] = json!({});
        assert_eq!(verdict(conditional, CONNECT).unwrap_err().status, 500);
    }

    #[test]
    fn the_context_is_flat_text() {
        let context = verdict(answer("Allow", "*"), CONNECT).unwrap();
        let expected = json!({ "principalId": "e-1", "employeeId": "e-1", "level": "3", "approver": "true" });
        assert_eq!(Value::Object(context), expected);
        let mut nested = answer("Allow", "*");
        nested["context"] = json!({ "roles": ["approver"] });
        assert_eq!(verdict(nested, CONNECT).unwrap_err().status, 500);
    }

    #[test]
    fn every_identity_source_must_be_given() {
        let mut handshake = Handshake {
            query: "token=x&empty=".into(),
            ..Handshake::default()
        };
        handshake
            .headers
            .insert("sec-websocket-protocol", "sojourn, t".parse().unwrap());
        let cases = [
            ("route.request.header.Sec-WebSocket-Protocol", true),
            ("route.request.header.Authorization", false),
            ("route.request.querystring.token", true),
            ("route.request.querystring.empty", false),
            ("route.request.body.token", false),
        ];
        for (source, given) in cases {
            assert_eq!(
                check_identity(&[source.to_owned()], &handshake).is_ok(),
                given,
                "{source}"
            );
        }
    }
}
