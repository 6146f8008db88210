//! The OpenAPI document, from the same table as the router.

use assets_domain::EventType;
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required,
    ResponseBuilder, Schema, ServerBuilder,
    extensions::ExtensionsBuilder,
    path::{HttpMethod, OperationBuilder, PathItem, PathsBuilder},
    request_body::RequestBodyBuilder,
    schema::AdditionalProperties,
    security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    tag::TagBuilder,
};

use crate::{
    body::{MediaTypeName, ScopeName, described},
    problem::documented,
    routes::{self, Described, Table},
};

const ABOUT: &str = "The asset store and sign-off service for everything generative agents produce. \
    Agents write into it, people approve, and publishers read only what was approved: byte for byte what a person with \
    the right to approve it approved.\n\n\
    What can be published is `has_approved=true` and `approved_version`; `status` is about the latest version.\n\n\
    Every error is a problem document (RFC 9457); branch on its `code`. Only what \
    cannot be read as HTTP at all, such as raw quotes in the address or a header block that is too large, is refused \
    with an empty body. JSON bodies may have 1 MiB, metadata 64 KiB, \
    content 5 GiB. A key may make 1000 requests a minute unless the service is set otherwise; `RateLimit` headers tell \
    what is left.";

const TAGS: [(&str, &str); 14] = [
    ("assets", "One thing to be published, with its history"),
    ("versions", "The content of an asset: immutable, append-only"),
    ("uploads", "Large content in pieces, by the protocol tus 1.0: it goes on where it was cut off"),
    ("decisions", "Review and approval"),
    ("review", "What is said on the way to a decision"),
    ("publishing", "What publishers read: the approved version and nothing else"),
    ("custody", "Taking back together, removing for good, and how much there is"),
    ("events", "What happened, in its order, without gaps"),
    ("webhooks", "Endpoints that are told of it"),
    ("preview", "Links that work without a key"),
    ("keys", "Who may do what"),
    ("policy", "How many people must approve what"),
    ("audit", "Who did what, so that it can be shown later and not be changed"),
    ("system", "The service itself"),
];

/// The document that describes every operation of the service.
#[must_use]
pub fn document() -> OpenApi {
    let Described { paths, mut schemas } = Table::describe();
    schemas.extend(documented::schemas());
    schemas.extend(routes::schemas());
    schemas.sort_by(|(one, _), (other, _)| one.cmp(other));
    schemas.dedup_by(|(one, _), (other, _)| one == other);
    for (name, called) in [("Scope", ScopeName::CALLED), ("MediaType", MediaTypeName::CALLED)] {
        call_variants(&mut schemas, name, called);
    }
    close_variants(&mut schemas, "Anchor");
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("tnx_<prefix>_<secret>")
        .description(Some("An API key. Its workspace, kind and scopes are its own."))
        .build();
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Assets")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(ABOUT))
                .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build()))
                .contact(Some(ContactBuilder::new().name(Some("The operator of this installation")).build()))
                .build(),
        )
        .servers(Some([ServerBuilder::new().url("/").description(Some("This installation")).build()]))
        .tags(Some(TAGS.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build())))
        .paths(paths.build())
        .webhooks(Some(webhooks()))
        .components(Some(ComponentsBuilder::new().schemas_from_iter(schemas).security_scheme("api_key", SecurityScheme::Http(key)).build()))
        .build()
}

/// What is sent to those who have themselves told: one for each type of event.
fn webhooks() -> Paths {
    let told = EventType::ALL.iter().map(|event_type| {
        let (name, about, _) = described(*event_type);
        let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(name))).build();
        let body = RequestBodyBuilder::new().content("application/json", body).required(Some(Required::True)).build();
        let taken = ResponseBuilder::new().description("Any status from 200 to 299: it was taken").build();
        let operation = OperationBuilder::new()
            .tag("events")
            .summary(Some(event_type.as_str()))
            .description(Some(about))
            .operation_id(Some(format!("receive_{}", event_type.as_str().replace('.', "_"))))
            .request_body(Some(body))
            .response("2XX", taken)
            // No key: it is signed.
            .securities(Some(Vec::<SecurityRequirement>::new()))
            .build();
        (event_type.as_str(), PathItem::new(HttpMethod::Post, operation))
    });
    told.fold(PathsBuilder::new(), |paths, (name, item)| paths.path(name, item)).build()
}

/// Says that no variant takes members that it does not name, as reading one does.
fn close_variants(schemas: &mut [(String, RefOr<Schema>)], name: &str) {
    for (_, schema) in schemas.iter_mut().filter(|(one, _)| one == name) {
        let RefOr::T(Schema::OneOf(variants)) = schema else { continue };
        for variant in &mut variants.items {
            if let RefOr::T(Schema::Object(object)) = variant {
                object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
            }
        }
    }
}

/// Says what programs call the names of a closed list. Those with punctuation in them get names like `VALUE_5` otherwise.
fn call_variants(schemas: &mut [(String, RefOr<Schema>)], name: &str, called: &[&str]) {
    for (_, schema) in schemas.iter_mut().filter(|(one, _)| one == name) {
        if let RefOr::T(Schema::Object(object)) = schema {
            object.extensions = Some(ExtensionsBuilder::new().add("x-enum-varnames", called).build());
        }
    }
}
