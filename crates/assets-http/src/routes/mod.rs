//! The operations. One table gives the router and the document: each handler carries its method, path and everything
//! that is documented of it in one annotation.

mod approved;
mod assets;
mod audit;
mod decisions;
mod events;
mod exports;
mod keys;
mod list;
mod policy;
mod preview;
mod recalls;
mod releases;
mod review;
mod system;
mod uploads;
mod usage;
mod versions;
mod webhooks;

pub(crate) use events::EventTypeName;
pub(crate) use list::{cursor, limit, opened, time};

use actix_web::{HttpResponse, http::Method, web};
use utoipa::openapi::{
    RefOr, Schema,
    path::{HttpMethod, PathItem, PathsBuilder},
};

use crate::problem::{Problem, ProblemCode};

/// What parameters refer to, which does not come with their operations.
pub(crate) fn schemas() -> impl Iterator<Item = (String, RefOr<Schema>)> {
    list::schemas().into_iter().chain([review::schema(), events::schema()])
}

/// The router and the document, from one list.
pub(crate) struct Table {
    resources: Vec<actix_web::Resource>,
    document: Option<Described>,
}

/// What the document says of the operations.
#[derive(Default)]
pub(crate) struct Described {
    pub(crate) paths: PathsBuilder,
    pub(crate) schemas: Vec<(String, RefOr<Schema>)>,
}

/// Adds a resource with its handlers, which all have one path. What stands behind a semicolon is not in the document: other
/// ways to the same.
macro_rules! resource {
    ($table:expr, $($module:ident :: $handler:ident),+ $(; $($method:ident => $beside:path),+)? $(,)?) => {{
        let path = pastey::paste! { [$( <$module::[<__path_ $handler>] as utoipa::Path>::path() ),+] };
        let mut resource = actix_web::Resource::new(path.first().cloned().unwrap_or_default());
        let mut allowed = Vec::new();
        $( resource = pastey::paste! {
            crate::routes::add::<$module::[<__path_ $handler>]>($table, resource, &mut allowed, || actix_web::web::to($module::$handler))
        }; )+
        $($( resource = resource.route(actix_web::Route::new().method(actix_web::http::Method::$method).to($beside)); )+)?
        let allowed = allowed.join(", ");
        let refuse = move || crate::routes::method_not_allowed(allowed.clone());
        $table.resources.push(resource.default_service(actix_web::web::to(refuse)));
    }};
}

/// Adds one operation to a resource, to the methods that it takes, and to the document, if there is to be one.
fn add<P: utoipa::Path + utoipa::__dev::SchemaReferences + for<'t> utoipa::__dev::Tags<'t>>(
    table: &mut Table,
    resource: actix_web::Resource,
    allowed: &mut Vec<String>,
    handler: impl Fn() -> actix_web::Route,
) -> actix_web::Resource {
    let mut resource = resource;
    for method in P::methods() {
        let answered: &[Method] = match method {
            // A body is left out of the answer to HEAD by the server: whatever can be got can be asked about.
            HttpMethod::Get => &[Method::GET, Method::HEAD],
            HttpMethod::Post => &[Method::POST],
            HttpMethod::Patch => &[Method::PATCH],
            HttpMethod::Delete => &[Method::DELETE],
            HttpMethod::Head => &[Method::HEAD],
            HttpMethod::Put | HttpMethod::Options | HttpMethod::Trace => &[],
        };
        for one in answered {
            resource = resource.route(handler().method(one.clone()));
            allowed.push(one.to_string());
        }
        if let Some(document) = &mut table.document {
            let mut operation = P::operation();
            operation.tags = Some(P::tags().into_iter().map(str::to_owned).collect());
            document.paths = std::mem::take(&mut document.paths).path(P::path(), PathItem::new(method, operation));
        }
    }
    if let Some(document) = &mut table.document {
        P::schemas(&mut document.schemas);
    }
    resource
}

async fn method_not_allowed(allowed: String) -> Result<HttpResponse, Problem> {
    let said = format!("the path is right, the method is not; it takes {allowed}");
    Err(Problem::new(ProblemCode::MethodNotAllowed, said).allowing(allowed))
}

async fn not_found() -> Result<HttpResponse, Problem> {
    Err(Problem::new(ProblemCode::NotFound, "there is no such path; see /api/v1/openapi.json"))
}

impl Table {
    /// Every operation of the service, described if a document is given for that.
    fn new(document: Option<Described>) -> Self {
        let mut table = Self { resources: Vec::new(), document };
        let all = &mut table;
        // A request is compared with one path after the other: those without parts first, which costs least, and then what
        // is asked most.
        resource!(all, list::list_assets, assets::create_asset);
        resource!(all, decisions::decide_assets);
        resource!(all, keys::whoami);
        resource!(all, system::healthz);
        resource!(all, system::readyz);
        resource!(all, system::metrics);
        resource!(all, system::get_openapi);
        resource!(all, exports::create_export, exports::list_exports);
        resource!(all, exports::get_export);
        resource!(all, exports::download_export);
        resource!(all, recalls::create_recall, recalls::list_recalls);
        resource!(all, recalls::get_recall);
        resource!(all, events::list_events);
        resource!(all, events::stream_events);
        resource!(all, releases::get_signing_keys);
        resource!(all, uploads::create_upload; OPTIONS => uploads::capabilities);
        resource!(
            all,
            uploads::get_upload,
            uploads::append_upload,
            uploads::delete_upload;
            POST => uploads::overridden,
            OPTIONS => uploads::capabilities
        );
        resource!(all, usage::get_usage);
        resource!(all, keys::create_api_key, keys::list_api_keys);
        resource!(all, webhooks::create_webhook, webhooks::list_webhooks);
        resource!(all, policy::get_policy, policy::update_policy);
        resource!(all, audit::list_audit);
        resource!(all, audit::list_audit_checkpoints);
        resource!(all, assets::get_asset, assets::update_asset, assets::delete_asset);
        resource!(all, preview::get_preview);
        resource!(all, preview::get_stable_preview);
        resource!(all, approved::get_approved_content);
        resource!(all, approved::get_approved_version);
        resource!(all, releases::release_asset);
        resource!(all, releases::list_releases);
        resource!(all, versions::get_version_content);
        resource!(all, versions::get_version);
        resource!(all, versions::add_version);
        resource!(all, decisions::submit_asset);
        resource!(all, decisions::approve_asset);
        resource!(all, decisions::request_changes);
        resource!(all, decisions::withdraw_asset);
        resource!(all, decisions::revoke_approval);
        resource!(all, decisions::archive_asset);
        resource!(all, decisions::restore_asset);
        resource!(all, decisions::dismiss_change_items);
        resource!(all, review::get_change_requests);
        resource!(all, review::comment_on_asset, review::list_comments);
        resource!(all, versions::rollback_asset);
        resource!(all, preview::get_preview_url);
        resource!(all, keys::revoke_api_key);
        resource!(all, webhooks::get_webhook, webhooks::update_webhook, webhooks::delete_webhook);
        resource!(all, webhooks::list_deliveries);
        resource!(all, webhooks::replay_deliveries);
        resource!(all, webhooks::ping_webhook);
        resource!(all, webhooks::rotate_webhook_secret);
        table
    }

    /// What the document says of every operation.
    pub(crate) fn describe() -> Described {
        Self::new(Some(Described::default())).document.unwrap_or_default()
    }

    /// Puts every operation into the router.
    pub(crate) fn configure(config: &mut web::ServiceConfig) {
        for resource in Self::new(None).resources {
            config.service(resource);
        }
        config.default_service(web::to(not_found));
    }
}
