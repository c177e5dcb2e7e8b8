use std::sync::LazyLock;

use axum::{http::HeaderMap, response::Response};
use utoipa::{
    OpenApi,
    openapi::{
        self, Content, Ref, RefOr, Type,
        path::{Operation, Parameter},
        response::ResponseBuilder,
        schema::{Schema, SchemaType},
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    error::{ApiError, Failure},
    etag::Tagged,
};
use rbee_hive_worker_catalog::Event;

/// What every path has in common.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "rbee-hive",
        description = "Puts inference engines on a machine from PKGBUILD recipes: jobs over HTTP, \
                       watched as server-sent events.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(Failure, Event)),
    tags(
        (name = "workers", description = "What is installed"),
        (name = "catalog", description = "What can be installed"),
        (name = "jobs", description = "Work that is started, watched and cancelled"),
        (name = "index", description = "The hive as an index for other hives"),
        (name = "hive", description = "The hive itself"),
    )
)]
struct Common;

/// The name of the one way to say who asks.
const TOKEN: &str = "token";

/// The description to begin with.
pub(super) fn base() -> openapi::OpenApi {
    let mut api = Common::openapi();
    let mut scheme = Http::new(HttpAuthScheme::Bearer);
    scheme.description = Some("The hive's token, if it was started with one.".to_owned());
    let components = api.components.get_or_insert_default();
    components.add_security_scheme(TOKEN, SecurityScheme::Http(scheme));
    // With a token or, on a hive that has none, without.
    let token = SecurityRequirement::new(TOKEN, [] as [&str; 0]);
    api.security = Some(vec![SecurityRequirement::default(), token]);
    api
}

/// Adds what any path may answer.
fn complete(api: &mut openapi::OpenApi) {
    for item in api.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            // The handler's name is unique in its file only.
            let tag = operation.tags.as_ref().and_then(|tags| tags.first());
            if let (Some(id), Some(tag)) = (&operation.operation_id, tag) {
                operation.operation_id = Some(format!("{tag}_{id}"));
            }
            operation.parameters.iter_mut().flatten().for_each(without_null);
            add(operation, "401", "A token is needed, or this is not the one");
            add(operation, "403", "The hive does not allow it: to this origin, or at all");
            add(operation, "500", "The store or the catalog failed");
            add(operation, "503", "It took too long, or cannot be done on this host or now");
            if operation.request_body.is_some() {
                add(operation, "413", "The body is too large");
            }
        }
    }
}

/// A parameter that need not be there is left out; it is never null.
fn without_null(parameter: &mut RefOr<Parameter>) {
    if let RefOr::T(parameter) = parameter
        && let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema
        && let SchemaType::Array(types) = &mut schema.schema_type
    {
        types.retain(|name| *name != Type::Null);
        if let [only] = types.as_slice() {
            schema.schema_type = only.clone().into();
        }
    }
}

fn add(operation: &mut Operation, status: &str, description: &str) {
    let failure = Content::builder().schema(Some(Ref::from_schema_name("Failure"))).build();
    let response = ResponseBuilder::new().description(description);
    let response = response.content("application/json", failure).build();
    let responses = &mut operation.responses.responses;
    responses.entry(status.to_owned()).or_insert_with(|| response.into());
}

/// This description
#[utoipa::path(get, path = "/openapi.json", tag = "hive", responses(
    (status = 200, description = "The OpenAPI description of these paths", body = serde_json::Value),
    (status = 304, description = "It is what the client has"),
))]
pub(super) async fn description(headers: HeaderMap) -> Result<Response, ApiError> {
    static DOCUMENT: LazyLock<Result<Tagged, ApiError>> = LazyLock::new(|| {
        let mut api = super::routes::described().into_openapi();
        complete(&mut api);
        Tagged::new(&api).map(Tagged::compressed)
    });
    DOCUMENT.as_ref().map(|document| document.answer(&headers)).map_err(Clone::clone)
}
