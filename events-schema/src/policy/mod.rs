//! Documents becoming policies, and which policy a booking follows.

mod policy_activated;
mod policy_ingested;
mod policy_ingestion_failed;
mod policy_retrieved;

pub use policy_activated::PolicyActivated;
pub use policy_ingested::PolicyIngested;
pub use policy_ingestion_failed::PolicyIngestionFailed;
pub use policy_retrieved::PolicyRetrieved;
