//! What all rules together say of one option.

use std::collections::BTreeSet;

use events_schema::approval::{ApprovalLevel, ApprovalReason, RuleTrace, RuleVerdict, Silence, Verdict};
use events_schema::ids::{ClauseId, RuleId};
use events_schema::rows::{ExceptionKind, OverageBand, Rule, RuleKind};
use rust_decimal::Decimal;

use crate::judge::{Finding, Traveller, cabin, judge};
use crate::leg::{Content, Leg};
use crate::policy::PinnedPolicy;

/// The name under which the strict defaults appear among the rules.
pub const STRICT_DEFAULTS: &str = "strict-defaults";

/// What each rule found about one leg, in the order of the rules' ids.
#[derive(Clone, Debug)]
pub struct LegFindings {
    by_rule: Vec<Option<Finding>>,
    strict_cabin: Option<Finding>,
}

impl LegFindings {
    pub fn of(policy: &PinnedPolicy, traveller: Traveller, leg: &Leg, market: &[Leg]) -> Self {
        let by_rule = policy
            .rules
            .iter()
            .map(|rule| judge(policy, rule, traveller, leg, market));
        let strict_cabin = match &leg.content {
            Content::Flight(flight) if policy.silent => {
                Some(cabin(flight.cabin, policy.strict.highest_cabin, &[]))
            }
            _ => None,
        };
        Self {
            by_rule: by_rule.collect(),
            strict_cabin,
        }
    }

    /// Whose limits the leg exceeds, as positions among the policy's rules.
    pub fn exceeded(&self) -> impl Iterator<Item = usize> {
        let exceeds = |finding: &Option<Finding>| {
            finding
                .as_ref()
                .is_some_and(|finding| finding.verdict == RuleVerdict::Exceeded)
        };
        (0..)
            .zip(&self.by_rule)
            .filter(move |(_, finding)| exceeds(finding))
            .map(|(position, _)| position)
    }

    /// The rules that forbid the leg, and what they found.
    pub fn forbidden<'a>(&'a self, policy: &'a PinnedPolicy) -> Vec<(RuleId, ClauseId, &'a Finding)> {
        let rules = policy.rules.iter().zip(&self.by_rule);
        let of_rules = rules
            .filter_map(|(rule, finding)| Some((rule.id.clone(), rule.clause.clone(), finding.as_ref()?)));
        let strict = self.strict_cabin.as_ref();
        let of_strict = strict.map(|finding| {
            (
                RuleId::new(STRICT_DEFAULTS),
                policy.strict.clause.clone(),
                finding,
            )
        });
        of_rules
            .chain(of_strict)
            .filter(|(_, _, finding)| finding.verdict == RuleVerdict::Forbidden)
            .collect()
    }
}

/// Joins what was found about an option's legs.
pub fn verdict(policy: &PinnedPolicy, legs: &[&LegFindings]) -> Verdict {
    let mut traces = Vec::new();
    let mut reasons = Vec::new();
    for (position, rule) in policy.rules.iter().enumerate() {
        let findings: Vec<&Finding> = legs
            .iter()
            .filter_map(|leg| leg.by_rule.get(position)?.as_ref())
            .collect();
        if findings.is_empty() && !is_procedure(&rule.kind) {
            traces.push(not_applicable(policy, rule));
        }
        for finding in findings {
            traces.push(trace(policy, &rule.id, &rule.clause, finding));
            if finding.verdict == RuleVerdict::Exceeded {
                reasons.extend(reasons_of(policy, rule, finding));
            }
        }
    }
    traces.extend(overage_traces(policy, legs));
    if policy.silent {
        let (trace, asked) = strict_defaults(policy);
        traces.push(trace);
        reasons.extend(asked);
    }
    let approvals: BTreeSet<ApprovalLevel> = reasons.iter().map(|reason| reason.level).collect();
    let (approval_sla_hours, silence) = sla(policy);
    let broken = |trace: &RuleTrace| matches!(trace.verdict, RuleVerdict::Exceeded | RuleVerdict::Forbidden);
    Verdict {
        compliant: !traces.iter().any(broken),
        traces,
        approvals: approvals.into_iter().collect(),
        reasons,
        approval_sla_hours,
        silence,
    }
}

/// Says how exceptions are handled, and is never exceeded itself.
fn is_procedure(kind: &RuleKind) -> bool {
    matches!(
        kind,
        RuleKind::ApprovalByOverage { .. } | RuleKind::ApproverSla { .. } | RuleKind::ReasonCodes { .. }
    )
}

fn trace(policy: &PinnedPolicy, rule: &RuleId, clause: &ClauseId, finding: &Finding) -> RuleTrace {
    RuleTrace {
        rule: rule.clone(),
        clause: clause.clone(),
        quote: policy.quote(clause),
        observed: finding.observed.clone(),
        limit: finding.limit.clone(),
        verdict: finding.verdict,
        over: finding.over,
    }
}

