//! Reading and writing the tables behind the tasks' backs.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use booking::tables::{Decisions, Intent, LegRow, Legs};
use events_schema::ids::ExecutionId;
use events_schema::samples;
use events_schema::state::BookingState;
use lambda_host::Live;
use lambda_host::head::BookingKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::desk::Desk;

pub type Item = HashMap<String, AttributeValue>;

impl Desk {
    fn dynamo(&self) -> Client {
        Client::new(&self.cloud.sdk_config("tests"))
    }

    pub async fn put(&self, table: &str, row: &impl Serialize, more: &[(&str, &str)]) {
        let mut item: Item = serde_dynamo::to_item(row).unwrap();
        item.extend(
            more.iter()
                .map(|(name, value)| (name.to_string(), AttributeValue::S(value.to_string()))),
        );
        self.put_item(table, item).await;
    }

    pub async fn put_item(&self, table: &str, item: Item) {
        let table = self.table(table);
        self.dynamo()
            .put_item()
            .table_name(table)
            .set_item(Some(item))
            .send()
            .await
            .unwrap();
    }

    pub async fn get<T: DeserializeOwned>(&self, table: &str, key: &[(&str, String)]) -> Option<T> {
        self.item(table, key)
            .await
            .map(|item| serde_dynamo::from_item(item).unwrap())
    }

    pub async fn item(&self, table: &str, key: &[(&str, String)]) -> Option<Item> {
        let key = key
            .iter()
            .map(|(name, value)| (name.to_string(), AttributeValue::S(value.clone())))
            .collect();
        let table = self.table(table);
        let answer = self
            .dynamo()
            .get_item()
            .table_name(table)
            .set_key(Some(key))
            .send()
            .await
            .unwrap();
        answer.item
    }

    pub async fn legs(&self) -> Vec<LegRow> {
        Legs::new(self.dynamo(), self.table("LEGS_TABLE"))
            .all(samples::booking())
            .await
            .unwrap()
    }

    /// The intent of a leg, as the execution that had the booking writes it.
    pub async fn intend(&self, row: LegRow) -> Intent {
        let key = BookingKey::new(samples::employee(), samples::booking());
        let mine = ExecutionId::new(crate::desk::MINE);
        let while_held = self
            .transitions
            .while_held(&key, &mine, &BookingState::ALL)
            .unwrap();
        let legs = Legs::new(self.dynamo(), self.table("LEGS_TABLE"));
        let live = Live::of(&Value::Null).expect("not replayed");
        legs.intend(&live, row, while_held).await.unwrap()
    }

    pub fn decisions(&self) -> Decisions {
        Decisions::new(self.dynamo(), self.table("DECISIONS_TABLE"))
    }

    /// By the setting that names it.
    fn table(&self, setting: &str) -> String {
        self.settings[setting].clone()
    }
}
