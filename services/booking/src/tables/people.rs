//! People: who approves for whom. Read only.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use events_schema::ids::EmployeeId;
use events_schema::rows::PersonRow;

use super::TableError;

#[derive(Clone)]
pub struct People {
    dynamo: Client,
    table: String,
}

impl People {
    pub fn new(dynamo: Client, table: String) -> Self {
        Self { dynamo, table }
    }

    pub async fn read(&self, employee: &EmployeeId) -> Result<PersonRow, TableError> {
        let item = self
            .dynamo
            .get_item()
            .table_name(&self.table)
            .key("employeeId", AttributeValue::S(employee.to_string()))
            .send()
            .await
            .map_err(|error| TableError::call(&self.table, error))?
            .item
            .ok_or_else(|| TableError::Missing {
                table: self.table.clone(),
                row: employee.to_string(),
            })?;
        serde_dynamo::from_item(item).map_err(TableError::row(&self.table))
    }
}
