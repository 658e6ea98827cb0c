//! Orders of flights after they were made: found, and undone.

use events_schema::money::Money;

use super::api::Api;
use super::flights::reference;
use super::not_understood;
use super::offers::money;
use super::wire::{KEY, air};
use crate::effect::Effect;
use crate::error::SupplierError;
use crate::port::{Cancellation, CancellationTerms, Order};

/// How many pages of orders are looked through for a key. Beyond, it is not known whether there is one.
const PAGES: usize = 25;
const PER_PAGE: usize = 200;

#[derive(Debug, thiserror::Error)]
#[error("there are more than {} orders to look through", PAGES * PER_PAGE)]
pub struct TooMany;

/// All orders made of one offer: seldom more than one.
pub async fn of_offer(api: &Api, offer: &str) -> Result<Vec<air::Order>, SupplierError> {
    let mut all = Vec::new();
    search(api, &format!("offer_id={offer}&"), |orders| {
        all.extend(orders);
        None::<()>
    })
    .await?;
    Ok(all)
}

/// The order that a key made, whatever of: orders cannot be asked for by what we attached to them, so they are looked
/// through.
pub async fn by_key(api: &Api, key: &str) -> Result<Option<Order>, SupplierError> {
    let found = search(api, "", |orders| bought_under(&orders, key).cloned()).await?;
    found.as_ref().map(ours).transpose()
}

/// Page by page, until something is found.
async fn search<Found>(
    api: &Api,
    filter: &str,
    mut look: impl FnMut(Vec<air::Order>) -> Option<Found> + Send,
) -> Result<Option<Found>, SupplierError> {
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let cursor = after
            .map(|after| format!("&after={}", super::escaped(&after)))
            .unwrap_or_default();
        let page = api
            .page::<air::Order>(&format!("/air/orders?{filter}limit={PER_PAGE}{cursor}"))
            .await?;
        let found = look(page.data);
        after = page.meta.and_then(|meta| meta.after);
        if found.is_some() || after.is_none() {
            return Ok(found);
        }
    }
    Err(SupplierError::unavailable(TooMany))
}

/// What is held under a key and not paid for was not bought.
pub fn bought_under<'a>(orders: &'a [air::Order], key: &str) -> Option<&'a air::Order> {
    let has_key = |order: &&air::Order| {
        let metadata = order.metadata.as_ref();
        metadata
            .and_then(|metadata| metadata.get(KEY))
            .is_some_and(|known| known == key)
    };
    let mut bought = orders
        .iter()
        .filter(has_key)
        .filter(|order| !order.payment_status.awaiting_payment);
    bought.next()
}

pub fn ours(order: &air::Order) -> Result<Order, SupplierError> {
    Ok(Order {
        reference: reference(order),
        total: total(order)?,
        cancelled: order.cancelled_at.is_some(),
    })
}

fn total(order: &air::Order) -> Result<Money, SupplierError> {
    money(order.total_amount, &order.total_currency).ok_or_else(not_understood)
}

/// A cancellation is asked for first, which changes nothing and says what would come back.
pub async fn terms(api: &Api, id: &str) -> Result<CancellationTerms, SupplierError> {
    let order: air::Order = api.get(&format!("/air/orders/{id}")).await?;
    let paid = total(&order)?;
    if order.cancelled_at.is_some() {
        let refund = refund(order.cancellation.as_ref(), paid);
        return Ok(CancellationTerms { paid, refund });
    }
    let asked = ask(api, id).await?;
    Ok(CancellationTerms {
        paid,
        refund: refund(Some(&asked), paid),
    })
}

pub async fn cancel_by_id(api: &Api, id: &str) -> Result<Cancellation, SupplierError> {
    let order: air::Order = api.get(&format!("/air/orders/{id}")).await?;
    cancel(api, &order).await
}

/// One that is cancelled already says what it gave back.
pub async fn cancel(api: &Api, order: &air::Order) -> Result<Cancellation, SupplierError> {
    let paid = total(order)?;
    if order.cancelled_at.is_some() {
        let refund = refund(order.cancellation.as_ref(), paid);
        return Ok(Cancellation { refund });
    }
    let asked = ask(api, &order.id).await?;
    let path = format!("/air/order_cancellations/{}/actions/confirm", asked.id);
    let confirmed = api
        .post::<air::Cancellation>(Effect::Buys, &path, &air::Nothing {})
        .await;
    match confirmed {
        Ok(done) => Ok(Cancellation {
            refund: refund(Some(&done), paid),
        }),
        Err(error @ SupplierError::OutcomeUnknown { .. }) => {
            let now = api.get::<air::Order>(&format!("/air/orders/{}", order.id)).await;
            match now {
                Ok(now) if now.cancelled_at.is_some() => Ok(Cancellation {
                    refund: refund(now.cancellation.as_ref().or(Some(&asked)), paid),
                }),
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

async fn ask(api: &Api, order_id: &str) -> Result<air::Cancellation, SupplierError> {
    let request = air::CancellationRequest { order_id };
    api.post(Effect::None, "/air/order_cancellations", &request).await
}

/// The money that comes back. A voucher or an airline's credit is none, nor is what was never paid.
fn refund(cancellation: Option<&air::Cancellation>, paid: Money) -> Money {
    let nothing = Money::zero(paid.currency);
    let Some(cancellation) = cancellation else {
        return nothing;
    };
    let as_money = !matches!(
        cancellation.refund_to.as_deref(),
        Some("voucher" | "airline_credits" | "awaiting_payment")
    );
    let amount = cancellation.refund_amount.filter(|_| as_money);
    let refund = amount.zip(cancellation.refund_currency.as_deref());
    refund
        .and_then(|(amount, currency)| money(amount, currency))
        .filter(|refund| refund.currency == paid.currency)
        .unwrap_or(nothing)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_money_is_a_refund() {
        let paid = Money::euros(100);
        for (refund_to, currency, expected) in [
            ("balance", "EUR", 40),
            ("card", "EUR", 40),
            ("arc_bsp_cash", "EUR", 40),
            ("original_form_of_payment", "EUR", 40),
            ("voucher", "EUR", 0),
            ("airline_credits", "EUR", 0),
            ("awaiting_payment", "EUR", 0),
            ("balance", "GBP", 0),
        ] {
            let cancellation: air::Cancellation = serde_json::from_value(json!({
                "id": "ore_1", "refund_amount": "40.00", "refund_currency": currency, "refund_to": refund_to,
            }))
            .unwrap();
            let given = refund(Some(&cancellation), paid);
            assert_eq!(given.amount, expected.into(), "{refund_to} {currency}");
        }
        assert_eq!(refund(None, paid), Money::zero(paid.currency));
    }
}
