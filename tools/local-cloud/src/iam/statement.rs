//! One policy statement: read from JSON strictly, so that a policy that would not do what it says is refused.

use serde_json::{Map, Value};

use super::context::{self, Context};
use super::wildcard;
use crate::wire::Access;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub effect: Effect,
    actions: Set,
    resources: Set,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error("the policy statement has no {0}")]
    Missing(&'static str),
    #[error("the policy statement's {member} is {found}, expected {expected}")]
    Wrong {
        member: &'static str,
        found: String,
        expected: &'static str,
    },
    #[error("the local cloud cannot evaluate the condition operator {0}")]
    UnsupportedOperator(String),
    #[error("the local cloud cannot evaluate the condition key {0}")]
    UnsupportedKey(String),
    #[error("the local cloud does not know the policy template {0}")]
    UnknownTemplate(String),
    #[error("the local cloud does not know what the managed policy {0} allows")]
    UnknownManagedPolicy(String),
}

/// `Action`/`Resource`, or all but those of `NotAction`/`NotResource`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Set {
    Of(Vec<String>),
    AllBut(Vec<String>),
}

impl Set {
    fn named(&self) -> Option<&[String]> {
        match self {
            Set::Of(patterns) => Some(patterns),
            Set::AllBut(_) => None,
        }
    }

