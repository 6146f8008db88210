//! JSON values as the contract has them: where it has an object, a list of the fields' values is refused. Serde by itself would
//! take that for the object. And a whole number is one, however it is written.

use serde::{
    Deserializer,
    de::{
        Error as _, IntoDeserializer, Unexpected, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, Value};

/// As far as numbers with a point are exact: up to 2^53.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// To JSON Schema, `1.0` is the integer 1, and some languages write it so.
fn whole(value: Value) -> Value {
    let number = value.as_f64().filter(|number| value.is_f64() && number.fract() == 0.0 && number.abs() < MAX_EXACT);
    number.and_then(|number| format!("{number:.0}").parse::<i64>().ok()).map_or(value, Value::from)
}

/// A value to be read by the contract.
pub(super) struct Strict(pub(super) Value);

impl IntoDeserializer<'_, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Strict));
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Value::Object(fields) => {
                let mut fields = MapDeserializer::new(fields.into_iter().map(|(name, value)| (name, Strict(value))));
                let value = visitor.visit_map(&mut fields)?;
                fields.end().map(|()| value)
            }
            plain => whole(plain).deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &"an object")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::body::AnchorBody;

    #[test]
    fn a_whole_number_may_be_written_with_a_point() {
        for (written, number) in [(json!(3), 3), (json!(3.0), 3), (json!(-0.0), 0), (json!(3e3), 3000)] {
            assert_eq!(u32::deserialize(Strict(written)).unwrap(), number);
        }
        let page = json!({"kind": "page", "page": 2.0});
        assert_eq!(
            AnchorBody::deserialize(Strict(page)).unwrap(),
            AnchorBody::Page { page: 2 },
            "and one of several kinds of things as well"
        );
        assert_eq!(f64::deserialize(Strict(json!(3.0))).unwrap().to_string(), "3");
        for bad in [json!(3.5), json!(-1.0), json!(1e300), json!(4_294_967_296.0), json!("3"), json!([3])] {
            assert!(u32::deserialize(Strict(bad.clone())).is_err(), "{bad}");
        }
    }
}
