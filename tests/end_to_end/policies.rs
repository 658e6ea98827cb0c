//! What travel managers do with policies, over sockets and signed addresses: upload, see where it stands, compare, activate;
//! and that whatever goes wrong leaves the old version as it was. Reading and drafting themselves are tested in `policy`.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use events_schema::ids::{ActionId, PolicyVersion};
use events_schema::problem::ErrorCode;
use events_schema::rows::ClauseRow;
use events_schema::socket::{FrameBody, OfficeCommand, PolicyEntry, Verdict};
use serde_json::Value;

use super::documents::{bytes, locked, one_page, padded, pdf};
use super::office::MANAGER;
use super::people::{Person, is_confirmation_request, is_options};
use super::trips::LISBON;
use super::world::World;

const HANDBOOK: &str = "tools/sojourn/sample/field-handbook.md";
const MOST: usize = policy::MOST_BYTES;

pub fn upload_policy(action: &str, file_name: &str, bytes: usize) -> OfficeCommand {
    OfficeCommand::UploadPolicy {
        action_id: ActionId::new(action),
        file_name: file_name.into(),
        bytes: bytes as u64,
    }
}

pub async fn listed(manager: &mut Person) -> Vec<PolicyEntry> {
    match manager.ask(&OfficeCommand::ListPolicies {}).await {
        FrameBody::Policies { items } => items,
        other => panic!("{other:?}"),
    }
}

/// As a browser would: one `PUT` with the headers it was told.
pub async fn put(
    world: &World,
    url: &str,
    headers: &BTreeMap<String, String>,
    body: &[u8],
) -> http::StatusCode {
    let mut request = http::Request::put(url);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Bytes::copy_from_slice(body)).expect("a request");
    world.laptop.cloud.endpoint().call(request).await.status()
}

/// The whole way of an upload from the page; where it stands once everything is done.
pub async fn uploaded(world: &World, manager: &mut Person, file_name: &str, body: &[u8]) -> PolicyEntry {
    let asked = upload_policy(file_name, file_name, body.len());
    let FrameBody::PolicyUpload {
        version,
        url,
        headers,
        ..
    } = manager.ask(&asked).await
    else {
        panic!("no address for {file_name}")
    };
    let pending = listed(manager)
        .await
        .into_iter()
        .find(|entry| entry.version == version);
    assert_eq!(pending.map(|entry| entry.state).as_deref(), Some("pending"));
    assert_eq!(put(world, &url, &headers, body).await, http::StatusCode::OK);
    world.laptop.cloud.idle().await;
    let found = listed(manager)
        .await
        .into_iter()
        .find(|entry| entry.version == version);
    found.expect("it is listed")
}

async fn active(manager: &mut Person) -> PolicyVersion {
    let active = listed(manager)
        .await
        .into_iter()
        .find(|entry| entry.state == "active");
    active.expect("a policy is active").version
}

/// The handbook as somebody wrote it, without a single rule for machines.
fn prose() -> String {
    let text = crate::repository::read(HANDBOOK);
    let mut parts = text.split("```");
    let mut prose = parts.next().unwrap_or_default().to_owned();
    while let (Some(_fenced), Some(after)) = (parts.next(), parts.next()) {
        prose.push_str(after);
    }
    prose
}

