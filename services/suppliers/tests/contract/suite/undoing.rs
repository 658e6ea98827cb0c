use rust_decimal::Decimal;
use suppliers::SupplierError;

use super::{Subject, Verdict};

pub async fn conditions_are_what_cancelling_then_gives_back(subject: &Subject) -> Verdict {
    for (kind, offer) in subject.offers().await {
        let quoted = subject.quoted(&offer).await;
        let order = subject.book(kind, &quoted).await.expect(kind);
        let terms = match subject.supplier.cancellation_terms(&order.reference).await {
            Ok(terms) => terms,
            Err(SupplierError::Rejected { .. }) => return Err("it does not say what a cancellation costs"),
            Err(error) => panic!("{kind}: {error:?}"),
        };
        assert_eq!(terms.paid, order.total, "{kind}");
        assert!(
            (Decimal::ZERO..=order.total.amount).contains(&terms.refund.amount),
            "{kind}"
        );
        let found = subject.supplier.look_up(kind).await.expect(kind).expect("bought");
        assert!(!found.cancelled, "{kind}: asking changes nothing");
        let cancelled = subject.supplier.cancel(&order.reference).await.expect(kind);
        assert_eq!(cancelled.refund, terms.refund, "{kind}");
    }
    Ok(())
}

pub async fn undone_once_however_often_it_is_asked(subject: &Subject) -> Verdict {
    for (kind, offer) in subject.offers().await {
        let quoted = subject.quoted(&offer).await;
        let order = subject.book(kind, &quoted).await.expect(kind);
        let first = subject.supplier.cancel(&order.reference).await.expect(kind);
        let again = subject.supplier.cancel(&order.reference).await.expect(kind);
        assert_eq!(first, again, "{kind}");
        assert!(first.refund.amount <= order.total.amount, "{kind}");
    }
    assert_eq!(subject.other_side.live_orders(), 0);
    Ok(())
}

pub async fn a_cancelled_order_is_found_as_such(subject: &Subject) -> Verdict {
    for (kind, offer) in subject.offers().await {
        let quoted = subject.quoted(&offer).await;
        let order = subject.book(kind, &quoted).await.expect(kind);
        subject.supplier.cancel(&order.reference).await.expect(kind);
        let found = subject
            .supplier
            .look_up(kind)
            .await
            .expect(kind)
            .expect("it was bought");
        assert!(found.cancelled, "{kind}");
        assert_eq!(found.reference, order.reference, "{kind}");
    }
    Ok(())
}

pub async fn what_was_never_sold_cannot_be_undone(subject: &Subject) -> Verdict {
    let cancelled = subject.supplier.cancel("NEVER-SOLD").await;
    assert!(
        matches!(
            cancelled,
            Err(SupplierError::Gone { .. } | SupplierError::Rejected { .. })
        ),
        "{cancelled:?}"
    );
    Ok(())
}
