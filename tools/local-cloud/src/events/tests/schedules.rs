//! Schedule expressions, and rules that fire by them.

use super::super::schedule::Schedule;
use super::*;

fn next(expression: &str, zone: Option<&str>, after: &str) -> Option<String> {
    let schedule = Schedule::parse(expression, zone).unwrap_or_else(|error| panic!("{error}"));
    schedule
        .next_after(after.parse().unwrap())
        .map(|due| due.to_string())
}

#[test]
fn when_a_schedule_is_due_next() {
    // 21 November 2026 is a Saturday.
    let cases = [
        ("rate(1 minute)", "2026-11-21T03:01:00Z"),
        ("rate(5 minutes)", "2026-11-21T03:05:00Z"),
        ("rate(1 hour)", "2026-11-21T04:00:00Z"),
        ("rate(7 days)", "2026-11-28T03:00:00Z"),
        ("at(2026-12-01T09:00:00)", "2026-12-01T09:00:00Z"),
        ("cron(0 12 * * ? *)", "2026-11-21T12:00:00Z"),
        ("cron(0 3 * * ? *)", "2026-11-22T03:00:00Z"),
        ("cron(0/15 * * * ? *)", "2026-11-21T03:15:00Z"),
        ("cron(5,50 * * * ? *)", "2026-11-21T03:05:00Z"),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-23T18:00:00Z"),
        ("cron(0 18 ? * 1 *)", "2026-11-22T18:00:00Z"),
        ("cron(0 8 1 * ? *)", "2026-12-01T08:00:00Z"),
        ("cron(0 8 L * ? *)", "2026-11-30T08:00:00Z"),
        ("cron(0 8 LW FEB ? *)", "2027-02-26T08:00:00Z"),
        ("cron(0 8 22W * ? *)", "2026-11-23T08:00:00Z"),
        ("cron(0 8 1W AUG ? 2027)", "2027-08-02T08:00:00Z"),
        ("cron(0 8 31W JAN ? 2027)", "2027-01-29T08:00:00Z"),
        ("cron(15 10 ? * 6L *)", "2026-11-27T10:15:00Z"),
        ("cron(15 10 ? * TUE#2 *)", "2026-12-08T10:15:00Z"),
        ("cron(0 0 ? * L *)", "2026-11-28T00:00:00Z"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00:00Z"),
        ("cron(0 0 1 1 ? 2030/5)", "2030-01-01T00:00:00Z"),
        ("cron(30 10 ? JAN,JUN SUN 2027-2028)", "2027-01-03T10:30:00Z"),
    ];
    for (expression, expected) in cases {
        assert_eq!(
            next(expression, None, START).as_deref(),
            Some(expected),
            "{expression}"
        );
    }
    assert_eq!(next("at(2026-11-21T03:00:00)", None, START), None);
    assert_eq!(next("cron(0 0 1 1 ? 2020)", None, START), None);
    assert_eq!(next("cron(0 0 30 2 ? *)", None, START), None);
}

#[test]
fn a_zone_of_its_own() {
    let noon = "cron(0 12 * * ? *)";
    assert_eq!(
        next(noon, Some("America/New_York"), START).unwrap(),
        "2026-11-21T17:00:00Z"
    );
    // At 2:30 the clocks jump to 3:30 on that night.
    let gap = next(
        "cron(30 2 * * ? *)",
        Some("Europe/Berlin"),
        "2027-03-27T12:00:00Z",
    )
    .unwrap();
    assert_eq!(gap, "2027-03-28T01:30:00Z");
}

#[test]
fn what_is_no_schedule() {
    let cases = [
        "every minute", "rate(5 minute)", "rate(1 minutes)", "rate(0 minutes)", "rate(5 weeks)",
        "rate(5 minutes", "cron(0 12 * * *)", "cron(0 12 * * * *)", "cron(0 12 ? * ? *)",
        "cron(60 12 * * ? *)", "cron(0 24 * * ? *)", "cron(0 12 32 * ? *)", "cron(0 12 * 13 ? *)",
        "cron(0 12 ? * 8 *)", "cron(0 12 ? * MON#6 *)", "cron(0 12 * * ? 1969)", "cron(20-10 12 * * ? *)",
        "at(yesterday)", "daily(1)",
    ];
    for expression in cases {
        let error = Schedule::parse(expression, None)
            .expect_err(expression)
            .to_string();
        assert!(error.starts_with(expression), "{error}");
    }
    assert!(Schedule::parse("rate(1 minute)", Some("Mars/Olympus")).is_err());
}

fn scheduled(expression: &str) -> Rule {
    let mut rule = rule("tick");
    rule.bus = "default".into();
    rule.pattern = None;
    rule.schedule = Some(expression.into());
    rule
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn times(world: &World) -> Vec<String> {
    let taken = world.targets.taken("tick");
    taken
        .iter()
        .map(|delivery| delivery.payload["time"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_rate_fires_on_its_beat() {
    let world = World::start(config(vec![scheduled("rate(1 minute)")]));
    pass(185).await;
    let expected = [
        "2026-11-21T03:01:00Z", "2026-11-21T03:02:00Z", "2026-11-21T03:03:00Z",
    ];
    assert_eq!(times(&world), expected);
    let event = &world.targets.taken("tick")[0].payload;
    assert_eq!(event["detail-type"], "Scheduled Event");
    assert_eq!(event["source"], "aws.events");
    assert_eq!(event["detail"], json!({}));
    assert_eq!(
        event["resources"],
        json!(["arn:aws:events:eu-west-1:000000000000:rule/tick"])
    );
}

#[tokio::test(start_paused = true)]
async fn after_downtime_it_fires_once_and_keeps_its_beat() {
    let world = World::start(config(vec![scheduled("rate(10 minutes)")]));
    pass(700).await;
    assert_eq!(times(&world).len(), 1);
    // Down from 03:11:40 to 05:13:20; twelve due times pass.
    let world = world.restart(Duration::from_secs(7_300));
    pass(60).await;
    assert_eq!(
        times(&world),
        ["2026-11-21T03:20:00Z"],
        "the first of those it missed, and no more"
    );
    pass(600).await;
    assert_eq!(times(&world)[1..], ["2026-11-21T05:20:00Z"]);
}

#[tokio::test(start_paused = true)]
async fn a_short_stop_does_not_start_the_interval_anew() {
    let world = World::start(config(vec![scheduled("rate(1 hour)")]));
    pass(3_000).await;
    let world = world.restart(Duration::from_secs(60));
    pass(600).await;
    assert_eq!(times(&world), ["2026-11-21T04:00:00Z"]);
}

#[tokio::test(start_paused = true)]
async fn a_disabled_schedule_is_silent_and_makes_up_for_nothing() {
    let world = World::start(config(vec![scheduled("rate(1 minute)")]));
    world.call_ok("DisableRule", json!({"Name": "tick"})).await;
    pass(290).await;
    assert!(times(&world).is_empty());
    world.call_ok("EnableRule", json!({"Name": "tick"})).await;
    pass(75).await;
    assert_eq!(times(&world), ["2026-11-21T03:05:00Z", "2026-11-21T03:06:00Z"]);
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_event_is_for_its_own_rule() {
    let mut other = rule("other");
    other.bus = "default".into();
    other.pattern = Some(json!({"source": ["aws.events"]}));
    let world = World::start(config(vec![scheduled("rate(1 minute)"), other]));
    pass(61).await;
    assert_eq!(times(&world).len(), 1);
    assert!(world.targets.tried("other").is_empty());
}
