//! Whether a caller may do what it asks: the policies that the template gives a function or state machine,
//! evaluated as IAM does (an explicit Deny wins, nothing is allowed by default).
//!
//! Knows no service and no template: statements come in as JSON, questions as [`Access`]. What it cannot
//! evaluate (a condition key nobody supplies) it refuses when the policy is read, never by guessing later.

pub mod context;
pub mod sam_policies;
mod statement;
pub mod wildcard;

pub use context::Context;
pub use statement::{Effect, PolicyError, Statement};

use crate::wire::Access;

/// Everything one caller may and may not do.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// A Deny statement matched; the reason AWS gives differs from a missing Allow.
    ExplicitlyDenied,
    NotAllowed,
}

impl Policies {
    pub fn new(statements: Vec<Statement>) -> Self {
        Self { statements }
    }

    pub fn decide(&self, access: &Access, context: &Context) -> Decision {
        let mut decision = Decision::NotAllowed;
        for statement in self.statements.iter().filter(|s| s.applies(access, context)) {
            match statement.effect {
                Effect::Deny => return Decision::ExplicitlyDenied,
                Effect::Allow => decision = Decision::Allowed,
            }
        }
        decision
    }

    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

#[cfg(test)]
mod tests {
    //! Decisions over written policies. What each service asks for is tested with that service.

    use serde_json::{Value, json};

    use super::*;

    fn policies(statements: Value) -> Policies {
        Policies::new(Statement::parse_all(&statements).unwrap())
    }

    fn access(action: &str, resource: &str) -> Access {
        Access {
            action: action.into(),
            resource: resource.into(),
        }
    }

    #[test]
    fn allows_denies_and_defaults_as_iam_does() {
        let table = "arn:aws:dynamodb:eu-west-1:000000000000:table/bookings";
        let p = policies(json!([
            { "Effect": "Allow", "Action": ["dynamodb:Get*", "dynamodb:PutItem"], "Resource": table },
            { "Effect": "Allow", "Action": "dynamodb:Query", "Resource": [format!("{table}/index/*")] },
            { "Effect": "Deny", "Action": "dynamodb:PutItem", "Resource": "*audit*" },
            { "Effect": "Allow", "NotAction": "sqs:*", "Resource": "arn:aws:sqs:*" },
        ]));
        let cases = [
            ("dynamodb:GetItem", table.to_string(), Decision::Allowed),
            ("DYNAMODB:getitem", table.to_string(), Decision::Allowed),
            ("dynamodb:DeleteItem", table.to_string(), Decision::NotAllowed),
            ("dynamodb:Query", table.to_string(), Decision::NotAllowed),
            ("dynamodb:Query", format!("{table}/index/due"), Decision::Allowed),
            (
                "dynamodb:PutItem",
                "arn:x:audit".to_string(),
                Decision::ExplicitlyDenied,
            ),
            (
                "sqs:SendMessage",
                "arn:aws:sqs:eu-west-1:0:q".to_string(),
                Decision::NotAllowed,
            ),
            ("dynamodb:GetItem", format!("{table}2"), Decision::NotAllowed),
        ];
        for (action, resource, expected) in cases {
            assert_eq!(
                p.decide(&access(action, &resource), &Context::default()),
                expected,
                "{action} on {resource}"
            );
        }
    }

    #[test]
    fn conditions_hold_for_every_value_of_the_call() {
        let p = policies(json!({
            "Effect": "Allow", "Action": "events:PutEvents", "Resource": "*",
            "Condition": { "ForAllValues:StringEquals": { "events:source": ["sojourn.planner"] } }
        }));
        let ask = access(
            "events:PutEvents",
            "arn:aws:events:eu-west-1:000000000000:event-bus/sojourn",
        );
        let own = Context::default().with("events:source", ["sojourn.planner"]);
        let mixed = Context::default().with("events:source", ["sojourn.planner", "sojourn.policy"]);
        assert_eq!(p.decide(&ask, &own), Decision::Allowed);
        assert_eq!(p.decide(&ask, &mixed), Decision::NotAllowed);
    }

    #[test]
    fn what_cannot_be_evaluated_is_refused_when_read() {
        let unknown_key = json!({
            "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*",
            "Condition": { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["x"] } }
        });
        let error = Statement::parse_all(&unknown_key).unwrap_err();
        assert!(error.to_string().contains("dynamodb:LeadingKeys"), "{error}");
        let unknown_operator = json!({
            "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*",
            "Condition": { "DateLessThan": { "aws:CurrentTime": "2026-01-01" } }
        });
        assert!(
            Statement::parse_all(&unknown_operator)
                .unwrap_err()
                .to_string()
                .contains("DateLessThan")
        );
        assert!(Statement::parse_all(&json!({ "Effect": "Allow", "Action": "x:y" })).is_err());
        assert!(
            Statement::parse_all(&json!({ "Effect": "Maybe", "Action": "x:y", "Resource": "*" })).is_err()
        );
    }
}
