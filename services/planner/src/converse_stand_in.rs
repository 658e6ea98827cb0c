//! Answers Converse requests by rule, so that without a model the very same code path runs: prompt, call, bound
//! answer, check. It reads the prompt's data block and nothing else, and says in the response that rules answered.

use lambda_host::converse::{ANSWERED_BY, RULES};
use serde_json::{Value, json};

use crate::draft::{Draft, Whereabouts};
use crate::grammar::{self, Reference, Utterance};
use crate::model::prompt::{self, Data, Rejected};
use crate::model::proposal::Proposal;
use crate::revise;

/// Maps to Bedrock's `ValidationException`, status 400.
#[derive(Debug, thiserror::Error)]
pub enum StandInError {
    #[error("the request has no user message with a data block of the planner's")]
    NoData,
    #[error("the data block is not the planner's")]
    Data(#[from] serde_json::Error),
}

/// The response to `POST /model/{modelId}/converse` with `body`, as JSON of the REST API.
pub fn answer(_model_id: &str, body: &Value) -> Result<Value, StandInError> {
    let user = body
        .pointer("/messages/0/content/0/text")
        .and_then(Value::as_str)
        .ok_or(StandInError::NoData)?;
    let data = prompt::data_of(user).ok_or(StandInError::NoData)??;
    let proposal = serde_json::to_value(propose(&data))?;
    let content = match body
        .pointer("/toolConfig/toolChoice/tool/name")
        .and_then(Value::as_str)
    {
        Some(tool) => json!({"toolUse": {"toolUseId": "rules-1", "name": tool, "input": proposal}}),
        None => json!({"text": proposal.to_string()}),
    };
    let stop_reason = if content.get("toolUse").is_some() {
        "tool_use"
    } else {
        "end_turn"
    };
    Ok(json!({
        "output": {"message": {"role": "assistant", "content": [content]}},
        "stopReason": stop_reason,
        "usage": {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0},
        "metrics": {"latencyMs": 0},
        "additionalModelResponseFields": {ANSWERED_BY: RULES},
    }))
}

/// What the grammar reads from the same data a model would be shown.
pub fn propose(data: &Data) -> Proposal {
    if let Some(Rejected { plan, violations }) = &data.rejected {
        let revised = revise::revise(plan, violations).unwrap_or_else(|| plan.clone());
        return Proposal::from(&draft_of(&revised));
    }
    let texts: Vec<Utterance<'_>> = data
        .texts
        .iter()
        .map(|text| Utterance {
            text: &text.text,
            on: text.on,
        })
        .collect();
    let at = Reference {
        today: data.today,
        currency: data.currency,
    };
    Proposal::from(&grammar::draft(&texts, data.fields.as_ref(), &at))
}

/// The draft that checks to exactly this plan.
fn draft_of(plan: &events_schema::trip::TripPlan) -> Draft {
    let flight = plan.flight.as_ref();
    let stay = plan.stay.as_ref();
    let place = flight
        .map(|flight| &flight.destination)
        .or(stay.map(|stay| &stay.place));
    let elsewhere = stay.map(|stay| &stay.place).filter(|at| Some(*at) != place);
    let known = |place: &events_schema::place::Place| Whereabouts::Known(place.clone());
    Draft {
        flight: Some(flight.is_some()),
        stay: Some(stay.is_some()),
        travellers: Some(plan.travellers.into()),
        origin: flight.map(|flight| known(&flight.origin)),
        destination: place.map(known),
        stay_at: elsewhere.map(known),
        depart_on: flight.map(|flight| Ok(flight.depart_on)),
        return_on: flight.and_then(|flight| flight.return_on).map(Ok),
        check_in: stay.map(|stay| Ok(stay.check_in)),
        check_out: stay.map(|stay| Ok(stay.check_out)),
        round_trip: flight.map(|flight| flight.return_on.is_some()),
        cabin: flight.and_then(|flight| flight.cabin),
        depart_after: flight.and_then(|flight| flight.depart_after),
        arrive_before: flight.and_then(|flight| flight.arrive_before),
        non_stop: flight.is_some_and(|flight| flight.non_stop),
        max_total: flight.and_then(|flight| flight.max_total),
        max_per_night: stay.and_then(|stay| stay.max_per_night),
        near: stay.and_then(|stay| stay.near.clone()),
        ..Draft::default()
    }
}
