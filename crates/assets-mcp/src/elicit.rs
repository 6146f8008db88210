//! Where only a person can decide, clients that can open a link are offered it.

use std::collections::BTreeMap;

use rmcp::{
    ErrorData, RoleServer,
    model::{CallToolResponse, ElicitRequest, ElicitRequestParams, ErrorCode, InputRequest, InputRequiredResult, ProtocolVersion},
    service::RequestContext,
};
use serde_json::{Value, json};

use crate::asset::member;

/// URLElicitationRequiredError, from protocol version 2025-11-25 until the one with results that require input.
const URL_ELICITATION_REQUIRED: ErrorCode = ErrorCode(-32042);

/// The link to where a person decides, if that is what refuses and the client said that it opens links: as a result that
/// requires input, or before 2026-07-28 as an error. Once a person was sent there, the refusal itself is the answer.
pub(crate) fn offered(
    problem: &Value,
    context: &RequestContext<RoleServer>,
    was_asked: bool,
) -> Option<Result<CallToolResponse, ErrorData>> {
    let review_url = member(problem, "review_url").as_str().filter(|_| member(problem, "code") == "human_required")?;
    let opens_links =
        context.client_capabilities().and_then(|capabilities| capabilities.elicitation).is_some_and(|modes| modes.url.is_some());
    if was_asked || !opens_links {
        return None;
    }
    let message = "Only a person can decide this. Open the link to review the asset.";
    let version = context.protocol_version()?;
    if version.as_str() >= ProtocolVersion::V_2026_07_28.as_str() {
        let params = ElicitRequestParams::UrlElicitationParams {
            meta: None,
            message: message.to_owned(),
            url: review_url.to_owned(),
            elicitation_id: String::new(),
        };
        let requests = BTreeMap::from([("review".to_owned(), InputRequest::Elicitation(ElicitRequest::new(params)))]);
        return Some(Ok(InputRequiredResult::from_input_requests(requests).into()));
    }
    if version.as_str() >= ProtocolVersion::V_2025_11_25.as_str() {
        let elicitation = json!({"mode": "url", "elicitationId": review_url, "url": review_url, "message": message});
        let data = json!({"elicitations": [elicitation], "problem": problem});
        return Some(Err(ErrorData::new(URL_ELICITATION_REQUIRED, message, Some(data))));
    }
    None
}
