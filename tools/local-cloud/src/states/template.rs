//! A JSON value of a definition in which any string may be a JSONata expression, ready to be evaluated.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::jsonata::{EvaluationError, Expression, Surroundings};

#[derive(Clone, Debug)]
pub enum Template {
    Literal(Value),
    Expression(Box<Expression>),
    List(Vec<Template>),
    Object(Vec<(String, Template)>),
}

impl Template {
    /// Compiles every `{% … %}` in `value`; the error names the place inside `field`.
    pub fn compile(value: &Value, field: &str) -> Result<Self, String> {
        match value {
            Value::String(text) => match expression_in(text) {
                Some(source) => Expression::compile(source)
                    .map(|expression| Self::Expression(Box::new(expression)))
                    .map_err(|reason| {
                        format!(
                            "{field}: the JSONata expression '{}' is invalid: {reason}",
                            source.trim()
                        )
                    }),
                None => Ok(Self::Literal(value.clone())),
            },
            Value::Array(items) => {
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| Self::compile(item, &format!("{field}[{at}]")));
                items.collect::<Result<_, _>>().map(Self::List)
            }
            Value::Object(members) => {
                let members = members.iter().map(|(name, member)| {
                    Ok((name.clone(), Self::compile(member, &format!("{field}/{name}"))?))
                });
                members.collect::<Result<_, String>>().map(Self::Object)
            }
            literal => Ok(Self::Literal(literal.clone())),
        }
    }

    /// The value with every expression replaced by its result; `field` names the place in errors.
    pub fn evaluate(&self, around: &Surroundings<'_>, field: &str) -> Result<Value, EvaluationError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Expression(expression) => expression.evaluate(around, field),
            Self::List(items) => {
                let items = items.iter().enumerate();
                items
                    .map(|(at, item)| item.evaluate(around, &format!("{field}[{at}]")))
                    .collect()
            }
            Self::Object(members) => {
                let evaluated = members.iter().map(|(name, member)| {
                    Ok((name.clone(), member.evaluate(around, &format!("{field}/{name}"))?))
                });
                evaluated.collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
        }
    }

    /// The value, if it holds no expression at its top.
    pub fn as_literal(&self) -> Option<&Value> {
        match self {
            Self::Literal(value) => Some(value),
            _ => None,
        }
    }

    pub fn members(&self) -> &[(String, Template)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The members of `$states` that any expression in it reads.
    pub fn reads_states(&self) -> BTreeSet<String> {
        match self {
            Self::Literal(_) => BTreeSet::new(),
            Self::Expression(expression) => expression.reads_states().clone(),
            Self::List(items) => items.iter().flat_map(Self::reads_states).collect(),
            Self::Object(members) => members
                .iter()
                .flat_map(|(_, member)| member.reads_states())
                .collect(),
        }
    }
}

/// What stands between `{%` and `%}`, if the string is an expression.
pub fn expression_in(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}")
}
