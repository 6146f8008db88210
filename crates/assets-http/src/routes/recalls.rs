//! Recalls: approvals are taken back together.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    rt::time::timeout,
    web::{Data, Payload},
};
use assets_domain::{KeyName, NewRecall, Principal, Recall, RecallId, Remember, WorkspaceId};
use utoipa::IntoParams;
use uuid::{Uuid, fmt::Hyphenated};

use crate::{
    api::Api,
    auth,
    body::{RecallBody, RecallInput, RecallPage},
    idempotency::{self, Answer},
    links,
    pages::{self, PageParameters},
    parameters::{Repeatable, part},
    problem::{
        FieldProblem, Problem,
        documented::{ListProblems, ReadProblems, RecallProblems},
    },
    query::Query,
    upload::{self, JsonBody},
};

use super::list;

const RECALLS: &str = "api/v1/assets/recalls";

/// For how long the caller is kept waiting for all of it to be done. It goes on without them.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which recall.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it documents what get_recall() reads")]
struct RecallPath {
    /// Which recall. Another workspace's does not exist.
    recall_id: Uuid,
}

/// Take approvals back together
///
/// Revokes every standing approval that matches: each with a decision of its own, exactly as by `revoke_approval`. With `dry_run`
/// nothing is changed, and the answer says how many there are, which, and who was handed any of it. Send that number as
/// `expected_count`, so that nobody takes back more than they saw.
///
/// What is taken back is pinned first; an approval that is given later is left alone. The answer comes when all of it is done, or
/// 20 seconds after that with the status `running`: it goes on by itself, even if the process that it ran in is killed. A repetition
/// with the same `Idempotency-Key` is answered with the recall as it was made; `get_recall` tells how it stands.
#[utoipa::path(
    post, path = "/api/v1/assets/recalls", operation_id = "create_recall", tag = "custody",
    params(Repeatable),
    request_body = RecallInput,
    responses(
        (status = 200, description = "What it would be about, if it were made now (`dry_run`)", body = RecallBody),
        (status = 201, description = "It is made", body = RecallBody, headers(("Location" = String, description = "Where it is"))),
        RecallProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_recall(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.admit_recall(&by).map_err(|error| Problem::from(error).with_review_url(links::reviews(&api)))?;
    let (input, body): (RecallInput, _) = upload::read_json(&api, &request, payload, JsonBody::Required).await?;
    let is_dry = input.dry_run;
    let new = asked(&api, &by, input).await?;
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |id| {
        if is_dry {
            let proposed = api.catalog.propose_recall(&by, &new).await?;
            return Ok(Answer::json(StatusCode::OK, Vec::new(), &RecallBody::proposed(proposed)).into());
        }
        let shown = api.clone();
        let remember = id.map(|id| Remember { id, render: Arc::new(move |recall: &Recall| created(&shown, recall.clone()).to_bytes()) });
        let made = api.catalog.create_recall(&by, &new, remember.as_ref()).await?;
        let done = carried_out(&api, by.workspace, made.id).await;
        Ok(created(&api, done.unwrap_or(made)).into())
    })
    .await
}

/// How a recall stands when it is done. That it was made is true whatever becomes of it: if it breaks off, somebody goes on with it.
async fn carried_out(api: &Api, workspace: WorkspaceId, id: RecallId) -> Option<Recall> {
    match timeout(PATIENCE, api.catalog.carry_out(workspace, id)).await {
        Ok(Ok(recall)) => Some(recall),
        Ok(Err(error)) => {
            // What broke is in the log; what was done stays done.
            let _told = Problem::from(error);
            None
        }
        Err(_) => None,
    }
}

fn created(api: &Api, recall: Recall) -> Answer {
    let location = links::absolute(api, &format!("{RECALLS}/{}", recall.id));
    Answer::json(StatusCode::CREATED, vec![(header::LOCATION.as_str().to_owned(), location)], &RecallBody::made(recall))
}

async fn asked(api: &Api, by: &Principal, input: RecallInput) -> Result<NewRecall, Problem> {
    let mut stated = input.filters();
    let mut query = Query::in_body(stated.clone());
    let filter = list::filter(&mut query);
    query.finish()?;
    let approved_by = match input.approved_by {
        None => None,
        Some(called) => {
            let rule = "must be the prefix or the name of a key";
            let name =
                KeyName::parse(&called).map_err(|_| Problem::invalid(vec![FieldProblem::at(&["body", "approved_by"], "text", rule)]))?;
            stated.insert(0, ("approved_by".to_owned(), name.as_str().to_owned()));
            Some(api.keyring.known_as(by.workspace, &name).await?)
        }
    };
    if stated.is_empty() {
        return Err(Problem::invalid(vec![FieldProblem::at(&["body"], "missing", "name at least one filter")]));
    }
    Ok(NewRecall { filter, approved_by, stated, comment: input.comment, expected_count: input.expected_count })
}

/// List recalls
///
/// Newest first, page by page.
#[utoipa::path(
    get, path = "/api/v1/assets/recalls", operation_id = "list_recalls", tag = "custody",
    params(PageParameters),
    responses((status = 200, description = "One page", body = RecallPage), ListProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn list_recalls(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.admit_review(&by)?;
    let page = pages::asked(&api, Query::parse(&request), &format!("recalls of {}", by.workspace))?;
    let recalls = api.catalog.recalls(&by, page.after.map(RecallId::new), page.limit_and_one()).await?;
    let (recalls, next_cursor) = page.cut(&api, recalls, |recall| (recall.at, recall.id.as_uuid()));
    Ok(HttpResponse::Ok().json(RecallPage { items: recalls.into_iter().map(RecallBody::made).collect(), next_cursor }))
}

/// Get a recall
#[utoipa::path(
    get, path = "/api/v1/assets/recalls/{recall_id}", operation_id = "get_recall", tag = "custody",
    params(RecallPath),
    responses((status = 200, description = "The recall as it stands", body = RecallBody), ReadProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn get_recall(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    api.catalog.admit_review(&by)?;
    let id: Hyphenated = part(&request, "recall_id", "uuid", "must be a UUID with its hyphens")?;
    let recall = api.catalog.recall(&by, RecallId::new(id.into_uuid())).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-cache")).json(RecallBody::made(recall)))
}