#[tokio::test(start_paused = true)]
async fn a_policy_without_rules_is_uploaded_drafted_compared_and_activated() {
    let world = World::start().await;
    let mut manager = Person::connect(&world, MANAGER).await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let old = active(&mut manager).await;
    let running = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;

    let entry = uploaded(&world, &mut manager, "field handbook.md", prose().as_bytes()).await;
    assert_eq!(
        (entry.state.as_str(), entry.drafted_by.as_deref()),
        ("ready", Some("rules")),
        "{entry:?}"
    );
    assert!(entry.rules >= 10 && entry.clauses >= 30, "{entry:?}");
    assert_eq!(
        active(&mut manager).await,
        old,
        "nothing is in force before somebody says so"
    );

    let show = |cursor| OfficeCommand::ShowPolicy {
        version: entry.version.clone(),
        cursor,
    };
    let FrameBody::PolicyDetail { clauses, .. } = manager.ask(&show(None)).await else {
        panic!("not shown")
    };
    let nights = clauses
        .iter()
        .find(|clause| clause.clause.as_str() == "3.1")
        .expect("clause 3.1");
    let says: Vec<&str> = nights.rules.iter().map(|rule| rule.says.as_str()).collect();
    assert!(
        says.contains(&"A night in Nairobi costs at most 150.00 USD"),
        "{says:?}"
    );

    let activate = OfficeCommand::ActivatePolicy {
        action_id: ActionId::new("activate"),
        version: entry.version.clone(),
    };
    let FrameBody::Policies { items } = manager.ask(&activate).await else {
        panic!("not activated")
    };
    let state = |version: &PolicyVersion| {
        items
            .iter()
            .find(|item| item.version == *version)
            .map(|item| item.state.clone())
    };
    assert_eq!(
        (state(&entry.version), state(&old)),
        (Some("active".into()), Some("retired".into()))
    );

    // Whoever began under the old version ends under it; whoever begins now follows the new one.
    traveller.select(&options, 0);
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    let FrameBody::Confirmed { .. } = traveller.until_the_end().await else {
        panic!("not confirmed")
    };
    assert_eq!(pinned(&world, running).await, old);
    let asked = traveller.request("How much is the per diem?").await;
    let FrameBody::Answer { clauses, .. } = traveller.until_the_end().await else {
        panic!("not answered")
    };
    assert_eq!(pinned(&world, asked).await, entry.version);
    assert_eq!(clauses[0].clause.as_str(), "1.2");
}

