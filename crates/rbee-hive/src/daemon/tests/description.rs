use std::collections::BTreeSet;

use serde_json::Value;

use super::Context;

#[tokio::test]
async fn the_description_is_whole() {
    let api = Context::new().get("/openapi.json").await.json();
    assert_eq!(api["openapi"], "3.1.0");
    let mut names = BTreeSet::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{at}");
            assert!(names.insert(operation["operationId"].to_string()), "{at}: its id is taken");
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.contains_key("200")
                    || responses.contains_key("202")
                    || responses.contains_key("201"),
                "{at}"
            );
            assert!(responses.contains_key("500") && responses.contains_key("401"), "{at}");
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let api = Context::new().get("/openapi.json").await.json();
    let mut found = BTreeSet::new();
    references(&api, &mut found);
    assert!(found.len() > 10, "{found:?}");
    for reference in found {
        assert!(api.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}
