use suppliers::SupplierError;

use super::{Day, Subject, Verdict, passengers};

pub async fn a_quote_is_the_same_thing_at_todays_price(subject: &Subject) -> Verdict {
    for (kind, offer) in subject.offers().await {
        let quoted = subject.quoted(&offer).await;
        assert_eq!(
            (&quoted.id, &quoted.content),
            (&offer.id, &offer.content),
            "{kind}"
        );
        assert_eq!(quoted.total, offer.total, "{kind}");
        assert_eq!(quoted.refundable, offer.refundable, "{kind}");
        assert!(quoted.expires_at >= offer.expires_at, "{kind}");
    }
    Ok(())
}

pub async fn a_quote_brings_the_new_price_and_can_be_bought(subject: &Subject) -> Verdict {
    let offers = subject.offers().await;
    subject.day(Day::Dearer, "its prices stand")?;
    for (kind, offer) in offers {
        let quoted = subject.quoted(&offer).await;
        assert!(quoted.total.amount > offer.total.amount, "{kind}");
        assert_eq!(quoted.id, offer.id, "{kind}");
        let order = subject.book(kind, &quoted).await.expect(kind);
        assert_eq!(order.total, quoted.total, "{kind}");
    }
    Ok(())
}

pub async fn what_is_gone_is_said_to_be_gone(subject: &Subject) -> Verdict {
    let offers = subject.offers().await;
    subject.day(Day::SoldOut, "it never sells out")?;
    for (kind, offer) in offers {
        let quoted = subject.supplier.quote(&offer).await;
        assert!(
            matches!(quoted, Err(SupplierError::Gone { .. })),
            "{kind}: {quoted:?}"
        );
        let bought = subject.book(kind, &offer).await;
        assert!(
            matches!(bought, Err(SupplierError::Gone { .. })),
            "{kind}: {bought:?}"
        );
    }
    assert_eq!(subject.other_side.live_orders(), 0);
    Ok(())
}

pub async fn a_hold_outlasts_the_quote_and_is_given_back(subject: &Subject) -> Verdict {
    let mut held_kinds = Vec::new();
    for (kind, offer) in subject.offers().await {
        let quoted = subject.quoted(&offer).await;
        if !quoted.holdable {
            continue;
        }
        held_kinds.push(kind);
        let everybody = all(&quoted);
        let hold = || subject.supplier.hold(&quoted, &everybody);
        let held = hold().await.expect(kind);
        assert_eq!((&held.id, &held.content), (&offer.id, &offer.content), "{kind}");
        assert_eq!(held.total, quoted.total, "{kind}");
        assert!(held.expires_at > quoted.expires_at, "{kind}");
        let again = hold().await.expect(kind);
        assert_eq!(
            again.supplier_offer, held.supplier_offer,
            "{kind}: held once, however often it is asked"
        );
        let requoted = subject.quoted(&held).await;
        assert_eq!(requoted.total, held.total, "{kind}: a held price stands");
        for _ in 0..2 {
            subject
                .supplier
                .release(&held)
                .await
                .expect("given back, again too");
        }
        subject
            .supplier
            .release(&quoted)
            .await
            .expect("harmless for what is not held");
        assert_eq!(subject.other_side.live_orders(), 0, "{kind}");
    }
    subject.holds(&held_kinds)
}

pub async fn what_is_held_can_be_bought(subject: &Subject) -> Verdict {
    let mut held_kinds = Vec::new();
    for (kind, offer) in subject.offers().await {
        let quoted = subject.quoted(&offer).await;
        if !quoted.holdable {
            continue;
        }
        held_kinds.push(kind);
        let held = subject.supplier.hold(&quoted, &all(&quoted)).await.expect(kind);
        let order = subject.book(kind, &held).await.expect(kind);
        assert_eq!((order.total, order.cancelled), (held.total, false), "{kind}");
        let found = subject.supplier.look_up(kind).await.expect(kind);
        assert_eq!(found, Some(order.clone()), "{kind}");
        assert_eq!(
            subject.book(kind, &held).await.expect(kind),
            order,
            "{kind}: the same key"
        );
    }
    subject.holds(&held_kinds)
}

fn all(offer: &events_schema::trip::Offer) -> Vec<events_schema::rows::PassengerRow> {
    match offer.content {
        events_schema::trip::LegContent::Flight { travellers, .. } => passengers(travellers),
        events_schema::trip::LegContent::Stay { rooms, .. } => passengers(rooms),
    }
}