fn not_applicable(policy: &PinnedPolicy, rule: &Rule) -> RuleTrace {
    RuleTrace {
        rule: rule.id.clone(),
        clause: rule.clause.clone(),
        quote: policy.quote(&rule.clause),
        observed: "-".into(),
        limit: "-".into(),
        verdict: RuleVerdict::NotApplicable,
        over: None,
    }
}

/// One for each level that is asked, all citing the rule that was exceeded.
fn reasons_of(policy: &PinnedPolicy, rule: &Rule, finding: &Finding) -> Vec<ApprovalReason> {
    let levels = match finding.over_percent {
        Some(percent) => levels_for(policy, percent),
        None => finding.approvals.iter().copied().collect(),
    };
    let sentence = match code(policy, finding.exception) {
        Some(code) => format!("{} (reason code {code})", finding.sentence),
        None => finding.sentence.clone(),
    };
    let reason = |level| ApprovalReason {
        rule: rule.id.clone(),
        clause: rule.clause.clone(),
        level,
        reason: sentence.clone(),
    };
    levels.into_iter().map(reason).collect()
}

/// Of several band rules, all are asked; without one, the strict defaults' approvers are.
fn levels_for(policy: &PinnedPolicy, percent: Decimal) -> BTreeSet<ApprovalLevel> {
    let mut levels = BTreeSet::new();
    for rule in &policy.rules {
        if let RuleKind::ApprovalByOverage { bands } = &rule.kind {
            levels.extend(
                band_for(bands, percent)
                    .into_iter()
                    .flat_map(|band| band.approvals.iter().copied()),
            );
        }
    }
    if levels.is_empty() {
        levels.extend(policy.strict.approvals.iter().copied());
    }
    levels
}

fn band_for(bands: &[OverageBand], percent: Decimal) -> Option<&OverageBand> {
    let holds = |band: &&OverageBand| {
        band.up_to_percent
            .is_none_or(|up_to| percent <= Decimal::from(up_to))
    };
    bands
        .iter()
        .filter(holds)
        .min_by_key(|band| band.up_to_percent.unwrap_or(u32::MAX))
}

/// Who is asked about an amount above a cap is a clause's doing too, and is quoted.
fn overage_traces(policy: &PinnedPolicy, legs: &[&LegFindings]) -> Vec<RuleTrace> {
    let overages = legs.iter().flat_map(|leg| leg.by_rule.iter().flatten());
    let Some(largest) = overages.filter_map(|finding| finding.over_percent).max() else {
        return Vec::new();
    };
    let bands = policy.rules.iter().filter_map(|rule| match &rule.kind {
        RuleKind::ApprovalByOverage { bands } => Some((rule, band_for(bands, largest)?)),
        _ => None,
    });
    bands
        .map(|(rule, band)| RuleTrace {
            rule: rule.id.clone(),
            clause: rule.clause.clone(),
            quote: policy.quote(&rule.clause),
            observed: format!("{} percent over a cap", largest.round_dp(1).normalize()),
            limit: band.up_to_percent.map_or("above all bands".into(), |percent| {
                format!("up to {percent} percent")
            }),
            verdict: RuleVerdict::Exceeded,
            over: None,
        })
        .collect()
}

fn strict_defaults(policy: &PinnedPolicy) -> (RuleTrace, Vec<ApprovalReason>) {
    let (rule, clause) = (RuleId::new(STRICT_DEFAULTS), policy.strict.clause.clone());
    let trace = RuleTrace {
        rule: rule.clone(),
        clause: clause.clone(),
        quote: policy.quote(&clause),
        observed: "no clause speaks about this trip".into(),
        limit: "approval of any trip".into(),
        verdict: RuleVerdict::Exceeded,
        over: None,
    };
    let reason = |level: &ApprovalLevel| ApprovalReason {
        rule: rule.clone(),
        clause: clause.clone(),
        level: *level,
        reason: "The policy is silent about this trip, so the strict defaults apply".into(),
    };
    (trace, policy.strict.approvals.iter().map(reason).collect())
}

fn code(policy: &PinnedPolicy, exception: ExceptionKind) -> Option<&str> {
    policy.rules.iter().find_map(|rule| match &rule.kind {
        RuleKind::ReasonCodes { codes } => codes.get(&exception).map(String::as_str),
        _ => None,
    })
}

/// Of several rules the shortest time and the harder silence hold. Where the policy is silent about the trip the strict
/// defaults are one of them: else a soft deadline, written for trips it speaks of, would allow one by nobody's answer.
fn sla(policy: &PinnedPolicy) -> (u32, Silence) {
    let strict = (policy.strict.sla_hours, policy.strict.silence);
    let rules = policy.rules.iter().filter_map(|rule| match rule.kind {
        RuleKind::ApproverSla { hours, silence } => Some((hours, silence)),
        _ => None,
    });
    let all = rules.chain(policy.silent.then_some(strict));
    let joined = all.reduce(|(hours, silence), (other_hours, other)| {
        let declines = silence == Silence::Declines || other == Silence::Declines;
        let silence = if declines {
            Silence::Declines
        } else {
            Silence::Approves
        };
        (hours.min(other_hours), silence)
    });
    joined.unwrap_or(strict)
}
