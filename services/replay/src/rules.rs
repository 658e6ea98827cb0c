//! Which rules a replay may reach: those that let replayed events through and, of Sojourn's own, are listed here.

use std::sync::Arc;

use aws_sdk_eventbridge::Client;
use serde_json::Value;

use crate::{ReplayError, Stack};

/// Functions of ours that welcome replays: all they do is write the row that the same event always gives. A rule that
/// lost its fence by mistake is not on this list; tests/contract holds list and rules together.
pub const WELCOMING: &[&str] = &["InsightsFunction"];

pub type Selects = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

/// How a pattern is read; [`plain`], or a matcher of EventBridge's whole language.
pub type Patterns = fn(&Value) -> Result<Selects, String>;

#[derive(Clone)]
pub struct Rule {
    /// `insights.on-booking-confirmed`.
    pub name: String,
    /// `insights`; of others, their stack's name.
    pub consumer: String,
    pub arn: String,
    pub pattern: Value,
    /// The functions behind it; looked up only where replays are welcome.
    pub functions: Vec<String>,
    /// Why a replay may not reach it.
    pub refusal: Option<&'static str>,
}

const FENCED: &str = "its rule excludes replayed events";
const NOT_LISTED: &str = "it is not on the list of those that welcome replays";
const NO_FUNCTION: &str = "what it hands events to is no function";

/// All rules of the stack's bus.
pub async fn all(stack: &Stack) -> Result<Vec<Rule>, ReplayError> {
    let mut rules = Vec::new();
    let mut token = None;
    loop {
        let page = stack
            .eventbridge
            .list_rules()
            .event_bus_name(&stack.bus)
            .set_next_token(token)
            .send()
            .await
            .map_err(ReplayError::events)?;
        for rule in page.rules() {
            let (Some(physical), Some(arn), Some(pattern)) = (rule.name(), rule.arn(), rule.event_pattern())
            else {
                continue;
            };
            let mut rule = read(&stack.name, physical, arn, serde_json::from_str(pattern)?);
            if rule.refusal.is_none() {
                rule.functions = functions(&stack.eventbridge, &stack.bus, physical).await?;
                if rule.functions.is_empty() {
                    rule.refusal = Some(NO_FUNCTION);
                }
            }
            rules.push(rule);
        }
        token = page.next_token;
        if token.is_none() {
            rules.sort_by(|one: &Rule, other| one.name.cmp(&other.name));
            return Ok(rules);
        }
    }
}

async fn functions(client: &Client, bus: &str, rule: &str) -> Result<Vec<String>, ReplayError> {
    let targets = client
        .list_targets_by_rule()
        .event_bus_name(bus)
        .rule(rule)
        .send()
        .await
        .map_err(ReplayError::events)?;
    let arns = targets.targets().iter().map(|target| target.arn.clone());
    Ok(arns.filter(|arn| arn.contains(":function:")).collect())
}

fn read(stack: &str, physical: &str, arn: &str, pattern: Value) -> Rule {
    let types: Vec<_> = texts(&pattern["detail-type"]).collect();
    let (theirs, logical) = owner(stack, physical);
    let on = types.first().and_then(|kind| logical.find(&format!("On{kind}")));
    let target = &logical[..on.unwrap_or(logical.len())];
    let consumer = match theirs {
        Some(other) => other.to_owned(),
        None => dashed(target.trim_end_matches("Function").trim_end_matches("Queue")),
    };
    let refusal = if !lets_replays_through(&pattern) {
        Some(FENCED)
    } else if theirs.is_none() && !WELCOMING.contains(&target) {
        Some(NOT_LISTED)
    } else {
        None
    };
    let event = types
        .first()
        .map_or_else(|| logical.to_owned(), |kind| dashed(kind));
    Rule {
        name: format!("{consumer}.on-{event}"),
        consumer,
        arn: arn.to_owned(),
        pattern,
        functions: Vec::new(),
        refusal,
    }
}

