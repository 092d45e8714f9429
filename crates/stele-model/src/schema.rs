//! JSON Schema of what is written as one text or number: ids, dates, levels. Everything else derives
//! its schema from the type itself, so that a schema says what is read and cannot say anything else.

use crate::date::EdtfDate;
use crate::id::{AnyId, Id};
use crate::rules::proportion::Level;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

impl JsonSchema for AnyId {
    fn schema_name() -> Cow<'static, str> {
        "RecordId".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Permanent id of a record: the last part of its address.",
            "pattern": "^[0-7][0-9a-hjkmnp-tv-z]{25}$",
            "examples": ["01jv3z7t2kf0m8q4x5c6b7n9pd"],
        })
    }
}

impl<K> JsonSchema for Id<K> {
    fn schema_name() -> Cow<'static, str> {
        AnyId::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        AnyId::schema_id()
    }
    fn json_schema(make: &mut SchemaGenerator) -> Schema {
        AnyId::json_schema(make)
    }
}

impl JsonSchema for EdtfDate {
    fn schema_name() -> Cow<'static, str> {
        "EdtfDate".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A date, an interval or a set of dates as it was said: EDTF (ISO 8601-2), level 1 and 2.",
            "minLength": 1,
            "maxLength": 200,
            "examples": ["2020-11", "2020-09-27/2020-11-10", "2021~", "201X"],
        })
    }
}

impl JsonSchema for Level {
    fn schema_name() -> Cow<'static, str> {
        "Level".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer",
            "description": "How sure an interval is to hold the truth, in per mille: 950 is 95 %.",
            "minimum": 500,
            "maximum": 999,
        })
    }
}