    fn contains(&self, text: &str, fold_case: bool) -> bool {
        let text = if fold_case {
            text.to_ascii_lowercase()
        } else {
            text.to_string()
        };
        let any = |patterns: &[String]| {
            patterns.iter().any(|p| {
                if fold_case {
                    wildcard::matches(&p.to_ascii_lowercase(), &text)
                } else {
                    wildcard::matches(p, &text)
                }
            })
        };
        match self {
            Set::Of(patterns) => any(patterns),
            Set::AllBut(patterns) => !any(patterns),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    quantifier: Quantifier,
    operator: Operator,
    key: String,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    One,
    OneIfExists,
    All,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equals,
    NotEquals,
    EqualsIgnoreCase,
    Like,
    NotLike,
    Bool,
}

impl Statement {
    /// A statement, a list of statements, or a whole policy document.
    pub fn parse_all(policy: &Value) -> Result<Vec<Statement>, PolicyError> {
        match policy {
            Value::Array(statements) => {
                let mut all = Vec::new();
                for statement in statements {
                    all.extend(Self::parse_all(statement)?);
                }
                Ok(all)
            }
            Value::Object(document) if document.contains_key("Statement") => {
                Self::parse_all(&document["Statement"])
            }
            Value::Object(statement) => Ok(vec![Self::parse(statement)?]),
            other => Err(wrong("Statement", other, "an object")),
        }
    }

    fn parse(statement: &Map<String, Value>) -> Result<Self, PolicyError> {
        let effect = match statement.get("Effect") {
            Some(Value::String(e)) if e == "Allow" => Effect::Allow,
            Some(Value::String(e)) if e == "Deny" => Effect::Deny,
            Some(other) => return Err(wrong("Effect", other, "Allow or Deny")),
            None => return Err(PolicyError::Missing("Effect")),
        };
        Ok(Self {
            effect,
            actions: set(statement, "Action", "NotAction")?,
            resources: set(statement, "Resource", "NotResource")?,
            conditions: statement
                .get("Condition")
                .map(conditions)
                .transpose()?
                .unwrap_or_default(),
        })
    }

    pub fn applies(&self, access: &Access, context: &Context) -> bool {
        self.covers(access) && self.conditions.iter().all(|c| c.holds(context))
    }

    /// Whether it speaks of `access`, whatever its conditions say.
    pub fn covers(&self, access: &Access) -> bool {
        self.actions.contains(&access.action, true) && self.resources.contains(&access.resource, false)
    }

    /// The action patterns it names; `None` if it names only exceptions (`NotAction`).
    pub fn actions(&self) -> Option<&[String]> {
        self.actions.named()
    }

    /// The resource patterns it names; `None` if it names only exceptions (`NotResource`).
    pub fn resources(&self) -> Option<&[String]> {
        self.resources.named()
    }
}

impl Condition {
    fn holds(&self, context: &Context) -> bool {
        let found = context.get(&self.key);
        match self.quantifier {
            Quantifier::One => {
                found.is_some_and(|v| v.iter().any(|v| self.one_holds(v))) || self.holds_when_absent(found)
            }
            Quantifier::OneIfExists => found.is_none_or(|v| v.iter().any(|v| self.one_holds(v))),
            Quantifier::All => found.is_none_or(|v| v.iter().all(|v| self.one_holds(v))),
            Quantifier::Any => found.is_some_and(|v| v.iter().any(|v| self.one_holds(v))),
        }
    }

    /// A negated operator is true when the key is absent, as in IAM.
    fn holds_when_absent(&self, found: Option<&[String]>) -> bool {
        found.is_none() && matches!(self.operator, Operator::NotEquals | Operator::NotLike)
    }

    fn one_holds(&self, value: &str) -> bool {
        let any = |test: fn(&str, &str) -> bool| self.values.iter().any(|v| test(v, value));
        match self.operator {
            Operator::Equals => any(|v, x| v == x),
            Operator::NotEquals => !any(|v, x| v == x),
            Operator::EqualsIgnoreCase | Operator::Bool => any(|v, x| v.eq_ignore_ascii_case(x)),
            Operator::Like => any(wildcard::matches),
            Operator::NotLike => !any(wildcard::matches),
        }
    }
}

fn set(statement: &Map<String, Value>, of: &'static str, all_but: &'static str) -> Result<Set, PolicyError> {
    match (statement.get(of), statement.get(all_but)) {
        (Some(value), None) => Ok(Set::Of(strings(of, value)?)),
        (None, Some(value)) => Ok(Set::AllBut(strings(all_but, value)?)),
        (Some(_), Some(value)) => Err(wrong(all_but, value, "absent beside its opposite")),
        (None, None) => Err(PolicyError::Missing(of)),
    }
}

fn strings(member: &'static str, value: &Value) -> Result<Vec<String>, PolicyError> {
    let one = |v: &Value| match v {
        Value::String(s) => Ok(s.clone()),
        Value::Bool(b) => Ok(b.to_string()),
        other => Err(wrong(member, other, "a string")),
    };
    match value {
        Value::Array(values) => values.iter().map(one).collect(),
        single => Ok(vec![one(single)?]),
    }
}

fn conditions(block: &Value) -> Result<Vec<Condition>, PolicyError> {
    let operators = block
        .as_object()
        .ok_or_else(|| wrong("Condition", block, "an object"))?;
    let mut all = Vec::new();
    for (name, keys) in operators {
        let (quantifier, operator) = operator(name)?;
        for (key, values) in keys
            .as_object()
            .ok_or_else(|| wrong("Condition", keys, "an object"))?
        {
            if !context::is_supplied(key) {
                return Err(PolicyError::UnsupportedKey(key.clone()));
            }
            let values = strings("Condition", values)?;
            all.push(Condition {
                quantifier,
                operator,
                key: key.to_ascii_lowercase(),
                values,
            });
        }
    }
    Ok(all)
}

fn operator(name: &str) -> Result<(Quantifier, Operator), PolicyError> {
    let (quantifier, rest) = if let Some(rest) = name.strip_prefix("ForAllValues:") {
        (Quantifier::All, rest)
    } else if let Some(rest) = name.strip_prefix("ForAnyValue:") {
        (Quantifier::Any, rest)
    } else if let Some(rest) = name.strip_suffix("IfExists") {
        (Quantifier::OneIfExists, rest)
    } else {
        (Quantifier::One, name)
    };
    let operator = match rest {
        "StringEquals" => Operator::Equals,
        "StringNotEquals" => Operator::NotEquals,
        "StringEqualsIgnoreCase" => Operator::EqualsIgnoreCase,
        "StringLike" | "ArnLike" | "ArnEquals" => Operator::Like,
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => Operator::NotLike,
        "Bool" => Operator::Bool,
        _ => return Err(PolicyError::UnsupportedOperator(name.to_string())),
    };
    Ok((quantifier, operator))
}

fn wrong(member: &'static str, found: &Value, expected: &'static str) -> PolicyError {
    PolicyError::Wrong {
        member,
        found: found.to_string(),
        expected,
    }
}
