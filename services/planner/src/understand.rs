//! Understanding a request: the model where one answers, the grammar where none does.

use std::time::Duration;

use events_schema::ids::{BookingId, ClauseId, TextRef};
use events_schema::planner::{PlannedBy, PlanningRecord};
use lambda_host::Live;
use lambda_host::error::report;
use sha2::{Digest, Sha256};

use crate::check::{Reading, check};
use crate::converse_stand_in;
use crate::model::converse::{Model, Spent, ask};
use crate::model::prompt::{Data, Prompt};
use crate::model::proposal::Proposal;
use crate::revise;

/// A reading, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Understood {
    pub reading: Reading,
    pub record: PlanningRecord,
    /// The answer as it came, where there was one; `record.answer` refers to it.
    pub answer: Option<String>,
}

/// Reads `data`. The result is always usable: if no model gives an acceptable answer in time, rules read the request.
pub async fn understand(
    live: &Live,
    model: &Model,
    booking: BookingId,
    data: &Data,
    time_left: Duration,
) -> Result<Understood, serde_json::Error> {
    let prompt = Prompt::of(data)?;
    let accept = |proposal: &Proposal| reading_of(data, proposal).map(|_| ());
    let (answer, spent) = ask(live, model, &prompt, time_left, accept).await;
    let record = record_of(data, model, &prompt, spent);
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let error = report(&error);
            tracing::warn!(%booking, error, attempts = spent.attempts, "no model answered: planning by rules");
            let reading = by_rules(data);
            return Ok(Understood {
                reading,
                record: PlanningRecord {
                    planned_by: PlannedBy::Rules,
                    ..record
                },
                answer: None,
            });
        }
    };
    let planned_by = if answer.by_rules {
        PlannedBy::Rules
    } else {
        PlannedBy::Model
    };
    let record = PlanningRecord {
        planned_by,
        answer: Some(answer_ref(booking, &answer.raw)),
        ..record
    };
    let reading = reading_of(data, &answer.read).unwrap_or_else(|_| by_rules(data));
    Ok(Understood {
        reading,
        record,
        answer: Some(answer.raw),
    })
}

/// The reading that follows from a proposal, or why the proposal is refused.
fn reading_of(data: &Data, proposal: &Proposal) -> Result<Reading, String> {
    let said: Vec<&str> = data.texts.iter().map(|text| text.text.as_str()).collect();
    let draft = proposal.draft(&said).map_err(|refused| refused.to_string())?;
    let reading = check(draft, data.today);
    match (&data.rejected, &reading) {
        (Some(rejected), Reading::Plan(plan))
            if revise::keeps_to(&rejected.plan, &rejected.violations, plan) =>
        {
            Ok(reading)
        }
        // The stand-in returns the rejected plan where rules can change nothing: that is an answer, too.
        (Some(rejected), Reading::Plan(plan)) if *plan == rejected.plan => Ok(reading),
        (Some(_), _) => Err("a revision may change only what was rejected".into()),
        (None, _) => Ok(reading),
    }
}

fn by_rules(data: &Data) -> Reading {
    let proposal = converse_stand_in::propose(data);
    match reading_of(data, &proposal) {
        Ok(reading) => reading,
        // Only a rejected plan whose days have passed since comes here: unchanged, it ends as a failed revision.
        Err(_) => data
            .rejected
            .as_ref()
            .map_or(Reading::Questions(Vec::new()), |rejected| {
                Reading::Plan(rejected.plan.clone())
            }),
    }
}

fn record_of(data: &Data, model: &Model, prompt: &Prompt, spent: Spent) -> PlanningRecord {
    PlanningRecord {
        planned_by: PlannedBy::Model,
        model: Some(model.id.clone()),
        prompt_hash: Some(prompt.hash()),
        clauses: data
            .clauses
            .iter()
            .map(|clause| ClauseId::new(clause.id.as_str()))
            .collect(),
        attempts: spent.attempts,
        input_tokens: spent.input_tokens,
        output_tokens: spent.output_tokens,
        latency_ms: spent.latency_ms,
        answer: None,
    }
}

/// Named for the answer's content: of two deliveries that asked twice, each refers to what it got.
fn answer_ref(booking: BookingId, raw: &str) -> TextRef {
    let hash = hex::encode(Sha256::digest(raw));
    TextRef::new(format!("{booking}/{}", &hash[..32]))
}
