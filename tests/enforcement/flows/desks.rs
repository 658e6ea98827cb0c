//! What travel managers and developers do, and somebody outside.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::booking::LegOutcome;
use events_schema::ids::{ActionId, EmployeeId};
use events_schema::person::Role;
use events_schema::socket::{Command, Frame, FrameBody, OfficeCommand};
use local_cloud::edge::websocket::Session;
use serde::Serialize;

use super::{MINUTE, asked_to_choose, bought, call_off, supplier_is, travellers};
use crate::end_to_end::documents;
use crate::end_to_end::office::{self, MANAGER};
use crate::end_to_end::people::{Person, door, enter, is_options};
use crate::end_to_end::policies::{self, put, upload_policy};
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::World;

/// Somebody of whom nothing is kept yet, on a line of their own.
struct Newcomer(Session);

impl Newcomer {
    async fn connect(world: &World, employee: &str, roles: &[Role]) -> Self {
        let identity = &world.laptop.identity;
        let token = identity.token(&EmployeeId::new(employee), roles, world.laptop.now());
        let session = enter(&door(world), &token.expect("a token")).await;
        Self(session.expect("let in"))
    }

    /// The first frame that `wanted` is true of.
    async fn says(&self, command: &impl Serialize, wanted: impl Fn(&FrameBody) -> bool) -> Frame {
        let text = serde_json::to_string(command).expect("JSON");
        tokio::spawn(self.0.message(text));
        loop {
            let text = self.0.next_frame().await.expect("the line stands");
            let frame: Frame = serde_json::from_str(&text).expect("a frame");
            if wanted(&frame.body) {
                return frame;
            }
            assert!(!matches!(frame.body, FrameBody::Error { .. }), "{frame:?}");
        }
    }
}

/// A key of their own is made when their first words are kept.
pub async fn somebody_new(world: &World) {
    let mut manager = Person::on_device(world, MANAGER, "imports").await;
    let csv = "employeeId,name,level,approvers,costCentre,zone,locale\n\
               sample-newcomer,Sample Newcomer,L1,sample-manager,CC-100,Europe/Paris,fr\n";
    let import = OfficeCommand::ImportPeople {
        action_id: ActionId::new("flow-import"),
        csv: csv.into(),
        dry_run: false,
    };
    let answer = manager.ask(&import).await;
    assert!(
        matches!(answer, FrameBody::PeopleImport { applied: true, .. }),
        "{answer:?}"
    );
    let newcomer = Newcomer::connect(world, "sample-newcomer", &[Role::Traveller]).await;
    let request = Command::RequestBooking {
        request_id: ActionId::new("first"),
        text: LISBON.into(),
        fields: None,
    };
    let options = newcomer.says(&request, is_options).await;
    let cancel = Command::CancelBooking {
        action_id: ActionId::new("second"),
        booking_id: options.booking_id.expect("a booking"),
    };
    newcomer.says(&cancel, FrameBody::is_final).await;
}

pub async fn people_and_budgets(world: &World) {
    let mut manager = Person::on_device(world, MANAGER, "people").await;
    manager.ask(&OfficeCommand::ListPeople { cursor: None }).await;
    manager.ask(&office::set_budget("flow-budget", 200_000)).await;
    let answer = manager.ask(&OfficeCommand::ListBudgets {}).await;
    assert!(matches!(answer, FrameBody::Budgets { .. }), "{answer:?}");
}

/// Whoever finds out what was open never wrote anything here before, and then did.
pub async fn somebody_is_needed(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "in-need").await;
    for action in ["flow-resolved", "flow-resolved-next"] {
        let booking = office::in_need(world, &mut traveller).await;
        supplier_is(world, "none");
        let mut manager = Person::on_device(world, MANAGER, "attends").await;
        manager.ask(&OfficeCommand::ListAttention {}).await;
        let shown = OfficeCommand::ShowAttention { booking_id: booking };
        let FrameBody::AttentionDetail { legs, .. } = manager.ask(&shown).await else {
            panic!("nobody needs attention")
        };
        let open = legs.iter().filter(|leg| leg.open);
        let findings = open.map(|leg| office::finding(leg.leg, LegOutcome::Undone, None, None));
        let resolved = office::resolve(action, booking, findings.collect());
        let newcomer = Newcomer::connect(world, "sample-new-manager", &[Role::TravelManager]).await;
        newcomer
            .says(&resolved, |body| matches!(body, FrameBody::Accepted { .. }))
            .await;
    }
}

