//! Decisions: one at a time, or many.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::{Data, Payload},
};
use assets_domain::{AssetId, AssetView, CatalogError, Principal, Terms, TermsError, Transition};
use serde::de::DeserializeOwned;

use crate::{
    answer,
    api::Api,
    auth,
    body::{AssetBody, BulkDecision, BulkDecisions, BulkResult, BulkResults, DecisionInput, DismissInput, RequestChangesInput, Stated},
    etag,
    idempotency::{self, Answer, Answered, Replay},
    links,
    parameters::{AssetPath, Conditional, Repeatable},
    problem::documented::{ApprovalProblems, BulkProblems, MoveProblems, SubmitProblems},
    problem::{FieldProblem, LocItem, Problem},
    refusals,
    upload::{self, JsonBody},
};

/// The most decisions of one request.
const MAX_DECISIONS: usize = 500;

/// Declares an operation that makes one decision.
macro_rules! decision {
    ($(#[$doc:meta])* $operation:ident, $path:literal, $id:literal, $transition:ident, $problems:ident, $body:ident, $input:ty) => {
        $(#[$doc])*
        #[utoipa::path(
            post, path = $path, operation_id = $id, tag = "decisions",
            params(AssetPath, Repeatable, Conditional),
            request_body(content = $input, description = "What the decision is about and what is said with it"),
            responses(
                (status = 200, description = "The asset as it is now", body = AssetBody,
                    headers(("ETag" = String, description = "The asset's revision and link window"))),
                $problems,
            ),
            security(("api_key" = [])),
        )]
        pub(crate) async fn $operation(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
            decide::<$input>(api, request, payload, Transition::$transition, JsonBody::$body).await
        }
    };
}

decision!(
    /// Submit for review
    ///
    /// Asks a person to look at the latest version. While a point that blocks is open, 409 `open_change_requests` lists what is to be
    /// answered by a version first. Needs the scope `assets:write`.
    submit_asset, "/api/v1/assets/{asset_id}/submit", "submit_asset", Submit, SubmitProblems, Optional, DecisionInput
);
decision!(
    /// Withdraw a submission
    ///
    /// The asset is a draft again. Needs the scope `assets:write`.
    withdraw_asset, "/api/v1/assets/{asset_id}/withdraw", "withdraw_asset", Withdraw, MoveProblems, Optional, DecisionInput
);
decision!(
    /// Approve
    ///
    /// Lets the latest version be published; the earlier approval is superseded. Only a key of kind `person` with the
    /// scope `assets:approve` can, and nobody who ever added these bytes to this asset. Name the `version` and `digest`
    /// that were looked at: without them the decision is about whatever is latest at that moment.
    ///
    /// Where the policy asks for several people, the asset stays `pending_review` until enough have approved, and `review` says who
    /// has: look at the status. The same person again changes nothing.
    approve_asset, "/api/v1/assets/{asset_id}/approve", "approve_asset", Approve, ApprovalProblems, Optional, DecisionInput
);
decision!(
    /// Request changes
    ///
    /// Sends the latest version back; the comment says what is wanted, `items` point by point. They are open until a later version
    /// answers each, or a person dismisses it. An approval of the same bytes is revoked. Only a key of kind `person` with the scope
    /// `assets:approve` can.
    request_changes, "/api/v1/assets/{asset_id}/request-changes", "request_changes", RequestChanges, ApprovalProblems, Optional,
    RequestChangesInput
);
decision!(
    /// Revoke an approval
    ///
    /// Ends the standing approval, whichever version has it; the comment says why. No earlier version takes its place.
    /// All links to the asset die. Only a key of kind `person` with the scope `assets:approve` can.
    revoke_approval, "/api/v1/assets/{asset_id}/revoke", "revoke_approval", Revoke, ApprovalProblems, Optional, DecisionInput
);
decision!(
    /// Archive
    ///
    /// Puts the asset away and ends its approval; all links to it die. Needs the scope `assets:write`; while an approval
    /// stands, a key of kind `person` with the scope `assets:approve`.
    archive_asset, "/api/v1/assets/{asset_id}/archive", "archive_asset", Archive, MoveProblems, Optional, DecisionInput
);
decision!(
    /// Restore
    ///
    /// Takes an archived asset out again, as a draft without any approval. Needs the scope `assets:write`.
    restore_asset, "/api/v1/assets/{asset_id}/restore", "restore_asset", Restore, MoveProblems, Optional, DecisionInput
);

decision!(
    /// Dismiss points of requests for changes
    ///
    /// They are no longer asked for: those named in `item_ids`, or all that are open. Only a key of kind `person` with the scope
    /// `assets:approve` can.
    dismiss_change_items, "/api/v1/assets/{asset_id}/dismiss", "dismiss_change_items", Dismiss, ApprovalProblems, Optional, DismissInput
);

