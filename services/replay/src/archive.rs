//! Replays from EventBridge's archive, which EventBridge itself makes and keeps account of. It knows no pattern but the
//! rules', no rate and no pause: a pattern decides which rules are named; a pause cancels, and going on starts another
//! replay, `NAME.2`, at the minute that was reached. Within a minute there is no order, so that minute comes again.

use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{ReplayDestination, ReplayState};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::rules::{Patterns, Rule};
use crate::{ReplayError, Stack};

/// Seconds.
const MINUTE: i64 = 60;

/// How far a replay is.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// With its number, if it was gone on with.
    pub name: String,
    pub state: ReplayState,
    pub from: Timestamp,
    pub until: Timestamp,
    /// The time of the last event replayed, to the minute on AWS.
    pub reached: Option<Timestamp>,
    pub rules: Vec<String>,
    pub reason: Option<String>,
}

impl Standing {
    pub fn ended(&self) -> bool {
        matches!(
            self.state,
            ReplayState::Completed | ReplayState::Cancelled | ReplayState::Failed
        )
    }

    /// Of its time, from 0 to 1.
    pub fn part(&self) -> f64 {
        if self.state == ReplayState::Completed {
            return 1.0;
        }
        let span = (self.until.as_second() - self.from.as_second()).max(1);
        let done = self
            .reached
            .map_or(0, |at| at.as_second() - self.from.as_second());
        (done.clamp(0, span) as f64) / (span as f64)
    }
}

pub struct Archive<'a> {
    pub stack: &'a Stack,
}

impl Archive<'_> {
    /// Starts a replay to these rules and no others.
    pub async fn start(
        &self,
        name: &str,
        (from, until): (Timestamp, Timestamp),
        rules: &[Rule],
    ) -> Result<(), ReplayError> {
        // Without any, every rule would get the events.
        if rules.is_empty() {
            return Err(ReplayError::Refused("no rule to replay to".into()));
        }
        let arns = rules.iter().map(|rule| rule.arn.clone()).collect();
        self.begin(name, (from, until), arns).await
    }

    async fn begin(
        &self,
        name: &str,
        (from, until): (Timestamp, Timestamp),
        arns: Vec<String>,
    ) -> Result<(), ReplayError> {
        let (archive, bus) = self.find().await?;
        let destination = ReplayDestination::builder().arn(bus).set_filter_arns(Some(arns));
        self.stack
            .eventbridge
            .start_replay()
            .replay_name(name)
            .event_source_arn(archive)
            .event_start_time(DateTime::from_secs(from.as_second()))
            .event_end_time(DateTime::from_secs(until.as_second()))
            .destination(
                destination
                    .build()
                    .map_err(|error| ReplayError::Refused(error.to_string()))?,
            )
            .send()
            .await
            .map_err(ReplayError::events)?;
        Ok(())
    }

    /// ARNs of the archive and of its bus.
    async fn find(&self) -> Result<(String, String), ReplayError> {
        let events = &self.stack.eventbridge;
        let bus = events.describe_event_bus().name(&self.stack.bus).send().await;
        let bus = bus.map_err(ReplayError::events)?.arn.unwrap_or_default();
        let found = events.list_archives().event_source_arn(&bus).send().await;
        let found = found.map_err(ReplayError::events)?;
        let name = found
            .archives()
            .first()
            .and_then(|archive| archive.archive_name());
        let name = name.ok_or_else(|| ReplayError::Refused(format!("{} has no archive", self.stack.bus)))?;
        let archive = events.describe_archive().archive_name(name).send().await;
        Ok((
            archive
                .map_err(ReplayError::events)?
                .archive_arn
                .unwrap_or_default(),
            bus,
        ))
    }

    /// The replay called so, or what last went on with it.
    pub async fn standing(&self, name: &str) -> Result<Option<Standing>, ReplayError> {
        let events = &self.stack.eventbridge;
        let listed = events
            .list_replays()
            .name_prefix(name)
            .send()
            .await
            .map_err(ReplayError::events)?;
        let names = listed.replays().iter().filter_map(|replay| replay.replay_name());
        let Some(last) = names
            .filter(|other| number(name, other).is_some())
            .max_by_key(|other| number(name, other))
        else {
            return Ok(None);
        };
        let replay = events
            .describe_replay()
            .replay_name(last)
            .send()
            .await
            .map_err(ReplayError::events)?;
        let at = |time: Option<DateTime>| time.and_then(|time| Timestamp::from_second(time.secs()).ok());
        Ok(Some(Standing {
            name: last.to_owned(),
            from: at(replay.event_start_time).unwrap_or(Timestamp::MIN),
            until: at(replay.event_end_time).unwrap_or(Timestamp::MAX),
            reached: at(replay.event_last_replayed_time),
            rules: replay
                .destination
                .and_then(|to| to.filter_arns)
                .unwrap_or_default(),
            reason: replay.state_reason,
            state: replay.state.unwrap_or(ReplayState::Starting),
        }))
    }

    /// What was handed over stays so; the rest is not.
    pub async fn cancel(&self, standing: &Standing) -> Result<(), ReplayError> {
        let cancel = self.stack.eventbridge.cancel_replay().replay_name(&standing.name);
        cancel.send().await.map_err(ReplayError::events)?;
        Ok(())
    }

    /// Goes on with a cancelled or failed one; the new one's name.
    pub async fn resume(&self, name: &str) -> Result<String, ReplayError> {
        let known = self.standing(name).await?;
        let before = known.ok_or_else(|| ReplayError::Refused(format!("there is no replay {name}")))?;
        if !before.ended() || before.state == ReplayState::Completed {
            let state = before.state.as_str().to_lowercase();
            return Err(ReplayError::Refused(format!("{} is {state}", before.name)));
        }
        let again = format!("{name}.{}", number(name, &before.name).unwrap_or(1) + 1);
        let from = before
            .reached
            .map_or(before.from, |at| minute(at).max(before.from));
        self.begin(&again, (from, before.until), before.rules).await?;
        Ok(again)
    }
}

