//! One path under way: a world of its own, the people in it, and the checks at the end.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::approval::ApprovalLevel;
use events_schema::ids::{BookingId, EmployeeId};
use events_schema::option::TripOption;
use events_schema::problem::ErrorCode;
use events_schema::socket::{Command, Frame, FrameBody, Passenger, Verdict};
use serde_json::Value;

use super::Path;
use super::ledger::{Entries, Ledger};
use super::words::reads_as;
use crate::end_to_end::people::{Person, is_approval_request, is_confirmation_request, is_options};
use crate::end_to_end::trips::LISBON;
use crate::end_to_end::world::World;

pub struct Story {
    pub world: World,
    pub traveller: Person,
    pub booking: BookingId,
    /// The lifecycle that cancels the booking, once there is one: then it is the one that ends last.
    pub cancellation: Option<BookingId>,
    /// Two things met, and it went the way in which the traveller is refused: once more than the table has it.
    pub raced: bool,
    before: Ledger,
    presented: Option<Frame>,
}

impl Story {
    /// A request whose options have just been presented is still to come: nobody has asked for anything.
    pub async fn begin(when: &str) -> Self {
        let world = World::start().await;
        let mut traveller = Person::connect(&world, "traveller").await;
        let before = Ledger::read(&world).await;
        let booking = traveller.request(LISBON).await;
        tracing_line(when, booking);
        Self {
            world,
            traveller,
            booking,
            cancellation: None,
            raced: false,
            before,
            presented: None,
        }
    }

    pub fn scenario(&self, name: &str) {
        let scenario = name.parse().expect("a scenario");
        self.world.laptop.supplier.set_scenario(scenario);
    }

