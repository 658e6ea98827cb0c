//! What a page says, as it says it to programs: its microdata. Pure.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;

/// A page that was read.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Document {
    pub url: String,
    /// The id of the page's body: which page it is, where the site says so.
    pub page: String,
    pub title: String,
    /// Those that are part of no other item, in the page's order.
    pub items: Vec<Item>,
}

/// Something the page speaks of, with its properties.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Item {
    /// The item's own id, else its element's.
    pub id: String,
    pub properties: BTreeMap<String, Vec<Value>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Text(String),
    Item(Item),
}

/// Something that a page was expected to say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it does not say {0}, or not in a way that can be read")]
pub struct NotThere(pub String);

impl Document {
    pub fn item(&self, id: &str) -> Result<&Item, NotThere> {
        self.items
            .iter()
            .find(|item| item.id == id)
            .ok_or_else(|| NotThere(id.into()))
    }
}

impl Item {
    pub fn text(&self, name: &str) -> Result<&str, NotThere> {
        match self.properties.get(name).and_then(|values| values.first()) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(NotThere(name.into())),
        }
    }

    pub fn parsed<T: FromStr>(&self, name: &str) -> Result<T, NotThere> {
        self.text(name)?.parse().map_err(|_| NotThere(name.into()))
    }

    pub fn has(&self, name: &str) -> bool {
        self.properties.contains_key(name)
    }

    /// The items of this name within this one.
    pub fn items(&self, name: &str) -> Vec<&Item> {
        let values = self.properties.get(name).into_iter().flatten();
        let items = values.filter_map(|value| match value {
            Value::Item(item) => Some(item),
            Value::Text(_) => None,
        });
        items.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_read_by_name_and_what_is_not_there_is_named() {
        let read = r#"{"url": "http://a/", "page": "order", "title": "t", "items": [{"id": "order",
            "properties": {"total": ["212.40"], "nights": ["2"], "leg": [{"id": "", "properties": {"from": ["BER"]}}]}}]}"#;
        let document: Document = serde_json::from_str(read).unwrap();
        let order = document.item("order").unwrap();
        assert_eq!(order.parsed::<u32>("nights"), Ok(2));
        assert_eq!(order.items("leg")[0].text("from"), Ok("BER"));
        assert_eq!(order.parsed::<u32>("total"), Err(NotThere("total".into())));
        assert_eq!(order.text("leg"), Err(NotThere("leg".into())));
        assert_eq!(document.item("offer"), Err(NotThere("offer".into())));
    }
}
