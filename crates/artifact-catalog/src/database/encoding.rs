use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Artifact, CatalogError};

/// The name that identifies an artifact's entry: the file name of its path.
pub(super) fn object_of(artifact: &impl Artifact) -> Result<String, CatalogError> {
    let path = artifact.path();
    match path.file_name().and_then(|name| name.to_str()) {
        Some(name) => Ok(name.to_owned()),
        None => Err(CatalogError::Object { path: path.to_owned() }),
    }
}

/// The JSON of an artifact.
pub(super) fn record_of(object: &str, artifact: &impl Serialize) -> Result<String, CatalogError> {
    serde_json::to_string(artifact).map_err(unreadable(object))
}

/// The artifact that [`record_of`] wrote.
pub(super) fn artifact_of<T: DeserializeOwned>(
    object: &str,
    record: &str,
) -> Result<T, CatalogError> {
    serde_json::from_str(record).map_err(unreadable(object))
}

/// The name that JSON has for a variant, as a column holds it.
pub(super) fn name_of(object: &str, variant: impl Serialize) -> Result<String, CatalogError> {
    match serde_json::to_value(variant).map_err(unreadable(object))? {
        Value::String(name) => Ok(name),
        other => Ok(other.to_string()),
    }
}

/// The value whose name [`name_of`] wrote.
pub(super) fn variant_of<T: DeserializeOwned>(
    object: &str,
    name: String,
) -> Result<T, CatalogError> {
    serde_json::from_value(Value::String(name)).map_err(unreadable(object))
}

fn unreadable(object: &str) -> impl Fn(serde_json::Error) -> CatalogError + '_ {
    |source| CatalogError::Record { object: object.to_owned(), source }
}
