//! What a session token says, in Clerk's names, and the roles that follow.

use events_schema::person::Role;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    /// The identity provider's id of the person: our employee id.
    pub sub: String,
    /// Epoch seconds.
    pub exp: i64,
    #[serde(default)]
    pub nbf: Option<i64>,
    /// When it was issued.
    #[serde(default)]
    pub iat: Option<i64>,
    /// The origin the token was made for.
    #[serde(default)]
    pub azp: Option<String>,
    /// `pending` while sign-in still misses a step, such as a second factor.
    #[serde(default)]
    pub sts: Option<String>,
    /// `org:approver`: the role in the active organisation, version 1 of Clerk's tokens.
    #[serde(default)]
    org_role: Option<String>,
    /// The same in version 2: `{"rol": "approver"}`.
    #[serde(default)]
    o: Option<Organisation>,
    /// A custom claim: `{"roles": ["approver", "travel_manager"]}`.
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
struct Organisation {
    #[serde(default)]
    rol: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    #[serde(default)]
    roles: Vec<String>,
}

impl Claims {
    /// Everybody travels; further roles add up, each once. A name we do not know gives nothing.
    pub fn roles(&self) -> Vec<Role> {
        let organisation = self.o.as_ref().and_then(|o| o.rol.as_deref());
        let named = self.org_role.as_deref().into_iter().chain(organisation).chain(
            self.metadata
                .iter()
                .flat_map(|metadata| metadata.roles.iter().map(String::as_str)),
        );
        let mut roles: Vec<_> = std::iter::once(Role::Traveller)
            .chain(named.filter_map(role))
            .collect();
        roles.sort();
        roles.dedup();
        roles
    }
}

fn role(name: &str) -> Option<Role> {
    match name.strip_prefix("org:").unwrap_or(name) {
        "approver" => Some(Role::Approver),
        "travel_manager" => Some(Role::TravelManager),
        "admin" | "administrator" => Some(Role::Administrator),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn roles_come_from_organisation_and_metadata() {
        let cases = [
            (json!({}), vec![Role::Traveller]),
            (json!({"org_role": "org:member"}), vec![Role::Traveller]),
            (
                json!({"org_role": "org:admin"}),
                vec![Role::Traveller, Role::Administrator],
            ),
            (
                json!({"o": {"rol": "approver"}}),
                vec![Role::Traveller, Role::Approver],
            ),
            (
                json!({"org_role": "org:approver", "metadata": {"roles": ["travel_manager", "approver", "wizard"]}}),
                vec![Role::Traveller, Role::Approver, Role::TravelManager],
            ),
        ];
        for (mut claims, expected) in cases {
            claims["sub"] = json!("e-1");
            claims["exp"] = json!(1);
            let read: Claims = serde_json::from_value(claims.clone()).unwrap();
            assert_eq!(read.roles(), expected, "{claims}");
        }
    }
}
