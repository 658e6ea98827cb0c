use suppliers::{BookRequest, SupplierError};

use super::{Day, Subject, Verdict, passengers};

pub async fn one_key_is_one_order(subject: &Subject) -> Verdict {
    let offers = subject.offers().await;
    let kinds = offers.len();
    for (kind, offer) in offers {
        let quoted = subject.quoted(&offer).await;
        let order = subject.book(kind, &quoted).await.expect(kind);
        assert_eq!((order.total, order.cancelled), (quoted.total, false), "{kind}");
        assert_eq!(
            subject.book(kind, &quoted).await.expect(kind),
            order,
            "{kind}: again"
        );
        let request = BookRequest {
            offer: &quoted,
            idempotency_key: kind,
            passengers: &passengers(2),
        };
        for found in [
            subject.supplier.look_up(kind).await,
            subject.supplier.look_up_purchase(request).await,
        ] {
            assert_eq!(found.expect(kind).as_ref(), Some(&order), "{kind}");
        }
    }
    assert_eq!(subject.other_side.live_orders(), kinds);
    Ok(())
}

pub async fn a_key_that_bought_nothing_finds_nothing(subject: &Subject) -> Verdict {
    for (kind, offer) in subject.offers().await {
        let quoted = subject.quoted(&offer).await;
        subject.book(kind, &quoted).await.expect(kind);
        assert_eq!(
            subject.supplier.look_up("another key").await.expect(kind),
            None,
            "{kind}"
        );
    }
    Ok(())
}

pub async fn an_old_price_buys_nothing(subject: &Subject) -> Verdict {
    let offers = subject.offers().await;
    let mut quoted = Vec::new();
    for (kind, offer) in offers {
        quoted.push((kind, subject.quoted(&offer).await));
    }
    subject.day(Day::Dearer, "its prices stand")?;
    for (kind, offer) in quoted {
        let bought = subject.book(kind, &offer).await;
        assert!(
            matches!(bought, Err(SupplierError::PriceChanged)),
            "{kind}: {bought:?}"
        );
    }
    assert_eq!(subject.other_side.live_orders(), 0);
    Ok(())
}

pub async fn a_clear_no_buys_nothing(subject: &Subject) -> Verdict {
    let offers = subject.offers().await;
    subject.day(Day::Declines, "it never declines")?;
    for (kind, offer) in offers {
        let quoted = subject.quoted(&offer).await;
        let error = subject.book(kind, &quoted).await.expect_err(kind);
        assert!(
            matches!(error, SupplierError::Rejected { .. }),
            "{kind}: {error:?}"
        );
        assert!(!error.is_outage() && !error.retryable());
    }
    assert_eq!(subject.other_side.live_orders(), 0);
    Ok(())
}

pub async fn passengers_are_named_in_no_error(subject: &Subject) -> Verdict {
    let offers = subject.offers().await;
    let mut tried = false;
    for day in [Day::Declines, Day::FailsToSell] {
        if !subject.other_side.brings(day) {
            continue;
        }
        tried = true;
        for (kind, offer) in &offers {
            let quoted = subject.quoted(offer).await;
            let error = subject.book(kind, &quoted).await.expect_err(kind);
            let text = format!("{error} {error:?}");
            for personal in ["Sam", "Sample", "sam@example.com", "+493012345678", "1990-01-01"] {
                assert!(!text.contains(personal), "{day:?} {kind}: {text}");
            }
        }
    }
    tried.then_some(()).ok_or("it never fails")
}
