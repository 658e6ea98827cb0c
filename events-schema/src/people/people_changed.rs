use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::AggregateType;
use crate::event::{Event, Fate, Producer};
use crate::ids::EmployeeId;
use crate::samples;

/// The directory of people changed: by a single edit or by an import, of which all or nothing happened. Ids and names
/// of fields only; what a field holds is in People.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeopleChanged {
    pub by: EmployeeId,
    pub added: Vec<EmployeeId>,
    pub changed: Vec<PersonChanged>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonChanged {
    pub employee: EmployeeId,
    /// As in the columns of the import: `level`, `approvers`, `delegate`.
    pub fields: Vec<String>,
}

impl Event for PeopleChanged {
    const NAME: &'static str = "PeopleChanged";
    const PRODUCER: Producer = Producer::People;
    const AGGREGATE: AggregateType = AggregateType::Directory;
    const FATE: Fate = Fate::Reacted;

    fn example() -> Self {
        Self {
            by: samples::approver(),
            added: vec![EmployeeId::new("sample-traveller-2")],
            changed: vec![PersonChanged {
                employee: samples::employee(),
                fields: vec!["level".into(), "delegate".into()],
            }],
        }
    }
}
