//! Who is on the other end of a socket, as the authorizer established it.

use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequestContext;
use events_schema::ids::{ConnectionId, EmployeeId};
use events_schema::person::Role;
use jiff::Timestamp;
use serde_json::Value;

/// The subprotocol that clients offer and the server answers with.
pub const PROTOCOL: &str = "sojourn.v1";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub employee: EmployeeId,
    pub roles: Vec<Role>,
    pub connection: ConnectionId,
    /// Of the token that the connection was opened with.
    pub token_issued_at: Option<Timestamp>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request carries no {0}: the route is not behind the authorizer")]
pub struct Unidentified(&'static str);

impl Caller {
    pub fn of(context: &ApiGatewayWebsocketProxyRequestContext) -> Result<Self, Unidentified> {
        let told = |name: &str| {
            let value = context.authorizer.fields.get(name).and_then(Value::as_str);
            value.filter(|text| !text.is_empty())
        };
        let connection = context
            .connection_id
            .as_deref()
            .ok_or(Unidentified("connection id"))?;
        Ok(Self {
            employee: EmployeeId::new(told("employeeId").ok_or(Unidentified("employeeId"))?),
            roles: told("roles").map(roles_from_context).unwrap_or_default(),
            connection: ConnectionId::new(connection),
            token_issued_at: told("tokenIssuedAt").and_then(from_context),
        })
    }
}

/// An authorizer's context holds text only: `traveller,approver`.
pub fn roles_to_context(roles: &[Role]) -> String {
    let names = roles
        .iter()
        .filter_map(|role| serde_json::to_value(role).ok()?.as_str().map(str::to_owned));
    names.collect::<Vec<_>>().join(",")
}

/// In epoch seconds, as text.
pub fn issued_to_context(at: Timestamp) -> String {
    at.as_second().to_string()
}

fn from_context(seconds: &str) -> Option<Timestamp> {
    Timestamp::from_second(seconds.parse().ok()?).ok()
}

fn roles_from_context(text: &str) -> Vec<Role> {
    let known = |name: &str| serde_json::from_value(Value::String(name.into())).ok();
    text.split(',').filter_map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_survive_the_context() {
        let roles = vec![Role::Traveller, Role::TravelManager];
        assert_eq!(roles_to_context(&roles), "traveller,travel_manager");
        assert_eq!(roles_from_context("traveller,travel_manager,wizard"), roles);
    }

    #[test]
    fn a_context_without_identity_is_nobody() {
        let mut context = ApiGatewayWebsocketProxyRequestContext::default();
        context.connection_id = Some("c-1".into());
        assert_eq!(Caller::of(&context), Err(Unidentified("employeeId")));
        context
            .authorizer
            .fields
            .insert("employeeId".into(), "e-1".into());
        assert_eq!(Caller::of(&context).unwrap().employee.as_str(), "e-1");
        assert_eq!(Caller::of(&context).unwrap().token_issued_at, None);
        let at = events_schema::samples::now();
        let told = &mut context.authorizer.fields;
        told.insert("tokenIssuedAt".into(), issued_to_context(at).into());
        assert_eq!(Caller::of(&context).unwrap().token_issued_at, Some(at));
    }
}