/// Another document is another version: embedded as this world does, compared, put in force; its upload is announced
/// twice, and whoever puts it in force is not sure and does so again; a traveller's question is embedded too. And one that a job reads and a model drafts rules
/// from, left as it is.
pub async fn another_policy(world: &World) {
    let mut manager = Person::on_device(world, MANAGER, "policies").await;
    let policy = crate::repository::read("tools/sojourn/sample/travel-policy.md");
    let policy = policy.replacen("\n\n", "\n\nOf another edition.\n\n", 1);
    let asked = upload_policy("again", "again.md", policy.len());
    let answer = manager.ask(&asked).await;
    let FrameBody::PolicyUpload {
        version,
        url,
        headers,
        ..
    } = answer
    else {
        panic!("no address: {answer:?}")
    };
    for _ in 0..2 {
        upload(world, &url, &headers, policy.as_bytes()).await;
    }
    manager
        .ask(&OfficeCommand::ShowPolicy {
            version: version.clone(),
            cursor: None,
        })
        .await;
    for action in ["activate", "activate-again"] {
        let activate = OfficeCommand::ActivatePolicy {
            action_id: ActionId::new(action),
            version: version.clone(),
        };
        let answer = manager.ask(&activate).await;
        assert!(matches!(answer, FrameBody::Policies { .. }), "{answer:?}");
    }
    let mut traveller = Person::on_device(world, "traveller", "another-policy").await;
    let (booking, _) = asked_to_choose(&mut traveller).await;
    call_off(&mut traveller, booking).await;
    let read = policies::uploaded(world, &mut manager, "read.pdf", &documents::one_page()).await;
    assert_eq!((read.state.as_str(), read.rules), ("ready", 1), "{read:?}");
}

async fn upload(world: &World, url: &str, headers: &BTreeMap<String, String>, body: &[u8]) {
    assert_eq!(put(world, url, headers, body).await, http::StatusCode::OK);
    world.laptop.cloud.idle().await;
}

pub const WEBHOOK: &str = "webhook-1";

fn webhooks_setting(world: &World, name: &str) -> String {
    let mut functions = world.laptop.cloud.template().functions.iter();
    let function = functions.find(|function| function.logical_id == "WebhooksFunction");
    function.expect("the function is there").environment[name].clone()
}

/// Nobody answers there: the webhook is told again and again.
pub async fn somebody_outside_is_told(world: &World) {
    let config = world.laptop.cloud.sdk_config("a-test");
    let kms = aws_sdk_kms::Client::new(&config);
    let secrets = webhooks::webhook::Secrets::new(kms, webhooks_setting(world, "WEBHOOK_SECRETS_KEY"));
    let secret = webhooks::signature::Secret::text(&[7; 32]);
    let webhook = webhooks::webhook::Webhook {
        webhook_id: WEBHOOK.into(),
        address: "http://127.0.0.1:9/".into(),
        events: vec!["BookingConfirmed".into()],
        secrets: vec![secrets.seal(WEBHOOK, &secret).await.expect("sealed")],
    };
    let item = serde_dynamo::to_item(webhook).expect("an item");
    let put = aws_sdk_dynamodb::Client::new(&config).put_item();
    let put = put
        .table_name(webhooks_setting(world, "WEBHOOKS_TABLE"))
        .set_item(Some(item));
    put.send().await.expect("kept");
}

/// In the end nobody outside is told any more, or the world would not come to rest before the queue has given up, half a
/// day later.
pub async fn a_webhook(world: &World) {
    somebody_outside_is_told(world).await;
    let mut traveller = Person::on_device(world, "traveller", "webhook").await;
    bought(&mut traveller).await;
    tokio::time::sleep(MINUTE * 2).await;
    let delete = aws_sdk_dynamodb::Client::new(&world.laptop.cloud.sdk_config("a-test")).delete_item();
    let delete = delete.table_name(webhooks_setting(world, "WEBHOOKS_TABLE"));
    delete
        .key("webhookId", AttributeValue::S(WEBHOOK.into()))
        .send()
        .await
        .expect("removed");
}

/// A history, the bus, replays; and one who may see none of it.
pub async fn what_developers_look_at(world: &World) {
    let mut traveller = Person::on_device(world, "traveller", "history").await;
    let booking_id = bought(&mut traveller).await;
    world.laptop.cloud.idle().await;
    let mut manager = Person::on_device(world, MANAGER, "develops").await;
    let (to, action_id) = (world.laptop.now(), ActionId::new("flow-replay"));
    let from = to - jiff::SignedDuration::from_hours(1);
    for command in [
        OfficeCommand::ShowHistory { booking_id },
        OfficeCommand::TailEvents { after: None },
        OfficeCommand::StartReplay { action_id, from, to },
    ] {
        let answer = manager.ask(&command).await;
        assert!(!matches!(answer, FrameBody::Error { .. }), "{answer:?}");
    }
    let mut stranger = Person::on_device(world, "traveller-2", "looks").await;
    let refused = stranger.ask(&OfficeCommand::ShowHistory { booking_id }).await;
    assert!(matches!(refused, FrameBody::Error { .. }), "{refused:?}");
}

/// One who was a passenger of somebody else's trip, which has ended.
pub async fn somebody_leaves(world: &World) {
    travellers::three(world, "leaving").await;
    let mut manager = Person::on_device(world, MANAGER, "erases").await;
    let erase = OfficeCommand::ErasePerson {
        action_id: manager.action(),
        employee_id: EmployeeId::new("sample-traveller-2"),
    };
    let answer = manager.ask(&erase).await;
    assert!(matches!(answer, FrameBody::PersonErased { .. }), "{answer:?}");
}
