//! Which execution of the state machine has a booking. The head says so, and whoever loses it can write nothing more:
//! every task's write is conditional on it.

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, TransactWriteItem};
use events_schema::ids::ExecutionId;
use events_schema::state::BookingState;

use super::{SaveError, TransitionError, Transitions};
use crate::condition::held;
use crate::head::BookingKey;
use crate::live::Live;

impl Transitions {
    /// Takes a stuck booking away from the execution that has it, while `sequence` is its newest event. From then on
    /// no task of the former holder goes through, so that what is read afterwards stays as it was read.
    pub async fn take_over(
        &self,
        _live: &Live,
        key: &BookingKey,
        from: &ExecutionId,
        to: &ExecutionId,
        sequence: u64,
    ) -> Result<bool, TransitionError> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.bookings)
            .set_key(Some(key.attributes()))
            .update_expression("SET executionId = :to")
            .condition_expression("executionId = :from AND #sequence = :sequence")
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":to", AttributeValue::S(to.to_string()))
            .expression_attribute_values(":from", AttributeValue::S(from.to_string()))
            .expression_attribute_values(":sequence", AttributeValue::N(sequence.to_string()))
            .send()
            .await;
        if held(outcome).map_err(|error| SaveError::Write(Box::new(error.into())))? {
            return Ok(true);
        }
        let head = self.head(key).await?;
        Ok(head.is_some_and(|head| head.execution_id.as_ref() == Some(to)))
    }

    /// A condition for a write beside the head, in one transaction with it: `execution` still has the booking, nobody
    /// called it off, and it is in one of `states`.
    pub fn while_held(
        &self,
        key: &BookingKey,
        execution: &ExecutionId,
        states: &[BookingState],
    ) -> Result<TransactWriteItem, TransitionError> {
        let names: Vec<_> = (0..states.len())
            .map(|number| format!(":state{number}"))
            .collect();
        let mut check = ConditionCheck::builder()
            .table_name(&self.bookings)
            .set_key(Some(key.attributes()))
            .condition_expression(format!(
                "executionId = :me AND cancelRequested = :no AND #state IN ({})",
                names.join(", ")
            ))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":me", AttributeValue::S(execution.to_string()))
            .expression_attribute_values(":no", AttributeValue::Bool(false));
        for (name, state) in names.iter().zip(states) {
            check = check.expression_attribute_values(name, AttributeValue::S(state.as_str().into()));
        }
        let check = check.build().map_err(SaveError::from)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}
