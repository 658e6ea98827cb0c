//! Covers: being somebody else by what a message says of itself: a stolen connection id, another's employee id, the
//! routes that only API Gateway takes, and a flood of such tries; and posting to another's socket from inside. Each is
//! refused, moves nothing and is in the audit under the name of who tried. Does not cover stolen tokens, which are the
//! person as far as anybody can tell until they end: `tokens`.

use std::time::Duration;

use aws_sdk_apigatewaymanagement::primitives::Blob;
use events_schema::problem::ErrorCode;
use events_schema::socket::FrameBody;
use serde_json::{Value, json};

use super::outcome::{Bare, check, refused};
use crate::end_to_end::people::door;
use crate::end_to_end::world::World;

const THIEF: &str = "sample-traveller-2";
/// In which so many are written down, and no more.
const WINDOW: Duration = Duration::from_secs(10);
const WRITTEN_DOWN: usize = 5;

/// Each with the member that says who sends it, and the action that is written down.
fn pretences(stolen: &str) -> Vec<(Value, &'static str, &'static str)> {
    vec![
        (
            json!({"action": "who_am_i", "actionId": "a", "connectionId": stolen}),
            "connectionId",
            "who_am_i",
        ),
        (
            json!({"action": "who_am_i", "actionId": "a", "requestContext": {"connectionId": stolen}}),
            "requestContext",
            "who_am_i",
        ),
        (
            json!({"action": "who_am_i", "actionId": "a", "employeeId": "sample-traveller-1"}),
            "employeeId",
            "who_am_i",
        ),
        (
            json!({"action": "$connect", "connectionId": stolen}),
            "action",
            "unknown",
        ),
        (
            json!({"action": "$disconnect", "connectionId": stolen}),
            "action",
            "unknown",
        ),
        (json!({"action": "$default"}), "action", "unknown"),
        // The same at the doors of other functions.
        (
            json!({"action": "list_budgets", "connectionId": stolen}),
            "connectionId",
            "list_budgets",
        ),
        (
            json!({"action": "list_policies", "employeeId": "sample-travel-manager"}),
            "employeeId",
            "list_policies",
        ),
    ]
}

/// Knowing somebody's connection id is of no use: no message can name one.
#[tokio::test(start_paused = true)]
async fn a_stolen_connection_id_opens_nothing_and_is_written_down() {
    let world = World::start().await;
    let door = door(&world);
    let owner = Bare::connect(&world, &door, "traveller").await;
    let id = owner.0.connection_id().to_owned();
    let thief = Bare::connect(&world, &door, "traveller-2").await;
    let pretences = pretences(&id);
    for (body, ..) in &pretences {
        check(
            &format!("naming a sender: {body}"),
            &thief.say(body.to_string()).await,
            ErrorCode::InvalidRequest,
        );
        // One at a time: many at once are a flood.
        tokio::time::sleep(WINDOW).await;
    }
    // A mistake: it names nobody else.
    let own = json!({"action": "who_am_i", "actionId": "a", "employeeId": THIEF});
    let answer = thief.say(own.to_string()).await;
    check("naming oneself", &answer, ErrorCode::InvalidRequest);

    let written = refused(&world, THIEF).await;
    assert_eq!(written.len(), pretences.len(), "{written:?}");
    for (row, (body, member, action)) in written.iter().zip(&pretences) {
        assert_eq!(row.actor, THIEF, "{body}");
        let action = format!("\"action\":\"{action}\"");
        let thief = thief.0.connection_id();
        for part in ["INVALID_REQUEST", "says who sends it", *member, &action, thief] {
            assert!(
                row.evidence.contains(part),
                "{body}: no {part} in {}",
                row.evidence
            );
        }
        assert!(!row.evidence.contains(&id), "{body}: {}", row.evidence);
    }
    assert!(refused(&world, "sample-traveller-1").await.is_empty());
    let own = owner.say(r#"{"action":"who_am_i","actionId":"b"}"#).await;
    assert!(
        matches!(&own.body, FrameBody::YouAre { employee_id, .. } if employee_id.as_str() == "sample-traveller-1")
    );
}

/// Only functions that may post can post.
#[tokio::test(start_paused = true)]
async fn no_other_function_posts_to_a_known_connection() {
    let world = World::start().await;
    let owner = Bare::connect(&world, &door(&world), "traveller").await;
    for function in ["PlannerFunction", "SearchFunction", "GatewayAuthorizerFunction"] {
        let cloud = &world.laptop.cloud;
        let template = cloud.template();
        let endpoint = template
            .functions
            .iter()
            .find_map(|function| function.environment.get("MANAGEMENT_ENDPOINT"))
            .expect("an endpoint");
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(&cloud.sdk_config(function));
        let client = aws_sdk_apigatewaymanagement::Client::from_conf(config.endpoint_url(endpoint).build());
        let posted = client
            .post_to_connection()
            .connection_id(owner.0.connection_id())
            .data(Blob::new("forged"))
            .send()
            .await;
        let error = posted.expect_err("refused").into_service_error();
        assert!(
            error.is_forbidden_exception() || format!("{error:?}").contains("AccessDenied"),
            "{function}: {error:?}"
        );
    }
    let own = owner.say(r#"{"action":"ping"}"#).await;
    assert!(
        matches!(own.body, FrameBody::Pong {}),
        "nothing came before: {own:?}"
    );
}

/// Who wants the audit full gets five rows in ten seconds, and cannot hide a late answer behind them.
#[tokio::test(start_paused = true)]
async fn a_flood_of_pretences_does_not_fill_the_audit() {
    let world = World::start().await;
    let thief = Bare::connect(&world, &door(&world), "traveller-2").await;
    // To the beginning of a window.
    let within = world.laptop.now().as_second() % 10;
    let rest = u64::try_from(10 - within).expect("below ten");
    tokio::time::sleep(Duration::from_secs(rest)).await;
    let body = json!({"action": "ping", "connectionId": "c"}).to_string();
    for _ in 0..20 {
        let answer = thief.say(body.clone()).await;
        check("one of many", &answer, ErrorCode::InvalidRequest);
    }
    let nothing = json!({"action": "get_itinerary", "actionId": "a",
        "bookingId": events_schema::samples::booking()});
    let answer = thief.say(nothing.to_string()).await;
    check("a booking that never was", &answer, ErrorCode::NotFound);
    let written = refused(&world, THIEF).await;
    assert_eq!(written.len(), WRITTEN_DOWN + 1, "{written:?}");
    let late = written.iter().filter(|row| row.evidence.contains("NOT_FOUND"));
    assert_eq!(late.count(), 1, "{written:?}");
    tokio::time::sleep(WINDOW).await;
    thief.say(body).await;
    let written = refused(&world, THIEF).await;
    assert_eq!(
        written.len(),
        WRITTEN_DOWN + 2,
        "and goes on in the next ten seconds"
    );
}
