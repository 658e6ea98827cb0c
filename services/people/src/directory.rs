//! The table People: everybody, and how they are written.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use events_schema::ids::EmployeeId;
use events_schema::rows::PersonRow;
use events_schema::socket::PersonEntry;
use lambda_host::HandlerError;

use crate::decide::directory::Directory;

#[derive(Clone)]
pub struct People {
    dynamo: Client,
    table: String,
}

impl People {
    pub fn new(dynamo: Client, table: &str) -> Self {
        Self {
            dynamo,
            table: table.into(),
        }
    }

    /// Strongly consistent: what is checked against it must not be older than the directory's newest fact.
    pub async fn all(&self) -> Result<Directory, HandlerError> {
        let items = self
            .dynamo
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        let rows: Vec<PersonRow> = serde_dynamo::from_items(items)?;
        Ok(rows
            .into_iter()
            .map(|row| (row.employee_id.clone(), row))
            .collect())
    }

    pub fn delete(&self, employee: &EmployeeId) -> Result<TransactWriteItem, HandlerError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .key("employeeId", AttributeValue::S(employee.to_string()))
            .build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    pub fn put(&self, row: &PersonRow) -> Result<TransactWriteItem, HandlerError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(row)?))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// As travel managers see a person.
pub fn entry(row: PersonRow) -> PersonEntry {
    PersonEntry {
        employee_id: row.employee_id,
        name: row.name,
        roles: row.roles,
        level: row.level,
        approvers: row.approver_chain,
        finance_approver: row.finance_approver,
        delegate: row.delegate,
        away_from: row.away_from,
        away_until: row.away_until,
        cost_centre: row.cost_centre,
        zone: row.zone,
        locale: row.locale,
    }
}
