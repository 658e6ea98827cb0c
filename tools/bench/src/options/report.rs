//! What all requests together came to, for a terminal.

use std::time::Duration;

use rust_decimal::Decimal;

use crate::table;

/// One request.
pub struct Searched {
    /// From asking the suppliers to their last answer.
    pub took: Duration,
    pub outcome: Outcome,
}

pub enum Outcome {
    Options(Box<Beside>),
    /// Nothing fits: the plan goes back with what is in the way.
    Rejected {
        possible: usize,
        because: Vec<String>,
    },
    /// Suppliers have nothing; so many alternatives were suggested.
    NoOffers {
        alternatives: usize,
    },
}

/// The options of one request beside every combination.
pub struct Beside {
    pub options: usize,
    pub possible: usize,
    /// Every option was judged as brute force judges it.
    pub same_verdict: bool,
    /// By brute force, and as shown.
    pub lowest_within_policy: (Option<Decimal>, Option<Decimal>),
    pub lowest: Option<Decimal>,
    pub shown_lowest: Option<Decimal>,
    /// Options that some combination beats.
    pub beaten: usize,
    pub flights: usize,
    pub flights_possible: usize,
    pub with_reason: usize,
}

impl Beside {
    /// Where nothing is within policy, the lowest of all counts.
    fn found_the_lowest(&self) -> bool {
        match self.lowest_within_policy {
            (None, None) => self.lowest == self.shown_lowest,
            (by_force, shown) => by_force == shown,
        }
    }

    /// In words, for whoever looks for the trip behind a figure.
    fn shortcomings(&self) -> String {
        let amount = |total: Option<Decimal>| total.map_or_else(|| "none".into(), |total| total.to_string());
        let within = self.lowest_within_policy;
        let wrong = [
            (!self.found_the_lowest()).then(|| {
                format!(
                    "lowest within policy {}, shown {}; lowest {}, shown {}",
                    amount(within.0),
                    amount(within.1),
                    amount(self.lowest),
                    amount(self.shown_lowest)
                )
            }),
            (!self.same_verdict).then(|| "a verdict is not as by brute force".to_owned()),
            (self.beaten > 0).then(|| format!("{} beaten by another way", self.beaten)),
        ];
        wrong
            .into_iter()
            .flatten()
            .map(|text| format!("; {text}"))
            .collect()
    }
}

impl Outcome {
    pub fn in_words(&self) -> String {
        match self {
            Self::Options(beside) => format!(
                "{} options of {} ways, {} flights of {}{}",
                beside.options,
                beside.possible,
                beside.flights,
                beside.flights_possible,
                beside.shortcomings()
            ),
            Self::Rejected { possible, because } => {
                format!("nothing fits ({possible} ways): {}", because.join(", "))
            }
            Self::NoOffers { alternatives } => format!("no offers, {alternatives} alternatives"),
        }
    }
}

pub struct Report {
    seed: u64,
    searched: Vec<Searched>,
}

impl Report {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            searched: Vec::new(),
        }
    }

    pub fn add(&mut self, searched: Searched) {
        self.searched.push(searched);
    }

    pub fn text(&self) -> String {
        let total = self.searched.len();
        let shown: Vec<&Beside> = self
            .searched
            .iter()
            .filter_map(|one| match &one.outcome {
                Outcome::Options(beside) => Some(beside.as_ref()),
                Outcome::Rejected { .. } | Outcome::NoOffers { .. } => None,
            })
            .collect();
        let count = |holds: &dyn Fn(&Beside) -> bool| shown.iter().filter(|one| holds(one)).count();
        let options: usize = shown.iter().map(|one| one.options).sum();
        let three_possible = count(&|one| one.possible >= 3);
        let within = count(&|one| one.lowest_within_policy.0.is_some());
        let several_flights = count(&|one| one.flights_possible > 1 && one.options > 1);
        let of = |number: usize, all: usize| format!("{number} of {all}");
        let row = |what: &str, number: String| vec![what.to_owned(), number];
        let rows = vec![
            row("requests answered with options", of(shown.len(), total)),
            row("three or more options", of(count(&|one| one.options >= 3), total)),
            row(
                "three or more, where three ways exist",
                of(
                    count(&|one| one.options >= 3 && one.possible >= 3),
                    three_possible,
                ),
            ),
            row(
                "nothing fits the request: the plan goes back with reasons",
                self.rejected().to_string(),
            ),
            row(
                "  of which brute force found something",
                self.missed().to_string(),
            ),
            row("no offers at all: alternatives suggested", self.no_offers()),
            row(
                "lowest total found (within policy, where anything is)",
                of(count(&Beside::found_the_lowest), shown.len()),
            ),
            row(
                "an option within policy, where one exists",
                of(
                    count(&|one| matches!(one.lowest_within_policy, (Some(_), Some(_)))),
                    within,
                ),
            ),
            row(
                "every verdict as by brute force",
                of(count(&|one| one.same_verdict), shown.len()),
            ),
            row(
                "options dearer and no better than another way",
                of(shown.iter().map(|one| one.beaten).sum(), options),
            ),
            row(
                "more than one flight, where there is a choice",
                of(
                    count(&|one| one.flights > 1 && one.flights_possible > 1),
                    several_flights,
                ),
            ),
            row(
                "options with a reason in one sentence",
                of(shown.iter().map(|one| one.with_reason).sum(), options),
            ),
            row("search latency p50, ms", self.percentile(50)),
            row("search latency p95, ms", self.percentile(95)),
        ];
        let heading = format!(
            "{total} random requests, seed {}; {} ways to make these trips judged by brute force\n",
            self.seed,
            shown.iter().map(|one| one.possible).sum::<usize>()
        );
        format!("{heading}{}", table::lines(&rows).join("\n"))
    }

    fn rejected(&self) -> usize {
        let rejected = |one: &&Searched| matches!(one.outcome, Outcome::Rejected { .. });
        self.searched.iter().filter(rejected).count()
    }

    fn missed(&self) -> usize {
        let missed =
            |one: &&Searched| matches!(one.outcome, Outcome::Rejected { possible, .. } if possible > 0);
        self.searched.iter().filter(missed).count()
    }

    fn no_offers(&self) -> String {
        let all: Vec<usize> = self
            .searched
            .iter()
            .filter_map(|one| match one.outcome {
                Outcome::NoOffers { alternatives } => Some(alternatives),
                Outcome::Options(_) | Outcome::Rejected { .. } => None,
            })
            .collect();
        let some = all.iter().filter(|alternatives| **alternatives > 0).count();
        format!("{some} of {}", all.len())
    }

    fn percentile(&self, percent: usize) -> String {
        let mut took: Vec<Duration> = self.searched.iter().map(|one| one.took).collect();
        took.sort();
        let place = (took.len() * percent).div_ceil(100).saturating_sub(1);
        took.get(place).map_or_else(
            || "-".into(),
            |took| format!("{:.1}", took.as_secs_f64() * 1_000.0),
        )
    }
}
