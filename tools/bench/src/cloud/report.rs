//! Medians, spreads and ratios, as a table or as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::work::Work;
use crate::rounds::Spread;
use crate::{BenchError, table};

const OURS: &str = "local cloud";
const THEIRS: &str = "ministack";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// A second: more is better.
    Rate(Work),
    /// Seconds from the process's start to its first answer: less is better.
    StartUp,
    /// MB resident, some seconds after the start: less is better.
    Memory,
}

impl Measured {
    fn name(self) -> &'static str {
        match self {
            Self::Rate(work) => work.name(),
            Self::StartUp => "start to first answer, s",
            Self::Memory => "resident when idle, MB",
        }
    }

    fn number(self, value: f64) -> String {
        match self {
            Self::Rate(_) => format!("{value:.0}"),
            Self::StartUp => format!("{value:.3}"),
            Self::Memory => format!("{value:.1}"),
        }
    }

    /// How many times better ours is.
    fn ratio(self, ours: f64, theirs: f64) -> f64 {
        match self {
            Self::Rate(_) => ours / theirs,
            Self::StartUp | Self::Memory => theirs / ours,
        }
    }
}

pub struct Report {
    connections: usize,
    size: usize,
    skipped: Option<String>,
    values: BTreeMap<(Measured, &'static str), Vec<f64>>,
}

impl Report {
    /// `skipped`: why ministack was not measured.
    pub fn new(connections: usize, size: usize, skipped: Option<String>) -> Self {
        Self {
            connections,
            size,
            skipped,
            values: BTreeMap::new(),
        }
    }

    pub fn add(&mut self, cloud: &'static str, what: Measured, value: f64) {
        self.values.entry((what, cloud)).or_default().push(value);
    }

    #[allow(clippy::print_stdout, reason = "the benchmark's answer")]
    pub fn print(&self, json: bool) -> Result<(), BenchError> {
        if json {
            println!("{}", self.json());
            return Ok(());
        }
        println!(
            "{} connections, {} a round; median (lowest to highest) of the rounds\n",
            self.connections, self.size
        );
        table::lines(&self.rows())
            .iter()
            .for_each(|line| println!("{line}"));
        Ok(())
    }

    fn spreads(&self) -> impl Iterator<Item = (Measured, &'static str, Spread)> + '_ {
        let spread = |((what, cloud), values): (&(Measured, &'static str), &Vec<f64>)| {
            Some((*what, *cloud, Spread::of(values)?))
        };
        self.values.iter().filter_map(spread)
    }

    fn ratio(&self, what: Measured) -> Option<f64> {
        let median = |cloud| Some(Spread::of(self.values.get(&(what, cloud))?)?.median);
        Some(what.ratio(median(OURS)?, median(THEIRS)?))
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let head = ["", "", "median", "lowest", "highest", "ours is better by"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for (what, cloud, spread) in self.spreads() {
            let ratio = self.ratio(what).filter(|_| cloud == OURS);
            rows.push(vec![
                what.name().to_owned(),
                cloud.to_owned(),
                what.number(spread.median),
                what.number(spread.min),
                what.number(spread.max),
                ratio.map(|ratio| format!("{ratio:.1} times")).unwrap_or_default(),
            ]);
        }
        rows
    }

    fn json(&self) -> Value {
        let measured: Vec<_> = self
            .spreads()
            .map(|(what, cloud, spread)| {
                json!({ "what": what.name(), "cloud": cloud, "spread": spread,
                        "ratio": self.ratio(what).filter(|_| cloud == OURS) })
            })
            .collect();
        json!({ "connections": self.connections, "size": self.size, "skipped": self.skipped, "measured": measured })
    }
}
