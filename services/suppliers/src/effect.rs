//! Whether a request that got no clear answer may have changed something at the supplier.

use crate::error::SupplierError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    None,
    Buys,
}

impl Effect {
    /// No answer, or none that says what happened: only for a purchase does it matter that something may have.
    pub fn lost(self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> SupplierError {
        match self {
            Self::None => SupplierError::unavailable(source),
            Self::Buys => SupplierError::unknown(source),
        }
    }
}
