use serde::{Deserialize, Serialize};

use crate::ids::{EmployeeId, TextRef};

/// Words of a person, or an answer made for one: erasable, referred to by events. Table PrivateText, key ref.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TextRow {
    #[serde(rename = "ref")]
    pub text_ref: TextRef,
    pub employee_id: EmployeeId,
    pub text: String,
}
