//! The feed: what was committed, in its order.

use std::collections::BTreeSet;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web::Data,
};
use assets_domain::{AssetId, EventType, ListQuery};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use uuid::{Uuid, fmt::Hyphenated};

use crate::{
    api::Api,
    auth,
    body::EventPage,
    feed::{self, Wanted},
    problem::{FieldProblem, Problem, documented::FeedProblems},
    query::Query,
};

use super::list;

/// Where a stream is gone on with.
const LAST_EVENT_ID: &str = "last-event-id";

/// What events are about.
pub(crate) struct EventTypeName;

impl PartialSchema for EventTypeName {
    fn schema() -> RefOr<Schema> {
        let names = EventType::ALL.iter().map(|event_type| event_type.as_str());
        ObjectBuilder::new().schema_type(Type::String).description(Some("What happened.")).enum_values(Some(names)).into()
    }
}

impl ToSchema for EventTypeName {
    fn name() -> std::borrow::Cow<'static, str> {
        "EventType".into()
    }
}

/// What parameters refer to, which does not come with their operations.
pub(crate) fn schema() -> (String, RefOr<Schema>) {
    (EventTypeName::name().into(), EventTypeName::schema())
}

/// Which events.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what wanted() reads")]
struct EventFilters {
    /// Of this type; repeated, of any of them.
    #[param(required = false)]
    r#type: Option<Vec<EventTypeName>>,
    /// About this asset.
    #[param(required = false)]
    asset_id: Option<Uuid>,
}

/// Which part of the feed.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what wanted() reads")]
struct FeedParameters {
    /// Behind this number: `next_after` of the part before; 0, which is the default, for the very first.
    #[param(required = false, minimum = 0, maximum = 9_223_372_036_854_775_807_i64, default = 0)]
    after: Option<u64>,
    /// How many events; above 200 is taken as 200.
    #[param(required = false, minimum = 1, default = 50)]
    limit: Option<usize>,
}

/// From where on a stream begins.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it documents what wanted() reads")]
struct StreamParameters {
    /// Behind this number. Without it, and without `Last-Event-ID`, from now on.
    #[param(required = false, minimum = 0, maximum = 9_223_372_036_854_775_807_i64)]
    after: Option<u64>,
}

/// Where a stream that was cut off is gone on with.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it documents what wanted() reads")]
struct Resumed {
    /// The `id` that came last; it is what holds if `after` is sent too.
    #[param(rename = "Last-Event-ID", required = false, pattern = "^[0-9]{1,18}$")]
    last_event_id: String,
}

/// Read the feed
///
/// Every committed change of the workspace, once, in the order in which they were committed, numbered without gaps: also those of
/// long ago, since events are kept for ever. To follow it, ask again with `after` = `next_after`, at once as long as that moves on,
/// and then every now and then, or by `stream_events`. Where filters pass over much, a part may be empty although more is to come.
/// A key with `assets:read` hears everything about assets, releases and exports; one with only `assets:read:approved` hears of what
/// changes what is approved, and which bytes that is now, and nothing else; of how the workspace is run only keys hear that have
/// `admin` besides.
#[utoipa::path(
    get, path = "/api/v1/assets/events", operation_id = "list_events", tag = "events",
    params(FeedParameters, EventFilters),
    responses((status = 200, description = "A part of the feed", body = EventPage), FeedProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn list_events(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let mut query = Query::parse(&request);
    let limit = list::limit(&mut query).unwrap_or(ListQuery::DEFAULT_LIMIT);
    let wanted = wanted(query)?;
    let page = api.catalog.events(&by, wanted.after.unwrap_or(0), wanted.filter(), limit).await?;
    let items = page.items.into_iter().map(Into::into).collect();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(EventPage { items, next_after: page.next_after }))
}

/// Follow the feed
///
/// The same events as they are committed, by whichever process, as server-sent events: `id` is the number, `event` the type, `data`
/// the event as JSON. Who comes again with `Last-Event-ID` misses nothing. A comment every 15 seconds says that the connection is
/// alive; with it comes a new `id` where events were passed over that were not wanted. The stream ends when the service stops, and
/// within a second or so of the end of the key.
#[utoipa::path(
    get, path = "/api/v1/assets/events/stream", operation_id = "stream_events", tag = "events",
    params(StreamParameters, EventFilters, Resumed),
    responses(
        (status = 200, description = "Events, until one of the two ends it", body = String, content_type = "text/event-stream"),
        FeedProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn stream_events(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.view_of(&by)?;
    let mut wanted = wanted(Query::parse(&request))?;
    if let Some(last) = resumed(&request)? {
        wanted.after = Some(last);
    }
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        // Proxies that gather answers would hold back events.
        .insert_header(("X-Accel-Buffering", "no"));
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    Ok(response.streaming(feed::stream(api, by, wanted).await?))
}

fn wanted(mut query: Query) -> Result<Wanted, Problem> {
    let after = query.one("after", "number", "must be a whole number from 0", place);
    let types: Vec<EventType> = query.many("type", "enum", "must be a type of event, like asset.approved", EventType::parse);
    let asset = query.one("asset_id", "uuid", "must be a UUID with its hyphens", |text| text.parse::<Hyphenated>().ok());
    query.finish()?;
    let types: BTreeSet<EventType> = types.into_iter().collect();
    Ok(Wanted { types: (!types.is_empty()).then_some(types), asset: asset.map(|id| AssetId::new(id.into_uuid())), after })
}

/// Where a stream was cut off.
fn resumed(request: &HttpRequest) -> Result<Option<u64>, Problem> {
    let mut last = request.headers().get_all(LAST_EVENT_ID);
    let Some(text) = last.next() else { return Ok(None) };
    let number = text.to_str().ok().filter(|_| last.next().is_none()).and_then(place);
    let wrong = || Problem::invalid(vec![FieldProblem::at(&["header", "Last-Event-ID"], "number", "must be the id of an event that came")]);
    number.map(Some).ok_or_else(wrong)
}

/// A number of an event, or 0.
fn place(text: &str) -> Option<u64> {
    let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_whole && i64::try_from(*number).is_ok())
}