/// Another stack's name, if the rule is not of ours, and the rule's logical id: physical names begin with the stack's.
fn owner<'a>(stack: &str, physical: &'a str) -> (Option<&'a str>, &'a str) {
    let logical = |name: &'a str| name.split('-').next().unwrap_or(name);
    let begins = |part: &str| part.starts_with(|first: char| first.is_ascii_uppercase());
    if let Some(rest) = physical
        .strip_prefix(stack)
        .and_then(|rest| rest.strip_prefix('-'))
        && begins(rest)
    {
        return (None, logical(rest));
    }
    let mut dashes = physical.match_indices('-').map(|(at, _)| at);
    match dashes.find(|at| begins(&physical[at + 1..])) {
        Some(at) => (Some(&physical[..at]), logical(&physical[at + 1..])),
        None => (Some(physical), physical),
    }
}

/// Whether the pattern says nothing about `replay-name`: whoever welcomes replays leaves that line out.
fn lets_replays_through(pattern: &Value) -> bool {
    !pattern.to_string().contains("\"replay-name\"")
}

/// `BookingConfirmed`: `booking-confirmed`.
fn dashed(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

fn texts(values: &Value) -> impl Iterator<Item = &str> {
    values.as_array().into_iter().flatten().filter_map(Value::as_str)
}

impl Rule {
    /// The event types its pattern lists.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        texts(&self.pattern["detail-type"])
    }

    /// By its name or its consumer's; either may leave out which of a service's functions it is, as rules/ does.
    fn is_called(&self, wanted: &str) -> bool {
        let (service, _) = self.consumer.split_once('-').unwrap_or((&self.consumer, ""));
        let event = self.name.strip_prefix(&self.consumer).unwrap_or_default();
        let named = |consumer: &str| {
            wanted
                .strip_prefix(consumer)
                .is_some_and(|rest| rest.is_empty() || rest == event)
        };
        named(&self.consumer) || named(service)
    }
}

/// The rules that `wanted` names, by their own or their consumer's names; nothing stands for all that welcome replays.
/// One that does not is refused by name, and nothing is replayed.
pub fn chosen(rules: &[Rule], wanted: &[String]) -> Result<Vec<Rule>, ReplayError> {
    if wanted.is_empty() {
        let welcoming = rules.iter().filter(|rule| rule.refusal.is_none());
        return Ok(welcoming.cloned().collect());
    }
    let mut chosen: Vec<Rule> = Vec::new();
    let mut refused = Vec::new();
    for name in wanted {
        let named: Vec<_> = rules.iter().filter(|rule| rule.is_called(name)).collect();
        if named.is_empty() {
            refused.push(format!("{name}: there is no such rule or consumer"));
        }
        for rule in named {
            match rule.refusal {
                Some(why) => refused.push(format!("{}: {why}", rule.name)),
                None if chosen.iter().all(|other| other.arn != rule.arn) => chosen.push(rule.clone()),
                None => {}
            }
        }
    }
    if refused.is_empty() {
        return Ok(chosen);
    }
    let mut welcoming: Vec<_> = rules.iter().filter(|rule| rule.refusal.is_none()).collect();
    welcoming.dedup_by(|one, other| one.consumer == other.consumer);
    let welcoming: Vec<_> = welcoming.iter().map(|rule| rule.consumer.as_str()).collect();
    Err(ReplayError::Refused(format!(
        "not replayed to:\n  {}\nreplays are welcome to {}",
        refused.join("\n  "),
        welcoming.join(", ")
    )))
}

