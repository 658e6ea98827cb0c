use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{ClauseId, PolicyVersion};

/// One clause as the document words it. Table PolicyClauses, key (version, clauseId); owned by `policy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClauseRow {
    pub version: PolicyVersion,
    pub clause_id: ClauseId,
    /// The heading it stands under: `4 Hotels`.
    pub section: String,
    /// In documents that have pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    pub text: String,
    /// What an embedding model makes of it, where one is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<Vector>,
    /// What the sentence model that comes with `policy` makes of it, as that crate keeps it. A row from before it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Bytes>,
}

/// An item's binary attribute.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

/// A text's place in an embedding model's space: four bytes a number, little-endian.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vector(Bytes);

impl Vector {
    pub fn of(values: &[f32]) -> Self {
        Self(Bytes(
            values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        ))
    }

    pub fn values(&self) -> Vec<f32> {
        let (numbers, _) = self.0.0.as_chunks::<4>();
        numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }
}

/// Its length: a thousand numbers tell nobody anything.
impl fmt::Debug for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vector({})", self.0.0.len() / 4)
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Taken;
        impl<'de> Visitor<'de> for Taken {
            type Value = Bytes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.into()))
            }
            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<Bytes, A::Error> {
                let mut all = Vec::new();
                while let Some(byte) = bytes.next_element()? {
                    all.push(byte);
                }
                Ok(Bytes(all))
            }
        }
        deserializer.deserialize_byte_buf(Taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_kept_to_the_bit() {
        let vector = Vector::of(&[0.25, -1.5, f32::MIN_POSITIVE]);
        assert_eq!(vector.values(), [0.25, -1.5, f32::MIN_POSITIVE]);
        let json = serde_json::to_string(&vector).unwrap();
        assert_eq!(serde_json::from_str::<Vector>(&json).unwrap(), vector);
    }
}