fn minute(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(MINUTE)).unwrap_or(at)
}

/// 1 for `name` itself, 2 for `name.2`; nothing for others.
fn number(name: &str, other: &str) -> Option<u32> {
    match other.strip_prefix(name)? {
        "" => Some(1),
        rest => rest.strip_prefix('.')?.parse().ok().filter(|number| *number > 1),
    }
}

/// The rules whose events `pattern` selects. EventBridge replays what a rule selects whole, so a pattern that would
/// take only some of that is refused rather than widened.
pub fn narrowed(rules: Vec<Rule>, pattern: &Value, patterns: Patterns) -> Result<Vec<Rule>, ReplayError> {
    let refuse = |why: String| Err(ReplayError::Refused(why));
    let members = pattern.as_object().cloned().unwrap_or_default();
    if let Some(other) = members
        .keys()
        .find(|name| !["source", "detail-type"].contains(&name.as_str()))
    {
        return refuse(format!(
            "the archive can be narrowed by source and detail-type only, not by {other}; Journal can: --from journal"
        ));
    }
    let selects = patterns(pattern).map_err(|why| ReplayError::Refused(format!("the pattern: {why}")))?;
    let mut kept = Vec::new();
    for rule in rules {
        let sources = rule.pattern["source"].as_array().cloned().unwrap_or_default();
        let all: Vec<_> = sources
            .iter()
            .flat_map(|source| {
                rule.types()
                    .map(move |kind| json!({"source": source, "detail-type": kind}))
            })
            .collect();
        let taken = all.iter().filter(|event| selects(event)).count();
        match taken {
            0 => {}
            _ if taken == all.len() => kept.push(rule),
            _ => {
                return refuse(format!(
                    "{} selects more than the pattern does: --from journal can",
                    rule.name
                ));
            }
        }
    }
    match kept.is_empty() {
        true => refuse("no chosen rule gets what the pattern selects".into()),
        false => Ok(kept),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::plain;

    fn rule(name: &str, types: &[&str]) -> Rule {
        Rule {
            name: name.into(),
            consumer: "a".into(),
            arn: format!("arn:{name}"),
            pattern: json!({"source": ["sojourn.booking"], "detail-type": types}),
            functions: Vec::new(),
            refusal: None,
        }
    }

    #[test]
    fn going_on_is_numbered() {
        let cases = [
            ("a", Some(1)),
            ("a.2", Some(2)),
            ("a.12", Some(12)),
            ("a.1", None),
            ("a.x", None),
            ("ab", None),
            ("b", None),
        ];
        for (other, expected) in cases {
            assert_eq!(number("a", other), expected, "{other}");
        }
    }

    #[test]
    fn a_pattern_names_rules_and_never_widens() {
        let rules = || {
            vec![
                rule("confirmed", &["BookingConfirmed"]),
                rule("endings", &["BookingFailed", "BookingExpired"]),
            ]
        };
        let names = |pattern: Value| {
            let kept = narrowed(rules(), &pattern, plain).map_err(|error| error.to_string())?;
            Ok::<_, String>(kept.into_iter().map(|rule| rule.name).collect::<Vec<_>>())
        };
        assert_eq!(
            names(json!({"detail-type": ["BookingConfirmed"]})).unwrap(),
            ["confirmed"]
        );
        assert_eq!(
            names(json!({"source": ["sojourn.booking"]})).unwrap(),
            ["confirmed", "endings"]
        );
        let refused = [
            (json!({"detail-type": ["BookingFailed"]}), "endings selects more"),
            (
                json!({"detail": {"meta": {"employeeId": ["e"]}}}),
                "not by detail",
            ),
            (json!({"detail-type": ["PlanProposed"]}), "no chosen rule"),
        ];
        for (pattern, expected) in refused {
            let said = names(pattern).unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn progress_is_the_part_of_the_time() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut standing = Standing {
            name: "a".into(),
            state: ReplayState::Running,
            from: at(0),
            until: at(100),
            reached: None,
            rules: Vec::new(),
            reason: None,
        };
        assert_eq!(standing.part(), 0.0);
        standing.reached = Some(at(25));
        assert_eq!(standing.part(), 0.25);
        standing.state = ReplayState::Completed;
        assert_eq!(standing.part(), 1.0);
        assert_eq!(minute(at(119)), at(60));
    }
}
