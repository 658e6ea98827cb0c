use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ConnectionId, EmployeeId};
use crate::person::Role;

/// One open WebSocket. Table Connections, key (employeeId, connectionId); owned by `gateway`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionRow {
    pub employee_id: EmployeeId,
    pub connection_id: ConnectionId,
    pub roles: Vec<Role>,
    pub connected_at: Timestamp,
    /// Epoch seconds: API Gateway ends every connection after two hours.
    pub ttl: i64,
    /// Epoch seconds at which `progress` noted that the connection has missed a frame: it is given no more, and closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind_since: Option<i64>,
}