async fn pinned(world: &World, booking: events_schema::ids::BookingId) -> PolicyVersion {
    let rows = world.journal(booking).await;
    let row = rows
        .iter()
        .find(|row| row.event_type == "PolicyRetrieved")
        .expect("retrieved");
    let event: Value = serde_json::from_str(&row.event).expect("JSON");
    let version = event.pointer("/detail/data/version").and_then(Value::as_str);
    PolicyVersion::new(version.expect("a version"))
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_a_policy_is_refused_before_it_is_uploaded() {
    let world = World::start().await;
    let mut manager = Person::connect(&world, MANAGER).await;
    let before = listed(&mut manager).await;
    for (name, bytes, code, reason) in [
        (
            "policy.docx",
            5,
            ErrorCode::InvalidRequest,
            "upload the policy as Markdown (.md) or PDF (.pdf)",
        ),
        (
            "policy",
            5,
            ErrorCode::InvalidRequest,
            "of a kind that cannot be read",
        ),
        ("policy.md", 0, ErrorCode::InvalidRequest, "The file is empty"),
        (
            "policy.pdf",
            MOST + 1,
            ErrorCode::TooLarge,
            "10485760 is the most",
        ),
        (
            "policy.pdf",
            20 * 1024 * 1024,
            ErrorCode::TooLarge,
            "has 20971520 bytes",
        ),
    ] {
        let FrameBody::Error {
            code: said, message, ..
        } = manager.ask(&upload_policy(name, name, bytes)).await
        else {
            panic!("{name} of {bytes} bytes was taken")
        };
        assert_eq!(said, code, "{name}");
        assert!(message.contains(reason), "{name}: {message}");
    }
    let mut traveller = Person::connect(&world, "traveller").await;
    for command in [
        OfficeCommand::ListPolicies {},
        upload_policy("mine", "mine.md", 5),
    ] {
        let FrameBody::Error { code, .. } = traveller.ask(&command).await else {
            panic!("a traveller may {}", command.name())
        };
        assert_eq!(code, ErrorCode::Forbidden);
    }
    assert_eq!(listed(&mut manager).await, before, "nothing was announced");
}

/// Announced and signed as small, and then another file: the bucket takes the length that was signed, and the reader looks
/// at what is there.
#[tokio::test(start_paused = true)]
async fn an_address_makes_one_version_however_often_it_is_used() {
    let world = World::start().await;
    let mut manager = Person::connect(&world, MANAGER).await;
    let body = prose();
    let command = upload_policy("once", "handbook.md", body.len());
    let FrameBody::PolicyUpload {
        version,
        url,
        headers,
        ..
    } = manager.ask(&command).await
    else {
        panic!("no address")
    };
    let FrameBody::PolicyUpload { version: again, .. } = manager.ask(&command).await else {
        panic!("no address the second time")
    };
    assert_eq!(version, again, "the same command is the same version");
    for body in [body.clone(), body.replace("68 USD", "99 USD")] {
        assert_eq!(
            put(&world, &url, &headers, body.as_bytes()).await,
            http::StatusCode::OK
        );
        world.laptop.cloud.idle().await;
    }
    let versions = listed(&mut manager).await;
    assert_eq!(
        versions
            .iter()
            .filter(|entry| entry.file_name == "handbook.md")
            .count(),
        1
    );
    let key = "clauseId";
    let clauses = world
        .query("PolicyClausesTable", "version", version.as_str())
        .await;
    let meals = clauses
        .iter()
        .find(|clause| clause[key] == "1.2")
        .expect("clause 1.2");
    assert!(
        meals["text"].as_str().is_some_and(|text| text.contains("68 USD")),
        "what was read first stands"
    );
}

const SETTINGS: &str = "1.1 Strict.\n\n```policy\n{\"currency\": \"EUR\", \"strict\": {\"clause\": \"1.1\", \
    \"highestCabin\": \"economy\", \"approvals\": [\"L1\"], \"slaHours\": 24, \"silence\": \"declines\"}}\n```\n\n4.2 Hotels.\n\n```rules\n";

fn typed(rules: &str) -> Vec<u8> {
    format!("{SETTINGS}{rules}\n```\n").into_bytes()
}

fn hotel_cap(id: &str, amount: u32, more: &str) -> String {
    format!(
        "{{\"id\": \"{id}\", \"kind\": \"hotel_cap\", \"perNight\": {{\"amount\": \"{amount}\", \"currency\": \"EUR\"}}{more}}}"
    )
}

/// Each reason, by the way that every upload takes in the end; and the old version untouched by all of them.
#[tokio::test(start_paused = true)]
async fn every_document_that_is_no_policy_says_why_and_leaves_the_old_version() {
    let world = World::start().await;
    let mut manager = Person::connect(&world, MANAGER).await;
    let old = active(&mut manager).await;
    let contradiction = format!("[{}, {}]", hotel_cap("a", 140, ""), hotel_cap("b", 150, ""));
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("word.docx", b"PK".to_vec(), "of a kind that cannot be read"),
        ("renamed.pdf", b"PK".to_vec(), "is no PDF"),
        ("locked.pdf", locked(), "protected by a password"),
        ("scanned.pdf", bytes(pdf(&[None, None])), "pictures and no text"),
        ("no-pages.pdf", bytes(pdf(&[])), "no pages"),
        ("broken.pdf", one_page()[..200].to_vec(), "damaged"),
        ("empty.md", Vec::new(), "empty.md is empty"),
        ("blank.md", b" \n\n ".to_vec(), "blank.md is empty"),
        ("titles.md", b"# A\n\n## B\n".to_vec(), "there is no clause in it"),
        ("latin.md", vec![0xe4, 0xf6, 0xfc], "not UTF-8"),
        (
            "uncited.md",
            typed(&hotel_cap("a", 140, ", \"clause\": \"9.9\"")),
            "rule a cites clause 9.9, which the document does not have",
        ),
        ("contradicts.md", typed(&contradiction), "contradict each other"),
        (
            "large.md",
            padded(MOST + 1),
            "has 10485761 bytes; 10485760 is the most",
        ),
        (
            "larger.md",
            padded(20 * 1024 * 1024),
            "has 20971520 bytes; 10485760 is the most",
        ),
    ];
    let s3 = aws_sdk_s3::Client::new(&world.laptop.cloud.sdk_config("a-test"));
    let outputs = &world.laptop.cloud.template().outputs;
    let bucket = outputs
        .iter()
        .find(|output| output.key == "PolicyBucketName")
        .expect("a bucket")
        .value
        .clone();
    for (name, body, _) in &cases {
        s3.put_object()
            .bucket(&bucket)
            .key(*name)
            .body(body.clone().into())
            .send()
            .await
            .expect("taken");
    }
    world.laptop.cloud.idle().await;
    let versions = listed(&mut manager).await;
    for (name, _, reason) in &cases {
        let entry = versions
            .iter()
            .find(|entry| entry.file_name == *name)
            .unwrap_or_else(|| panic!("{name} is not listed"));
        let said = entry.reason.as_deref().unwrap_or_default();
        assert_eq!(entry.state, "failed", "{name}");
        assert!(said.contains(reason), "{name}: {said}");
    }
    // The other side of the limit.
    let entry = uploaded(&world, &mut manager, "just-right.md", &padded(MOST)).await;
    assert_eq!((entry.state.as_str(), entry.rules), ("ready", 1), "{entry:?}");
    assert_eq!(active(&mut manager).await, old);
    let refused = OfficeCommand::ActivatePolicy {
        action_id: ActionId::new("failed"),
        version: versions
            .iter()
            .find(|entry| entry.state == "failed")
            .expect("one")
            .version
            .clone(),
    };
    let FrameBody::Error { code, .. } = manager.ask(&refused).await else {
        panic!("a failed version was activated")
    };
    assert_eq!(code, ErrorCode::Conflict);
    assert_eq!(active(&mut manager).await, old);
}

