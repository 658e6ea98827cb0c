//! Who is asked, in which order.

use events_schema::approval::ApprovalLevel;
use events_schema::ids::EmployeeId;
use events_schema::rows::PersonRow;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    pub level: ApprovalLevel,
    pub employee: EmployeeId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "nobody is set to give {0:?} approval; a travel manager can set an approver and you can then ask again"
)]
pub struct NoApprover(pub ApprovalLevel);

/// Resolves levels to people. Nobody approves a trip they are on: where whoever asked or one of `passengers` would, the
/// next in the chain does. Nobody is asked twice.
pub fn approvers(
    levels: &[ApprovalLevel],
    traveller: &PersonRow,
    passengers: &[EmployeeId],
) -> Result<Vec<Approver>, NoApprover> {
    let travels = |id: &EmployeeId| *id == traveller.employee_id || passengers.contains(id);
    let others: Vec<&EmployeeId> = traveller
        .approver_chain
        .iter()
        .filter(|id| !travels(id))
        .collect();
    let mut asked: Vec<Approver> = Vec::new();
    for level in levels {
        let employee = match level {
            ApprovalLevel::L1 => others.first().copied(),
            ApprovalLevel::L2 => others.get(1).copied(),
            ApprovalLevel::Finance => traveller.finance_approver.as_ref().filter(|id| !travels(id)),
        };
        let employee = employee.ok_or(NoApprover(*level))?.clone();
        if !asked.iter().any(|before| before.employee == employee) {
            asked.push(Approver {
                level: *level,
                employee,
            });
        }
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ApprovalLevel::{Finance, L1, L2};
    use events_schema::person::{EmployeeLevel, Role};
    use events_schema::samples;

    fn traveller(chain: &[&str], finance: Option<&str>) -> PersonRow {
        PersonRow {
            employee_id: samples::employee(),
            name: "Sample Traveller".into(),
            roles: vec![Role::Traveller],
            level: EmployeeLevel::L2,
            approver_chain: chain.iter().map(|id| EmployeeId::new(*id)).collect(),
            finance_approver: finance.map(EmployeeId::new),
            delegate: None,
            away_from: None,
            away_until: None,
            cost_centre: samples::cost_centre(),
            zone: "Europe/Berlin".into(),
            locale: "en-GB".into(),
        }
    }

    /// Levels, approver chain, finance approver; who is asked.
    type Case<'a> = (
        &'a [ApprovalLevel],
        &'a [&'a str],
        Option<&'a str>,
        Result<&'a [&'a str], NoApprover>,
    );

    #[test]
    fn levels_become_people_in_order() {
        let own = samples::employee();
        let cases: &[Case] = &[
            (&[], &[], None, Ok(&[])),
            (&[L1], &["boss"], None, Ok(&["boss"])),
            (
                &[L1, L2, Finance],
                &["boss", "chief"],
                Some("cfo"),
                Ok(&["boss", "chief", "cfo"]),
            ),
            // Their own trip: the next in the chain.
            (&[L1], &[own.as_str(), "chief"], None, Ok(&["chief"])),
            // One person in two parts is asked once.
            (&[L1, Finance], &["boss"], Some("boss"), Ok(&["boss"])),
            (&[L1, L2], &["boss"], None, Err(NoApprover(L2))),
            (
                &[Finance],
                &["boss"],
                Some(own.as_str()),
                Err(NoApprover(Finance)),
            ),
        ];
        for (levels, chain, finance, expected) in cases {
            let found = approvers(levels, &traveller(chain, *finance), &[]);
            let ids = found.map(|list| {
                list.into_iter()
                    .map(|a| a.employee.to_string())
                    .collect::<Vec<_>>()
            });
            assert_eq!(
                ids,
                expected.map(|ids| ids.iter().map(|id| id.to_string()).collect()),
                "{levels:?}"
            );
        }
    }

    #[test]
    fn whoever_travels_along_is_not_asked() {
        let along = [EmployeeId::new("boss"), EmployeeId::new("cfo")];
        let cases: &[Case] = &[
            (&[L1], &["boss", "chief"], None, Ok(&["chief"])),
            (&[L1], &["boss"], None, Err(NoApprover(L1))),
            (&[L1, L2], &["boss", "chief"], None, Err(NoApprover(L2))),
            (&[Finance], &["chief"], Some("cfo"), Err(NoApprover(Finance))),
            (&[L1, Finance], &["chief"], Some("other"), Ok(&["chief", "other"])),
        ];
        for (levels, chain, finance, expected) in cases {
            let found = approvers(levels, &traveller(chain, *finance), &along);
            let ids = found.map(|list| list.into_iter().map(|a| a.employee.to_string()).collect());
            let expected = expected.map(|ids| ids.iter().map(|id| id.to_string()).collect::<Vec<_>>());
            assert_eq!(ids, expected, "{levels:?} {chain:?}");
        }
    }
}
