use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ConnectionId, EmployeeId};
use crate::person::Role;

/// One open WebSocket. Table Connections, key (employeeId, connectionId); owned by `gateway`.
///
/// `progress` adds `behindSince`, epoch seconds, to the row of a connection that has missed a frame: it is given no more,
/// and closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionRow {
    pub employee_id: EmployeeId,
    pub connection_id: ConnectionId,
    pub roles: Vec<Role>,
    pub connected_at: Timestamp,
    /// Epoch seconds: API Gateway ends every connection after two hours.
    pub ttl: i64,
}