    pub async fn wait(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    pub async fn options(&mut self) -> Frame {
        self.traveller.until(is_options).await
    }

    /// Chooses the first option within policy, or the first beyond it.
    pub async fn choose(&mut self, compliant: bool) -> Frame {
        let options = self.options().await;
        let place = place(&options, compliant);
        self.traveller.select(&options, place);
        options
    }

    /// Up to the question whether to buy, with nobody's approval needed.
    pub async fn until_confirmation(&mut self) -> Frame {
        self.choose(true).await;
        self.traveller.until(is_confirmation_request).await
    }

    /// Up to the question to the approver, as the approver got it.
    pub async fn until_approval(&mut self, approver: &mut Person) -> Frame {
        self.choose(false).await;
        approver.until(is_approval_request).await
    }

    pub async fn confirm(&mut self) {
        let asked = self.traveller.until(is_confirmation_request).await;
        self.traveller.confirm(&asked, Verdict::Yes);
    }

    /// All the way to a confirmed trip.
    pub async fn book(&mut self) {
        let asked = self.until_confirmation().await;
        self.traveller.confirm(&asked, Verdict::Yes);
        self.end().await;
    }

    pub async fn end(&mut self) -> FrameBody {
        self.traveller.until_the_end().await
    }

    /// What a client does before its two hours are over: connects anew, and takes up where it was.
    pub async fn reconnected(&mut self) -> Person {
        let fresh = Person::connect(&self.world, "traveller").await;
        let old = std::mem::replace(&mut self.traveller, fresh);
        old.resumed(&self.world).await
    }

    /// The options, kept for [`choose_again`](Self::choose_again).
    pub async fn options_seen(&mut self) {
        self.presented = Some(self.options().await);
    }

    pub fn choose_again(&mut self, compliant: bool) {
        let options = self.presented.clone().expect("options were presented");
        self.traveller.select(&options, place(&options, compliant));
    }

    /// Says yes to the purchase that was asked about last.
    pub fn confirm_last(&mut self) {
        let asked = self.traveller.frames.iter().rev();
        let asked = asked
            .clone()
            .find(|frame| is_confirmation_request(&frame.body))
            .cloned();
        self.traveller.confirm(&asked.expect("a question"), Verdict::Yes);
    }

    pub async fn person(&self, name: &str) -> Person {
        Person::connect(&self.world, name).await
    }

    /// The traveller calls it off; what follows comes as frames.
    pub fn cancel(&mut self) {
        let command = self.cancellation_command();
        self.traveller.send(&command);
    }

    pub fn cancellation_command(&mut self) -> Command {
        let action_id = self.traveller.action();
        Command::CancelBooking {
            action_id,
            booking_id: self.booking,
        }
    }

    /// Sets what the policy in force would have said of every option: for policies other than the sample one.
    pub async fn with_policy(&self, sla_hours: u32, silence: &str) {
        let rows = self
            .world
            .query("OptionsTable", "bookingId", &self.booking.to_string())
            .await;
        for mut row in rows {
            row["option"]["verdict"]["approvalSlaHours"] = sla_hours.into();
            row["option"]["verdict"]["silence"] = silence.into();
            self.put("OptionsTable", &row).await;
        }
    }

    /// Sets whom the policy in force would have asked about every option beyond it.
    pub async fn with_approvals(&self, levels: &[ApprovalLevel]) {
        let rows = self
            .world
            .query("OptionsTable", "bookingId", &self.booking.to_string())
            .await;
        for mut row in rows {
            if row["option"]["verdict"]["compliant"] == false {
                row["option"]["verdict"]["approvals"] = serde_json::to_value(levels).expect("JSON");
                self.put("OptionsTable", &row).await;
            }
        }
    }

    /// Who travels, by what they keep with us.
    pub fn set_passengers(&mut self, people: &[&str]) {
        let action_id = self.traveller.action();
        let employees = people.iter().map(|id| Passenger::Employee(EmployeeId::new(*id)));
        self.traveller.send(&Command::SetPassengers {
            action_id,
            booking_id: self.booking,
            passengers: employees.collect(),
        });
    }

    /// The budget turns out to be kept in another currency, the amounts as they are.
    pub async fn budget_in(&mut self, currency: &str) {
        let update = self
            .world
            .dynamo()
            .update_item()
            .table_name(self.world.records().table("BudgetsTable"))
            .key("costCentre", AttributeValue::S("CC-100".into()))
            .key("entry", AttributeValue::S("limit".into()))
            .update_expression("SET currency = :currency")
            .expression_attribute_values(":currency", AttributeValue::S(currency.into()));
        update.send().await.expect("a writable table");
    }

    /// The budget is raised or cut while the booking is under way.
    pub async fn set_available(&mut self, amount: &str) {
        let update = self
            .world
            .dynamo()
            .update_item()
            .table_name(self.world.records().table("BudgetsTable"))
            .key("costCentre", AttributeValue::S("CC-100".into()))
            .key("entry", AttributeValue::S("limit".into()))
            .update_expression("SET available = :amount")
            .expression_attribute_values(":amount", AttributeValue::N(amount.into()));
        update.send().await.expect("a writable table");
        self.before = Ledger::read(&self.world).await;
    }

    /// Whom an approver lets decide in their place.
    pub async fn delegate(&self, approver: &str, delegate: &str) {
        let update = self
            .world
            .dynamo()
            .update_item()
            .table_name(self.world.records().table("PeopleTable"))
            .key("employeeId", AttributeValue::S(approver.into()))
            .update_expression("SET delegate = :delegate")
            .expression_attribute_values(":delegate", AttributeValue::S(delegate.into()));
        update.send().await.expect("a writable table");
    }

    /// Who is asked to approve somebody's trips from now on.
    pub async fn approved_by(&self, employee: &str, approvers: &[&str]) {
        let list = approvers.iter().map(|id| AttributeValue::S((*id).into()));
        let update = self
            .world
            .dynamo()
            .update_item()
            .table_name(self.world.records().table("PeopleTable"))
            .key("employeeId", AttributeValue::S(employee.into()))
            .update_expression("SET approverChain = :approvers")
            .expression_attribute_values(":approvers", AttributeValue::L(list.collect()));
        update.send().await.expect("a writable table");
    }

    pub async fn put(&self, table: &str, row: &Value) {
        let item: HashMap<String, AttributeValue> = serde_dynamo::to_item(row).expect("an item");
        let put = self
            .world
            .dynamo()
            .put_item()
            .table_name(self.world.records().table(table))
            .set_item(Some(item));
        put.send().await.expect("a writable table");
    }

    /// Everything the table promises of the path's end; the ending.
    pub async fn check(&mut self, path: &Path) -> String {
        let when = path.when;
        let last = self.cancellation.unwrap_or(self.booking);
        self.world.check_ended(self.booking).await;
        self.world.check_ended(last).await;
        let names = self.world.event_names(last).await;
        let ending = names.last().expect("events").clone();
        let terminal: Vec<_> = names.iter().filter(|name| **name == path.ends).collect();
        assert_eq!(terminal.len(), 1, "{when}: {names:?}");
        let shown = self.shown(last);
        in_order(path.shows, &shown, when);
        self.check_words(path, last, &shown);
        self.check_refused(path).await;
        let audit = self.audit(last).await;
        in_order(path.audit, &audit, when);
        let entries = Entries::read(&self.world, self.booking, self.cancellation).await;
        Ledger::read(&self.world)
            .await
            .check(self.before, path.money, &entries, when);
        let supplier = &self.world.laptop.supplier;
        let orders = supplier.orders().expect("orders");
        let cancelled = orders.iter().filter(|order| order.refund.is_some()).count();
        assert_eq!(
            (orders.len() - cancelled, cancelled),
            path.orders,
            "{when}: the supplier's orders"
        );
        assert_eq!(
            supplier.holds().expect("holds"),
            Vec::<String>::new(),
            "{when}: nothing stays held"
        );
        ending
    }

    /// The last frame's sentence, and that no error was shown but those of the table.
    fn check_words(&self, path: &Path, last: BookingId, shown: &[String]) {
        let when = path.when;
        let mut frames = self.traveller.frames.iter().rev();
        let end = frames.find(|frame| frame.booking_id == Some(last) && frame.body.is_final());
        let end = end.unwrap_or_else(|| panic!("{when}: the end was not shown: {shown:?}"));
        let end = serde_json::to_value(&end.body).expect("JSON");
        let said = end["message"].as_str().unwrap_or_default();
        assert!(
            reads_as(path.says, said),
            "{when}: not {:?} but {said:?}",
            path.says
        );
        let errors = shown.iter().filter(|kind| kind.starts_with("error "));
        let errors: Vec<_> = errors.map(String::as_str).collect();
        let mut expected = path.errors.to_vec();
        expected.extend(self.raced.then_some("error CONFLICT"));
        assert_eq!(errors, expected, "{when}");
    }

    /// Every refused attempt on the path, in all chains of them.
    async fn check_refused(&self, path: &Path) {
        let mut rows = self.world.scan("AuditLogTable").await;
        rows.retain(|row| {
            row["bookingId"]
                .as_str()
                .is_some_and(|chain| chain.starts_with("refused#"))
        });
        let expected = path.refused + usize::from(self.raced);
        assert_eq!(rows.len(), expected, "{}: {rows:#?}", path.when);
    }

    /// The kinds of frames the traveller saw; errors with their code, steps with their name.
    fn shown(&self, last: BookingId) -> Vec<String> {
        let frames = self.traveller.frames.iter();
        let own = frames.filter(|frame| {
            frame
                .booking_id
                .is_none_or(|booking| booking == self.booking || booking == last)
        });
        own.map(|frame| kind(&frame.body)).collect()
    }

    /// `actor action`, with `for X` where somebody acted in another's place.
    async fn audit(&self, booking: BookingId) -> Vec<String> {
        let rows = self
            .world
            .query("AuditLogTable", "bookingId", &booking.to_string())
            .await;
        rows.iter()
            .map(|row| {
                let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
                let (actor, action) = (text("actor"), text("action"));
                match row["onBehalfOf"].as_str() {
                    Some(other) => format!("{actor} {action} for {other}"),
                    None => format!("{actor} {action}"),
                }
            })
            .collect()
    }
}

/// Shown when a path fails: which booking to look for.
fn tracing_line(when: &str, booking: BookingId) {
    eprintln!("{when}: {booking}");
}

pub fn kind(body: &FrameBody) -> String {
    let json = serde_json::to_value(body).expect("a frame is JSON");
    let text = |name: &str| json[name].as_str().unwrap_or_default();
    match text("type") {
        "progress" => text("step").to_owned(),
        "error" | "failed" => format!("{} {}", text("type"), text("code")),
        other => other.to_owned(),
    }
}

pub fn listed(frame: &Frame) -> &[TripOption] {
    match &frame.body {
        FrameBody::Options { options, .. } => options,
        other => panic!("no options: {other:?}"),
    }
}

pub fn place(options: &Frame, compliant: bool) -> usize {
    listed(options)
        .iter()
        .position(|option| option.verdict.compliant == compliant)
        .expect("one such option")
}

/// Waits for the refusal of a command, and gives its code.
pub async fn refusal(person: &mut Person) -> ErrorCode {
    let frame = person.until(|body| matches!(body, FrameBody::Error { .. })).await;
    match frame.body {
        FrameBody::Error { code, .. } => code,
        other => panic!("no refusal: {other:?}"),
    }
}

pub fn is_step(name: &'static str) -> impl Fn(&FrameBody) -> bool {
    move |body| kind(body) == name
}

fn in_order(expected: &[&str], found: &[String], when: &str) {
    let mut rest = found.iter();
    for wanted in expected {
        assert!(
            rest.any(|one| one == wanted),
            "{when}: no {wanted:?} in its place of {expected:?}; there is {found:?}"
        );
    }
}
