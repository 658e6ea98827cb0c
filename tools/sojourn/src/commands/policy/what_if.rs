//! `policy what-if NEW`: past bookings judged by another policy. Reads only: no table, no bus, no supplier is written to
//! or asked.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::Path;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use compliance::decide::Traveller;
use compliance::policy::PinnedPolicy;
use compliance::rejudge::{Flip, Standing, flips, judge_offers};
use events_schema::gateway::{BookingRequested, OptionSelected};
use events_schema::ids::{BookingId, PolicyVersion, RuleId};
use events_schema::money::Money;
use events_schema::option::TripOption;
use events_schema::rows::{OfferRow, OptionRow};
use events_schema::trip::Offer;
use jiff::tz::TimeZone;
use lambda_host::history::{History, newest};
use rust_decimal::Decimal;

use super::check::pinned;
use super::desk::{Desk, Version, from_file};
use crate::commands::CommandError;
use crate::commands::events::table;
use lambda_host::counted::counted;

struct Past {
    dynamo: Client,
    history: History,
    options: String,
    offers: String,
}

/// One booking under both policies.
struct Rejudged {
    booking: BookingId,
    total: Money,
    before: Standing,
    after: Standing,
    flips: Vec<Flip>,
}

/// What came of one booking.
enum Judged {
    Again(Rejudged),
    NothingChosen,
    /// Amounts are in a currency that the new policy has no rate for.
    NoRate,
}

/// How many were not judged.
#[derive(Default)]
struct LeftOut {
    nothing_chosen: usize,
    no_rate: usize,
}

pub(super) async fn what_if(out: &mut impl Write, desk: &Desk, new: &str) -> Result<(), CommandError> {
    let version = if Path::new(new).is_file() {
        let active = desk.active_rules().await?;
        from_file(Path::new(new), active.as_ref())?
    } else {
        desk.version(Some(&PolicyVersion::new(new))).await?
    };
    let past = Past::of(desk).await?;
    let bookings = past.bookings().await?;
    let policy = draft(&version)?;
    let (mut judged, mut left_out) = (Vec::new(), LeftOut::default());
    for (done, booking) in bookings.iter().enumerate() {
        progress(done, bookings.len());
        match past.rejudge(*booking, &policy).await? {
            Judged::Again(rejudged) => judged.push(rejudged),
            Judged::NothingChosen => left_out.nothing_chosen += 1,
            Judged::NoRate => left_out.no_rate += 1,
        }
    }
    progress(bookings.len(), bookings.len());
    print(out, &version.name, &judged, &left_out)
}

fn draft(version: &Version) -> Result<PinnedPolicy, CommandError> {
    let rules = version
        .rules
        .clone()
        .ok_or_else(|| format!("{} has no typed rules to judge by", version.name))?;
    Ok(pinned(version, rules))
}

/// On a terminal only: a bar in a file would be noise.
fn progress(done: usize, all: usize) {
    const WIDTH: usize = 30;
    let mut err = std::io::stderr();
    if !err.is_terminal() || all == 0 {
        return;
    }
    let filled = WIDTH * done / all;
    // Losing the bar loses nothing.
    let _ = write!(
        err,
        "\r[{}{}] {done}/{all}",
        "#".repeat(filled),
        "-".repeat(WIDTH - filled)
    );
    if done == all {
        let _ = writeln!(err);
    }
}

impl Past {
    async fn of(desk: &Desk) -> Result<Self, CommandError> {
        let dynamo = Client::new(&desk.aws);
        Ok(Self {
            history: History::new(dynamo.clone(), desk.runtime.setting("JOURNAL_TABLE")?),
            options: table(&dynamo, "OptionsTable").await?,
            offers: table(&dynamo, "OffersTable").await?,
            dynamo,
        })
    }

    /// All that ever had options, in the order of their ids.
    async fn bookings(&self) -> Result<Vec<BookingId>, CommandError> {
        let mut rows = self
            .dynamo
            .scan()
            .table_name(&self.options)
            .projection_expression("bookingId")
            .into_paginator()
            .items()
            .send();
        let mut bookings = std::collections::BTreeSet::new();
        while let Some(row) = rows.next().await {
            if let Some(AttributeValue::S(id)) = row?.remove("bookingId") {
                bookings.insert(id.parse()?);
            }
        }
        Ok(bookings.into_iter().collect())
    }