/// A citation is looked up in the pinned version before anybody sees it: one that is not there is not shown, whatever
/// found it.
#[tokio::test(start_paused = true)]
async fn a_clause_that_the_version_does_not_have_is_not_cited() {
    const QUESTION: &str = "May I fly business to Tokyo?";
    let world = World::start().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let asked = traveller.request(QUESTION).await;
    let FrameBody::Answer { clauses, text, .. } = traveller.until_the_end().await else {
        panic!("not answered")
    };
    let cited: Vec<_> = clauses.iter().map(|clause| clause.clause.to_string()).collect();
    assert!(
        cited.contains(&"3.3".to_owned()) && text.contains("Clause 3.3"),
        "{cited:?}"
    );

    // The search knows the version's clauses from before; now one of them is a forgery.
    let version = pinned(&world, asked).await;
    let delete = world
        .dynamo()
        .delete_item()
        .table_name("sojourn-PolicyClausesTable");
    let key = |name: &str| AttributeValue::S(name.into());
    let delete = delete
        .key("version", key(version.as_str()))
        .key("clauseId", key("3.3"));
    delete.send().await.expect("deleted");
    let asked = traveller.request(&format!("{QUESTION} ")).await;
    let FrameBody::Answer { clauses, text, .. } = traveller.until_the_end().await else {
        panic!("not answered")
    };
    let found = world.journal(asked).await;
    assert!(
        found
            .iter()
            .any(|row| row.event.contains("\\\"3.3\\\"") || row.event.contains("\"3.3\"")),
        "it was found"
    );
    assert!(clauses.iter().all(|clause| clause.clause.as_str() != "3.3") && !clauses.is_empty());
    assert!(!text.contains("Clause 3.3"), "{text}");
}

/// Where a model embeds, a version is ready with its clauses' vectors and found by them.
#[tokio::test(start_paused = true)]
async fn a_version_is_ready_only_with_the_vectors_of_its_clauses() {
    let world = World::with_embeddings().await;
    let mut manager = Person::connect(&world, MANAGER).await;
    let entry = uploaded(&world, &mut manager, "handbook.md", prose().as_bytes()).await;
    assert_eq!(entry.state, "ready");
    let clauses = world.dynamo().query().table_name("sojourn-PolicyClausesTable");
    let clauses = clauses
        .key_condition_expression("version = :version")
        .expression_attribute_values(":version", AttributeValue::S(entry.version.to_string()));
    let clauses = clauses.send().await.expect("read").items.unwrap_or_default();
    let clauses: Vec<ClauseRow> = serde_dynamo::from_items(clauses).expect("clauses");
    assert!(clauses.len() >= 30 && clauses.iter().all(|clause| clause.vector.is_some()));
    let rows = world
        .query("PoliciesTable", "version", entry.version.as_str())
        .await;
    assert_eq!(rows[0]["embeddedBy"], "amazon.nova-2-multimodal-embeddings-v1:0");
}
