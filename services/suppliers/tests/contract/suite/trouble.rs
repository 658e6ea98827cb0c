use suppliers::SupplierError;

use super::{Day, Subject, Verdict, book, flight_wish, stay_wish};

pub async fn a_failure_while_buying_is_an_unknown_outcome_and_not_asked_again(subject: &Subject) -> Verdict {
    let offers = subject.offers().await;
    for (kind, offer) in offers {
        let quoted = subject.quoted(&offer).await;
        subject.day(Day::FailsToSell, "it never fails")?;
        let before = subject.other_side.asked_to_sell();
        let error = subject.book(kind, &quoted).await.expect_err(kind);
        assert!(
            matches!(error, SupplierError::OutcomeUnknown { .. }),
            "{kind}: {error:?}"
        );
        assert!(!error.retryable() && error.is_outage());
        if let (Some(before), Some(after)) = (before, subject.other_side.asked_to_sell()) {
            assert_eq!(after - before, 1, "{kind}: asked once");
        }
        subject.day(Day::Good, "it has no good days")?;
        assert_eq!(subject.supplier.look_up(kind).await.expect(kind), None, "{kind}");
    }
    Ok(())
}

/// Either the adapter finds the order at once, or its caller does.
pub async fn a_lost_answer_is_settled_by_its_key(subject: &Subject) -> Verdict {
    let offers = subject.offers().await;
    let kinds = offers.len();
    for (kind, offer) in offers {
        let quoted = subject.quoted(&offer).await;
        subject.day(Day::AnswerLost, "its answers always arrive")?;
        let bought = subject.book(kind, &quoted).await;
        let unknown = matches!(bought, Err(SupplierError::OutcomeUnknown { .. }));
        assert!(bought.is_ok() || unknown, "{kind}: {bought:?}");
        let found = subject.supplier.look_up(kind).await.expect(kind).expect("bought");
        assert_eq!((found.total, found.cancelled), (quoted.total, false), "{kind}");
        assert_eq!(
            subject.book(kind, &quoted).await.expect(kind),
            found,
            "{kind}: again"
        );
    }
    assert_eq!(subject.other_side.live_orders(), kinds);
    Ok(())
}

pub async fn a_question_to_one_that_is_down_may_be_asked_again(subject: &Subject) -> Verdict {
    let offers = subject.offers().await;
    subject.day(Day::Down, "it is always there")?;
    let mut errors = Vec::new();
    errors.extend(subject.supplier.search_flights(&flight_wish(), 2).await.err());
    errors.extend(subject.supplier.search_stays(&stay_wish(), 2).await.err());
    errors.extend(subject.supplier.look_up("key").await.err());
    for (_, offer) in &offers {
        errors.extend(subject.supplier.quote(offer).await.err());
    }
    assert_eq!(errors.len(), 3 + offers.len());
    for error in errors {
        assert!(error.retryable() && error.is_outage(), "{error:?}");
    }
    Ok(())
}

pub async fn nobody_there_means_that_nothing_was_bought(subject: &Subject) -> Verdict {
    let nobody = subject.unreachable.as_ref().ok_or("it is part of this process")?;
    for (kind, offer) in subject.offers().await {
        let error = book(nobody.as_ref(), kind, &offer).await.expect_err(kind);
        assert!(error.retryable(), "{kind}: {error:?}");
    }
    Ok(())
}

pub async fn one_that_asks_for_patience_is_not_broken_and_is_left_alone(subject: &Subject) -> Verdict {
    let offers = subject.offers().await;
    let mut quoted = Vec::new();
    for (kind, offer) in offers {
        quoted.push((kind, subject.quoted(&offer).await));
    }
    subject.day(Day::TooOften, "it has no limit")?;
    for (kind, offer) in quoted {
        let before = subject.other_side.asked_to_sell();
        let error = subject.book(kind, &offer).await.expect_err(kind);
        assert!(error.retryable() && !error.is_outage(), "{kind}: {error:?}");
        assert_eq!(subject.other_side.asked_to_sell(), before, "{kind}: left alone");
    }
    assert_eq!(subject.other_side.live_orders(), 0);
    Ok(())
}
