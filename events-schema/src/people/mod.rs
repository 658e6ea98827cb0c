//! Who works here and what may be spent: kept by travel managers.

mod budget_set;
mod people_changed;
mod person_erased;

pub use budget_set::BudgetSet;
pub use people_changed::{PeopleChanged, PersonChanged};
pub use person_erased::PersonErased;
