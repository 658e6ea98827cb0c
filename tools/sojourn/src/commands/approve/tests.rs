use super::*;
use crate::commands::up::now;
use crate::commands::{own_cloud, suggestion};

/// So soon that a manager has to approve.
fn request() -> Command {
    Command::RequestBooking {
        request_id: action_id(),
        text: suggestion::request_in(5, now()),
        fields: None,
    }
}

/// Chooses the first option, and gives the booking once its approval is asked for.
async fn asked_for_approval(traveller: &mut Traveller) -> BookingId {
    traveller.send(&request()).await.expect("sent");
    loop {
        let frame = traveller
            .next_within(ANSWERED_WITHIN)
            .await
            .expect("a frame")
            .frame;
        match (frame.body, frame.booking_id) {
            (
                FrameBody::Options {
                    decision_id,
                    nonce,
                    options,
                    ..
                },
                Some(booking_id),
            ) => {
                let chosen = Command::SelectOption {
                    action_id: action_id(),
                    booking_id,
                    decision_id,
                    nonce,
                    option_id: options.into_iter().next().expect("an option").id,
                };
                traveller.send(&chosen).await.expect("sent");
            }
            (FrameBody::ApprovalRequested { .. }, Some(booking)) => return booking,
            (FrameBody::Error { message, .. }, _) => panic!("{message}"),
            _ => {}
        }
    }
}

/// The frame with the question is then in the socket before the list that is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_comes_while_its_list_is_waited_for_is_answered() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = own_cloud::start(directory.path()).await;
    let connection = Connection::to(server.running.clone());
    let mut inbox = connection.connect("manager").await.expect("connected");
    let mut sibling = connection.connect("manager").await.expect("connected");
    let mut traveller = connection.connect("traveller").await.expect("connected");
    let booking = asked_for_approval(&mut traveller).await;
    loop {
        let frame = sibling.next_within(ANSWERED_WITHIN).await.expect("a frame").frame;
        if matches!(frame.body, FrameBody::ApprovalRequested { .. }) {
            break;
        }
    }
    let waiting = waiting(&mut inbox).await.expect("a list");
    let asked = waiting
        .iter()
        .find(|item| item.booking_id == booking)
        .expect("the question");
    let decided = decide(&mut inbox, booking, &asked.decision_id, Verdict::Yes, None);
    decided.await.expect("an answer");
}
