//! Trips booked on the sample supplier's pages by a real Chromium: the whole system, from the sentence to the audit's
//! pictures, in real time. A page redesigned on purpose ends with a person who is told where to go on.
//!
//! What it cannot tell: how a supplier's real site behaves, and AgentCore; the adapter's own tests drive a stand-in.

use aws_sdk_s3::Client;
use events_schema::ids::BookingId;
use events_schema::socket::{FrameBody, Verdict};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::deploy::binaries::target_dir;
use crate::end_to_end::people::{Person, is_confirmation_request, is_options};
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::World;

/// One trip at a time: browsers would only keep each other waiting.
static BROWSER: Mutex<()> = Mutex::const_new(());

/// Fails with what to install, rather than with a supplier that is not available.
fn browser_is_there() {
    if let Err(missing) = browser::Chromium::find(None) {
        panic!("{missing}");
    }
}

async fn up_to_the_purchase(traveller: &mut Person) -> BookingId {
    let booking = traveller.request(LISBON).await;
    let options = traveller.until(is_options).await;
    let FrameBody::Options { options: listed, .. } = &options.body else {
        panic!("{options:?}")
    };
    let compliant = listed.iter().position(|option| option.verdict.compliant);
    traveller.select(&options, compliant.expect("one within policy"));
    booking
}

/// Of the booking's events of one type, in order.
async fn events(world: &World, booking: BookingId, name: &str) -> Vec<Value> {
    let journal = world.journal(booking).await.into_iter();
    let named = journal.filter(|row| row.event_type == name);
    let data = |event: Value| {
        let data = event.pointer("/detail/data").or(event.pointer("/data"));
        data.cloned().unwrap_or_else(|| panic!("{event}"))
    };
    named
        .map(|row| data(serde_json::from_str(&row.event).expect("JSON")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trip_is_booked_on_pages_and_its_pictures_are_kept_by_reference() {
    browser_is_there();
    let _alone = BROWSER.lock().await;
    let world = World::by_pages().await;
    let mut traveller = Person::connect(&world, "traveller").await;
    let booking = up_to_the_purchase(&mut traveller).await;
    let asked = traveller.until(is_confirmation_request).await;
    traveller.confirm(&asked, Verdict::Yes);
    let end = traveller.until_the_end().await;
    let FrameBody::Confirmed { legs, .. } = &end else {
        panic!("not confirmed: {end:?}")
    };
    assert_eq!(legs.len(), 2);
    assert!(
        legs.iter()
            .all(|leg| leg.supplier.as_str() == "sample-web" && leg.reference.starts_with("SMPL-"))
    );
    world.check_ended(booking).await;

    let booked = events(&world, booking, "LegBooked").await;
    assert_eq!(booked.len(), 2);
    for (leg, event) in booked.iter().enumerate() {
        let evidence = event["evidence"].as_array().unwrap_or_else(|| panic!("{event}"));
        assert_eq!(evidence.len(), 2, "before paying, and after: {event}");
        for picture in evidence {
            kept(&world, leg, picture).await;
        }
    }
}

/// The picture is where the event says, and hashes to what it says.
async fn kept(world: &World, leg: usize, picture: &Value) {
    let text = |name: &str| picture[name].as_str().unwrap_or_default().to_owned();
    let reference = text("reference");
    let (bucket, key) = reference
        .strip_prefix("s3://")
        .and_then(|rest| rest.split_once('/'))
        .unwrap_or_else(|| panic!("{reference}"));
    let s3 = Client::new(&world.laptop.cloud.sdk_config("a-test"));
    let object = s3
        .get_object()
        .bucket(bucket)
        .key(key)
        .send()
        .await
        .expect("a picture");
    let png = object.body.collect().await.expect("its bytes").into_bytes();
    assert_eq!(hex::encode(Sha256::digest(&png)), text("sha256"));
    let folder = target_dir().join("screenshots");
    std::fs::create_dir_all(&folder).expect("a folder below target");
    let name = key
        .rsplit('/')
        .next()
        .and_then(|name| name.split_once("-"))
        .map(|(number, _)| number);
    let path = folder.join(format!("supplier-pages-leg-{leg}-{}.png", name.unwrap_or("0")));
    std::fs::write(path, &png).expect("a file below target");
}

/// The answer after paying makes no sense, and neither does the order's page later: after three looks, the last after
/// three minutes, a person gets it, with the address to go on at.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_redesigned_on_purpose_ends_with_a_person_who_knows_where_to_go_on() {
    browser_is_there();
    let (world, mut traveller, booking) = {
        let _alone = BROWSER.lock().await;
        let world = World::by_pages().await;
        let mut traveller = Person::connect(&world, "traveller").await;
        let booking = up_to_the_purchase(&mut traveller).await;
        let asked = traveller.until(is_confirmation_request).await;
        world
            .laptop
            .supplier
            .set_scenario("order-redesigned".parse().expect("a scenario"));
        traveller.confirm(&asked, Verdict::Yes);
        (world, traveller, booking)
    };
    let end = traveller.until_the_end().await;
    assert!(matches!(end, FrameBody::NeedsAttention { .. }), "{end:?}");
    world.check_ended(booking).await;
    let legs = world.query("LegsTable", "bookingId", &booking.to_string()).await;
    let said = legs[0]["lastAnswer"].as_str().unwrap_or_default();
    assert!(
        said.contains("go on by hand at http://127.0.0.1:") && said.contains("/web/orders"),
        "{said}"
    );
    let failed = events(&world, booking, "LegBookingFailed").await;
    let pictures = failed[0]["evidence"].as_array().map(Vec::len);
    assert!(
        pictures >= Some(2),
        "what was paid for, and what followed: {failed:?}"
    );
    assert!(
        world.laptop.supplier.orders().expect("readable").len() == 1,
        "bought once"
    );
}