/// Reads patterns of literal texts under `source` and `detail-type`, which are all that Sojourn's own rules have.
pub fn plain(pattern: &Value) -> Result<Selects, String> {
    let members = pattern.as_object().ok_or("a pattern is an object")?;
    let mut wanted = Vec::new();
    for (name, values) in members {
        let literal = values
            .as_array()
            .filter(|values| values.iter().all(Value::is_string));
        match (name.as_str(), literal) {
            ("source" | "detail-type", Some(values)) => wanted.push((name.clone(), values.clone())),
            _ => {
                return Err(format!(
                    "{name}: only texts under source and detail-type are read here"
                ));
            }
        }
    }
    Ok(Arc::new(move |event| {
        wanted.iter().all(|(name, values)| values.contains(&event[name]))
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(physical: &str, pattern: Value) -> Rule {
        let mut rule = read("sojourn", physical, &format!("arn:{physical}"), pattern);
        rule.functions = vec!["arn:aws:lambda:eu-west-1:1:function:f".into()];
        rule
    }

    fn on(event: &str, fenced: bool) -> Value {
        let mut pattern = json!({"source": ["sojourn.booking"], "detail-type": [event]});
        if fenced {
            pattern["replay-name"] = json!([{"exists": false}]);
        }
        pattern
    }

    #[test]
    fn rules_are_called_after_their_files_and_refused_for_a_reason() {
        let cases = [
            (
                "sojourn-InsightsFunctionOnBookingConfirmed",
                false,
                "insights.on-booking-confirmed",
                None,
            ),
            (
                "sojourn-InsightsFunctionOnBookingConfirmed-1AB",
                false,
                "insights.on-booking-confirmed",
                None,
            ),
            (
                "sojourn-InsightsFunctionOnBookingConfirmed",
                true,
                "insights.on-booking-confirmed",
                Some(FENCED),
            ),
            (
                "sojourn-NoticesFunctionOnBookingConfirmed",
                true,
                "notices.on-booking-confirmed",
                Some(FENCED),
            ),
            // A fence lost by mistake does not open the way.
            (
                "sojourn-NoticesFunctionOnBookingConfirmed",
                false,
                "notices.on-booking-confirmed",
                Some(NOT_LISTED),
            ),
            (
                "expenses-ExpensesFunctionOnBookingConfirmed",
                false,
                "expenses.on-booking-confirmed",
                None,
            ),
            (
                "sojourn-two-InsightsFunctionOnBookingConfirmed",
                false,
                "sojourn-two.on-booking-confirmed",
                None,
            ),
        ];
        for (physical, fenced, name, refusal) in cases {
            let rule = rule(physical, on("BookingConfirmed", fenced));
            assert_eq!((rule.name.as_str(), rule.refusal), (name, refusal), "{physical}");
        }
    }

    #[test]
    fn one_that_does_not_welcome_replays_stops_all_and_is_named() {
        let rules = [
            rule(
                "sojourn-InsightsFunctionOnBookingConfirmed",
                on("BookingConfirmed", false),
            ),
            rule("sojourn-PlannerFunctionOnPlanRejected", on("PlanRejected", true)),
            rule(
                "sojourn-PolicyRetrieveFunctionOnBookingRequested",
                on("BookingRequested", true),
            ),
        ];
        let named = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            chosen(&rules, &names)
                .map(|rules| rules.len())
                .map_err(|error| error.to_string())
        };
        assert_eq!(named(&[]), Ok(1));
        assert_eq!(named(&["insights", "insights.on-booking-confirmed"]), Ok(1));
        let refused = named(&["insights", "planner", "nobody"]).unwrap_err();
        assert!(
            refused.contains("planner.on-plan-rejected: its rule excludes"),
            "{refused}"
        );
        assert!(refused.contains("nobody: there is no such"), "{refused}");
        for name in ["policy", "policy.on-booking-requested", "policy-retrieve"] {
            let refused = named(&[name]).unwrap_err();
            assert!(
                refused.contains("policy-retrieve.on-booking-requested: its rule"),
                "{name}: {refused}"
            );
        }
        for name in ["pol", "policy.on-plan-rejected", "policy-"] {
            assert!(named(&[name]).unwrap_err().contains("there is no such"), "{name}");
        }
        assert!(refused.ends_with("welcome to insights"), "{refused}");
    }

    #[test]
    fn plain_patterns_are_read_and_others_refused() {
        let selects = plain(&on("BookingConfirmed", false)).unwrap();
        assert!(selects(
            &json!({"source": "sojourn.booking", "detail-type": "BookingConfirmed"})
        ));
        assert!(!selects(
            &json!({"source": "sojourn.booking", "detail-type": "BookingFailed"})
        ));
        for other in [
            json!({"detail": {"data": {"total": [{"exists": true}]}}}),
            json!({"source": [{"prefix": "sojourn."}]}),
            json!([]),
        ] {
            assert!(plain(&other).is_err(), "{other}");
        }
    }
}
