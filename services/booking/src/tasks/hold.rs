//! Keeping offers while people decide: the step, and its undo.

use events_schema::option::TripOption;
use events_schema::rows::OptionRow;
use lambda_host::HandlerError;
use serde_json::{Value, json};
use suppliers::SupplierError;

use super::book_leg::travellers;
use super::{Step, supplier_failed};

/// Has suppliers keep price and place where they can, beside what they keep already; the legs that are held then.
/// One that does not is no reason to stop: the next quote finds out. A task tried again holds again, and holds that
/// nobody knows of lapse by themselves. Undone by [`release_holds`].
pub(super) async fn hold(
    step: &Step<'_>,
    before: &OptionRow,
    option: &mut TripOption,
) -> Result<Vec<u32>, HandlerError> {
    let mut held = Vec::new();
    // Some suppliers hold nothing for people they do not know. None may be known yet.
    let passengers = travellers(step).await?;
    for (number, leg) in (0_u32..).zip(option.legs.iter_mut()) {
        let same = before
            .option
            .legs
            .get(number as usize)
            .is_some_and(|then| then.supplier_offer == leg.supplier_offer);
        if same && before.held.contains(&number) {
            held.push(number);
            continue;
        }
        if !leg.holdable {
            continue;
        }
        let supplier = step.deps.suppliers.get(&step.live, &leg.supplier)?;
        match supplier.hold(leg, &passengers).await {
            Ok(kept) => {
                *leg = kept;
                held.push(number);
            }
            Err(error) => tracing::warn!(booking = %step.booking(), %error, "the offer is not held"),
        }
    }
    Ok(held)
}

/// What is held of options that nobody waits for any more. That it is not given back is no reason to stop: holds lapse.
pub(super) async fn release_early(step: &Step<'_>) {
    if let Err(error) = release_holds(step).await {
        tracing::warn!(booking = %step.booking(), %error, "holds are not released yet");
    }
}

/// Gives back what is held and was not bought. A supplier that cannot be reached is tried again by the state machine;
/// in the end holds lapse by themselves.
pub(super) async fn release_holds(step: &Step<'_>) -> Result<Value, HandlerError> {
    step.held().await?;
    let mut released = 0;
    for row in step.deps.options.all(step.booking()).await? {
        if row.held.is_empty() {
            continue;
        }
        for number in &row.held {
            let Some(leg) = row.option.legs.get(*number as usize) else {
                continue;
            };
            let supplier = step.deps.suppliers.get(&step.live, &leg.supplier)?;
            match supplier.release(leg).await {
                Ok(()) => released += 1,
                Err(error @ SupplierError::Unavailable { .. }) => return Err(supplier_failed(error)),
                // It says that there is nothing to give back.
                Err(error) => tracing::info!(booking = %step.booking(), %error, "not released"),
            }
        }
        step.deps.options.note_released(&row).await?;
    }
    Ok(json!({"outcome": "released", "holds": released}))
}
