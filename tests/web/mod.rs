//! The page in a real browser: Chromium, driven by the scenarios beside this file, against the whole system in this
//! process. Each scenario is a test; what it looks like is kept as pictures below `target/screenshots`.
//!
//! What it cannot tell: how other browsers show it, and whether a person likes it.

mod tools;

use std::process::Stdio;

use sojourn::commands::up::Server;
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::deploy::binaries::target_dir;
use crate::repository::root;
use tools::Tools;

/// One browser at a time: several would only keep each other waiting.
static BROWSER: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread")]
async fn from_a_sentence_to_an_itinerary_and_on_another_device() {
    scenario("main_job").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_person_approves_in_a_second_window() {
    scenario("approval").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_in_the_middle_loses_and_repeats_nothing() {
    scenario("reconnect").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_shows_everything_within_its_width() {
    scenario("phone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_alone_is_enough() {
    scenario("keyboard").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_in_light_and_dark() {
    scenario("accessibility").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_open_for_hours_renews_itself() {
    scenario("renewal").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_travel_manager_looks_after_people_and_budgets() {
    scenario("people").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_attention_is_settled() {
    scenario_with("attention", "nothing-undone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_make_the_same_booking_whatever_is_lost_on_the_way() {
    scenario("frames").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_empty_refused_or_not_there_says_so() {
    scenario("states").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_uploaded_compared_and_activated() {
    scenario("policies").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_developer_looks_at_events_and_replays_them() {
    scenario("events").await;
}

/// A scenario that fails must fail its test.
#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_that_does_not_exist_fails() {
    let output = run("none_of_this_name", GOOD_DAY).await;
    assert!(!output.status.success());
}

/// What the sample supplier does if nothing else is said.
const GOOD_DAY: &str = "none";

async fn scenario(name: &str) {
    scenario_with(name, GOOD_DAY).await;
}

/// With a supplier that misbehaves, by the name of its scenario.
async fn scenario_with(name: &str, supplier: &str) {
    let output = run(name, supplier).await;
    let words = String::from_utf8_lossy(&output.stderr);
    print!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "scenario {name}:\n{words}");
}

async fn run(name: &str, supplier: &str) -> std::process::Output {
    let tools = Tools::ready();
    let _alone = BROWSER.lock().await;
    let data = tempfile::tempdir().expect("a temporary directory");
    let server = Server::throwaway(data.path())
        .await
        .unwrap_or_else(|error| panic!("the system does not start: {error}"));
    let supplier = supplier.parse().expect("a scenario of the supplier");
    server.laptop.supplier.set_scenario(supplier);
    Command::new("node")
        .arg(root().join("tests/web/scenario.mjs"))
        .arg(name)
        .env("WEB_PAGE", format!("{}/", server.running.web))
        .env("WEB_TOOLS", tools.folder())
        .env("WEB_CHROMIUM", tools.chromium())
        .env("WEB_PICTURES", target_dir().join("screenshots"))
        .stdin(Stdio::null())
        .output()
        .await
        .expect("node starts")
}