async fn decide<I: Stated + DeserializeOwned + 'static>(
    api: Data<Api>,
    request: HttpRequest,
    payload: Payload,
    transition: Transition,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    let id = auth::permitted(&api, &by, &request, transition.into())?;
    let read: Result<(I, _), _> = upload::read_json(&api, &request, payload, body).await;
    // Whoever may not decide about this asset hears that before anything about the rest of the request, and has nothing
    // remembered. If there is nothing else to hear, the decision itself finds out.
    let terms = read
        .as_ref()
        .map(|(input, _)| terms(transition, input, &[LocItem::Field("body".to_owned())]))
        .unwrap_or_else(|_| Ok(Terms::default()));
    if read.is_err() || terms.is_err() || idempotency::is_repeatable(&request) || etag::expected_revision(&request).is_err() {
        auth::admitted(&api, &by, &request, transition.into()).await?;
    }
    let ((input, body), terms) = (read?, terms?);
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |receipt| {
        let call = answer::call(&api, &by, &request, receipt, StatusCode::OK)?;
        let decision = input.into_request(transition, terms, || api.ids.next());
        let asset = api.catalog.decide(&call, id, decision).await.map_err(|error| problem_of(&api, id, error))?;
        Ok(answer::about(&api, by.workspace, StatusCode::OK, asset).into())
    })
    .await
}

/// Decide about many assets
///
/// Up to 500 decisions, each for itself: one that is refused does not hold up the others. The bytes are always named.
/// The results are in the order of the request. Each decision needs what it would need alone. `If-Match` cannot name many
/// assets: name the `revision` in each decision instead. With an `Idempotency-Key`, an answer in which a decision failed for
/// a reason that may pass (5xx, `contended`) is not kept: send the request again, and each decision is tried again.
#[utoipa::path(
    post, path = "/api/v1/assets/decisions", operation_id = "decide_assets", tag = "decisions",
    params(Repeatable),
    request_body = BulkDecisions,
    responses((status = 200, description = "What became of each", body = BulkResults), BulkProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn decide_assets(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = auth::caller(&api, &request).await?;
    if request.headers().contains_key(header::IF_MATCH) {
        let message = "cannot name many assets; name the revision in each decision";
        return Err(Problem::invalid(vec![FieldProblem::at(&["header", "If-Match"], "unexpected_header", message)]));
    }
    let (input, body): (BulkDecisions, _) = upload::read_json(&api, &request, payload, JsonBody::Required).await?;
    if input.decisions.is_empty() || input.decisions.len() > MAX_DECISIONS {
        let message = format!("must be 1 to {MAX_DECISIONS} decisions");
        return Err(Problem::invalid(vec![FieldProblem::at(&["body", "decisions"], "count", message)]));
    }
    idempotency::once(&api.clone(), &by.clone(), &request.clone(), body, async move |_| {
        let decisions = input.decisions.into_iter().enumerate().map(|decision| decided(&api, decision)).collect::<Result<Vec<_>, _>>()?;
        let answers = api.catalog.decide_each(&by, &decisions).await;
        let results: Vec<_> = decisions.iter().zip(answers).map(|(decision, answer)| result(&api, &by, decision.asset, answer)).collect();
        for (decision, result) in decisions.iter().zip(&results) {
            if let Some(problem) = &result.problem {
                refusals::note_item(&api, &by, decision.asset, "decide_assets", problem);
            }
        }
        let passing = results.iter().filter_map(|result| result.problem.as_ref()).any(idempotency::is_passing);
        let replay = if passing { Replay::Nothing } else { Replay::Same };
        Ok(Answered { answer: Answer::json(StatusCode::OK, Vec::new(), &BulkResults { results }), replay })
    })
    .await
}

/// What an approval is to be good for. Nothing else can be limited.
fn terms(transition: Transition, stated: &impl Stated, place: &[LocItem]) -> Result<Terms, Problem> {
    let stated = stated.terms();
    let wrong = |field: &str, kind: &str, msg: String| {
        let loc = [place, &[LocItem::Field(field.to_owned())]].concat();
        Problem::invalid(vec![FieldProblem { loc, msg, kind: kind.to_owned() }])
    };
    if transition != Transition::Approve
        && let Some(field) = stated.first_field()
    {
        return Err(wrong(field, "unexpected", "only an approval can be limited".to_owned()));
    }
    Terms::new(stated).map_err(|error| {
        let field = match error {
            TermsError::Backwards => "valid_until",
            TermsError::TooManyChannels => "channels",
            TermsError::TooManyMarkets => "markets",
        };
        wrong(field, "terms", error.to_string())
    })
}

fn decided(api: &Api, (place, input): (usize, BulkDecision)) -> Result<assets_domain::BulkDecision, Problem> {
    let transition = input.action.into();
    let terms =
        terms(transition, &input, &[LocItem::Field("body".to_owned()), LocItem::Field("decisions".to_owned()), LocItem::Index(place)])?;
    Ok(assets_domain::BulkDecision {
        asset: AssetId::new(input.asset_id),
        if_match: input.revision,
        request: input.into_request(transition, terms, || api.ids.next()),
    })
}

fn result(api: &Api, by: &Principal, id: AssetId, answer: Result<AssetView, CatalogError>) -> BulkResult {
    let asset_id = id.as_uuid();
    match answer {
        Ok(asset) => BulkResult { asset_id, status: 200, asset: Some(answer::body(api, by.workspace, asset)), problem: None },
        Err(error) => {
            let problem = problem_of(api, id, error);
            BulkResult { asset_id, status: problem.status, asset: None, problem: Some(problem) }
        }
    }
}

fn problem_of(api: &Api, id: AssetId, error: CatalogError) -> Problem {
    Problem::from(error).with_review_url(links::review(api, id))
}
