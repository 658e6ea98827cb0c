//! Reading a definition's JSON: every field is known or refused, every name leads somewhere, every expression
//! compiles. Errors name the state and the reason.

mod fields;
mod flow;
mod recovery;
mod state;

use serde_json::Value;

use super::definition::{Definition, DefinitionError};
use fields::Fields;

/// The longest time a machine or state may be given, in seconds.
pub(super) const MAX_SECONDS: u64 = 99_999_999;

/// Reads and checks a whole state machine.
pub fn definition(text: &str) -> Result<Definition, DefinitionError> {
    let outside = |reason: String| DefinitionError { state: None, reason };
    let value: Value = serde_json::from_str(text).map_err(|error| outside(format!("not JSON: {error}")))?;
    let mut fields = Fields::of(&value).map_err(outside)?;
    let timeout_s = machine_fields(&mut fields).map_err(outside)?;
    let mut names = flow::Names::default();
    let flow = flow::read(&mut fields, &mut names)?;
    fields.finish().map_err(outside)?;
    Ok(Definition { flow, timeout_s })
}

fn machine_fields(fields: &mut Fields<'_>) -> Result<Option<u64>, String> {
    match fields.text("QueryLanguage")? {
        Some("JSONata") => {}
        Some(other) => {
            return Err(format!(
                "QueryLanguage `{other}` is not offered by the local cloud, only JSONata"
            ));
        }
        None => return Err("QueryLanguage must be `JSONata`; without it AWS reads JSONPath".into()),
    }
    if let Some(version) = fields.text("Version")?
        && version != "1.0"
    {
        return Err(format!("Version `{version}` is unknown, only 1.0"));
    }
    fields.text("Comment")?;
    match fields.whole_number("TimeoutSeconds")? {
        Some(0) => Err("TimeoutSeconds must be positive".into()),
        Some(seconds) if seconds > MAX_SECONDS => Err(format!("TimeoutSeconds is over {MAX_SECONDS}")),
        seconds => Ok(seconds),
    }
}
