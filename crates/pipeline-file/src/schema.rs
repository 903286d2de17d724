//! The JSON Schema of the pipeline file, for editors and other programs.

#[cfg(test)]
mod agreement;
mod checks;
mod delivery;
mod environment;
mod gates;
mod gitops;
mod top;
mod values;

use serde_json::{Map, Value, json};

use crate::shape::Shape;

/// The JSON Schema (draft 2020-12) of the pipeline file. It is strict: no key that the parser does
/// not know. Rules that span several parts of a file are the parser's alone.
pub fn schema() -> Value {
    let mut defs = Map::new();
    defs.extend(values::defs());
    defs.extend(gates::defs());
    defs.extend(delivery::defs());
    defs.extend(gitops::defs());
    defs.extend(checks::defs());
    defs.extend(environment::defs());
    defs.extend(top::defs());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Liftlock pipeline file",
        "description": "liftlock.yaml: the images of an application, its environments, and the gates between them.",
        "$ref": format!("#/$defs/{}", crate::file::FILE.name),
        "$defs": defs,
    })
}

/// A block's schema under its shape's name.
fn block(shape: &Shape, required: &[&str], mut schema: Value) -> (String, Value) {
    if let Some(object) = schema.as_object_mut() {
        object.insert("type".to_owned(), json!("object"));
        object.insert("additionalProperties".to_owned(), json!(false));
        if !required.is_empty() {
            object.insert("required".to_owned(), json!(required));
        }
    }
    (shape.name.to_owned(), schema)
}

/// A reference to a definition, with a description of its use here.
fn at(name: &str, description: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}"), "description": description })
}

/// A value of a definition, or a list of them.
fn one_or_list(name: &str, description: &str) -> Value {
    let one = json!({ "$ref": format!("#/$defs/{name}") });
    json!({
        "description": description,
        "anyOf": [one, { "type": "array", "items": one, "uniqueItems": true, "minItems": 1 }],
    })
}

/// A mapping from names to values of a definition.
fn named(pattern: &str, value: &Value, description: &str) -> Value {
    json!({
        "type": "object",
        "description": description,
        "propertyNames": { "pattern": pattern },
        "additionalProperties": value,
        "maxProperties": crate::tree::ENTRIES_MAX,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::schema;
    use crate::shape::SHAPES;

    fn words(values: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
        values.into_iter().map(Into::into).collect()
    }

    #[test]
    fn the_schema_has_the_keys_of_the_parser_and_no_other() {
        let schema = schema();
        let defs = schema["$defs"].as_object().unwrap();
        for shape in SHAPES {
            let block = &defs[shape.name];
            let keys = words(block["properties"].as_object().unwrap().keys());
            assert_eq!(keys, words(shape.keys.iter().copied()), "{}", shape.name);
            assert_eq!(
                block["additionalProperties"],
                Value::Bool(false),
                "{}",
                shape.name
            );
        }
        let blocks = defs
            .iter()
            .filter(|(_, def)| def.get("properties").is_some());
        let blocks = words(blocks.map(|(name, _)| name.as_str()));
        assert_eq!(blocks, words(SHAPES.iter().map(|shape| shape.name)));
    }

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(name)) = object.get("$ref") {
                    found.insert(name.replace("#/$defs/", ""));
                }
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_definition_is_there_and_used() {
        let schema = schema();
        let mut used = BTreeSet::new();
        references(&schema, &mut used);
        assert_eq!(used, words(schema["$defs"].as_object().unwrap().keys()));
    }
}