    async fn rejudge(&self, booking: BookingId, policy: &PinnedPolicy) -> Result<Judged, CommandError> {
        let rows = self.history.all(&booking.into()).await?;
        let (requested, selected) = (
            newest::<BookingRequested>(&rows)?,
            newest::<OptionSelected>(&rows)?,
        );
        let (Some(requested), Some(selected)) = (requested, selected) else {
            return Ok(Judged::NothingChosen);
        };
        let answer = self
            .dynamo
            .get_item()
            .table_name(&self.options)
            .key("bookingId", AttributeValue::S(booking.to_string()))
            .key("optionId", AttributeValue::S(selected.data.option.to_string()))
            .send()
            .await?;
        let Some(option) = answer
            .item
            .map(serde_dynamo::from_item::<_, OptionRow>)
            .transpose()?
        else {
            return Ok(Judged::NothingChosen);
        };
        let profile = &requested.data.traveller;
        let zone = TimeZone::get(&profile.zone).unwrap_or(TimeZone::UTC);
        let traveller = Traveller {
            level: profile.level,
            requested_on: requested.meta.occurred_at.to_zoned(zone).date(),
        };
        let TripOption {
            legs, total, verdict, ..
        } = option.option;
        let after = judge_offers(policy, traveller, &legs, &self.market(booking).await?);
        Ok(after.map_or(Judged::NoRate, |after| {
            Judged::Again(Rejudged {
                booking,
                total,
                before: Standing::of(&verdict),
                after: Standing::of(&after),
                flips: flips(&verdict, &after),
            })
        }))
    }

    /// What else could be had then.
    async fn market(&self, booking: BookingId) -> Result<Vec<Offer>, CommandError> {
        let mut rows = self
            .dynamo
            .query()
            .table_name(&self.offers)
            .key_condition_expression("bookingId = :booking")
            .expression_attribute_values(":booking", AttributeValue::S(booking.to_string()))
            .into_paginator()
            .items()
            .send();
        let mut offers = Vec::new();
        while let Some(row) = rows.next().await {
            offers.push(serde_dynamo::from_item::<_, OfferRow>(row?)?.offer);
        }
        Ok(offers)
    }
}

fn print(
    out: &mut impl Write,
    policy: &PolicyVersion,
    judged: &[Rejudged],
    left_out: &LeftOut,
) -> Result<(), CommandError> {
    let mut by_rule: BTreeMap<(bool, RuleId), (usize, Money)> = BTreeMap::new();
    let mut changed = 0;
    for booking in judged.iter().filter(|booking| !booking.flips.is_empty()) {
        changed += 1;
        writeln!(
            out,
            "{}  {}  {} → {}",
            booking.booking,
            booking.total,
            booking.before.name(),
            booking.after.name()
        )?;
        for flip in &booking.flips {
            let direction = if flip.newly_broken {
                "newly broken"
            } else {
                "no longer broken"
            };
            let over = flip
                .over()
                .map(|over| format!(", {over} over"))
                .unwrap_or_default();
            let trace = &flip.trace;
            writeln!(
                out,
                "    {} (clause {}) {direction}: {} against {}{over}",
                flip.rule, trace.clause, trace.observed, trace.limit
            )?;
            let none = Money::new(Decimal::ZERO, booking.total.currency);
            let sum = by_rule.entry((!flip.newly_broken, flip.rule.clone())).or_insert((
                0,
                flip.over()
                    .map_or(none, |over| Money::new(Decimal::ZERO, over.currency)),
            ));
            sum.0 += 1;
            if let Some(over) = flip.over().filter(|over| over.currency == sum.1.currency) {
                sum.1.amount += over.amount;
            }
        }
    }
    writeln!(
        out,
        "\n{} judged by {policy}: {changed} change, {} stay as they were; {} without a choice to judge.",
        counted(judged.len(), "booking", "bookings"),
        judged.len() - changed,
        left_out.nothing_chosen
    )?;
    if left_out.no_rate > 0 {
        writeln!(
            out,
            "{} not judged: {policy} has no rate for what it costs.",
            counted(left_out.no_rate, "booking is", "bookings are")
        )?;
    }
    for ((loosened, rule), (times, over)) in by_rule {
        let direction = if loosened {
            "no longer broken"
        } else {
            "newly broken"
        };
        writeln!(
            out,
            "  {rule}: {direction} {times}×, {over} over its limit in all"
        )?;
    }
    Ok(())
}
