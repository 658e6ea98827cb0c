//! Every kind of adapter, under the name that `SUPPLIERS` has for it. A new adapter is a folder beside this file and a
//! line here.

use std::sync::Arc;

use lambda_host::Runtime;

use crate::port::Supplier;
use crate::registry::{Entry, RegistryError};
use crate::{duffel, sample_api, sample_web};

/// Makes a supplier from its entry in `SUPPLIERS`. `runtime.http` is limited to what the entry allows at once.
pub type Make = fn(&Entry, &Runtime) -> Result<Arc<dyn Supplier>, RegistryError>;

pub const KINDS: &[(&str, Make)] = &[
    ("duffel", duffel::make),
    ("sample-api", sample_api::make),
    ("sample-web", sample_web::make),
];
