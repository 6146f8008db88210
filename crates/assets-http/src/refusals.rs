//! What was refused, for the audit.

use std::{collections::HashMap, sync::OnceLock};

use actix_web::{
    HttpRequest,
    http::{Method, StatusCode},
};
use assets_domain::{AssetId, Principal, RefusedCall, RequestId};

use crate::{
    api::Api,
    document,
    observe::{self, Recognised},
    problem::{Problem, ProblemCode},
};

/// Whether the audit tells of it: the caller is known, and may not, or may not now. What is merely wrong with a request is no refusal.
fn is_audited(code: ProblemCode) -> bool {
    matches!(
        code,
        ProblemCode::IllegalTransition
            | ProblemCode::OpenChangeRequests
            | ProblemCode::StaleVersion
            | ProblemCode::NotDeletable
            | ProblemCode::OtherTerms
            | ProblemCode::DigestRequired
    ) || (code.status() == StatusCode::FORBIDDEN && code != ProblemCode::InvalidLink && code != ProblemCode::ForbiddenOrigin)
}

/// Notes that a request came to nothing because its caller may not.
pub(crate) fn note(api: &Api, request: &HttpRequest, recognised: &Recognised, problem: &Problem) {
    if !is_audited(problem.code()) {
        return;
    }
    let asset = request.match_info().get("asset_id").and_then(|text| text.parse::<AssetId>().ok());
    let pattern = request.match_pattern().unwrap_or_default();
    let attempted = operation(request.method(), &pattern);
    api.refusals.note(RefusedCall {
        workspace: recognised.workspace,
        by: recognised.actor.clone(),
        request: Some(RequestId::new(observe::request_uuid())),
        code: problem.code().as_str(),
        attempted,
        asset,
        at: api.clock.now(),
    });
}

/// Notes that one of many things that were asked for at once came to nothing.
pub(crate) fn note_item(api: &Api, by: &Principal, asset: AssetId, attempted: &str, problem: &Problem) {
    if is_audited(problem.code()) {
        api.refusals.note(RefusedCall {
            workspace: by.workspace,
            by: by.actor.clone(),
            request: by.request,
            code: problem.code().as_str(),
            attempted: attempted.to_owned(),
            asset: Some(asset),
            at: api.clock.now(),
        });
    }
}

/// The id of an operation, by the method and the pattern of its path. What is none has these instead.
fn operation(method: &Method, pattern: &str) -> String {
    static IDS: OnceLock<HashMap<(&'static str, String), String>> = OnceLock::new();
    let ids = IDS.get_or_init(|| {
        let mut ids = HashMap::new();
        for (path, item) in document().paths.paths {
            let operations = [("GET", item.get), ("POST", item.post), ("PATCH", item.patch), ("DELETE", item.delete), ("HEAD", item.head)];
            for (method, operation) in operations {
                if let Some(id) = operation.and_then(|operation| operation.operation_id) {
                    ids.insert((method, path.clone()), id);
                }
            }
        }
        ids
    });
    let found = ids.iter().find(|((known, path), _)| *known == method.as_str() && path == pattern);
    let or_got = || ids.get(&("GET", pattern.to_owned())).filter(|_| method == Method::HEAD);
    found.map(|(_, id)| id).or_else(or_got).cloned().unwrap_or_else(|| format!("{method} {pattern}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named_by_their_ids() {
        assert_eq!(operation(&Method::POST, "/api/v1/assets/{asset_id}/approve"), "approve_asset");
        assert_eq!(operation(&Method::HEAD, "/api/v1/assets/{asset_id}"), "get_asset");
        assert_eq!(operation(&Method::PUT, "/nowhere"), "PUT /nowhere");
    }

    #[test]
    fn refusals_are_told_of_and_mistakes_are_not() {
        let told: Vec<_> = ProblemCode::ALL.iter().filter(|code| is_audited(**code)).map(|code| code.as_str()).collect();
        let expected = [
            "human_required",
            "forbidden_scope",
            "forbidden_grant",
            "self_approval",
            "quota_exceeded",
            "illegal_transition",
            "open_change_requests",
            "stale_version",
            "not_deletable",
            "other_terms",
            "digest_required",
        ];
        assert_eq!(told, expected);
    }
}
