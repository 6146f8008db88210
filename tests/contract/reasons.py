"""Refusals of requests that keep to the document, each for a reason that a schema cannot say: it depends on what exists, on what
was sent before, or on two places of the request at once. What is refused for any other reason is a failure.
"""

import json
import re

from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.generation.meta import CoverageScenario
from schemathesis.openapi.checks import RejectedPositiveData

# By the code of the problem, whatever the operation.
BY_CODE = {
    "precondition_failed": "`If-Match` names a revision that is not the current one",
    "digest_required": "the policy of the workspace asks for it, as other requests here have it",
    "idempotency_mismatch": "the `Idempotency-Key` was used before, with another body",
    "invalid_cursor": "a cursor is one that was given, and good for this list alone",
    "link_gone": "the asset is archived",
    "invalid_link": "a link is one that was given",
    "digest_mismatch": "the content is not what `Repr-Digest` announces",
    "checksum_mismatch": "the bytes are not what `Upload-Checksum` announces",
    "content_mismatch": "the bytes are not of the type that the asset has, or that they are said to have",
    "range_not_satisfiable": "the content has no such bytes",
    "too_large": "how much is taken is a setting",
}

# By the type of what is wrong and with which field, where the code is `invalid_request`.
BY_FIELD = {
    ("past", "expires_at"): "the time lies in the past by now",
    ("terms", "valid_until"): "one time of the request is not later than another",
    **{("unexpected", field): "decisions share one body, and only an approval has terms" for field in ["valid_from", "valid_until", "channels", "markets"]},
    ("missing", "comment"): "decisions share one body, and only some need a comment",
    **{("unexpected", field): "many decisions share one shape, and only some have points" for field in ["items", "item_ids"]},
    ("with_filters", "asset_ids"): "an export names assets, or filters, but not both",
    ("missing", "asset_ids"): "an export names assets, or at least one filter",
    ("unknown_upload", "upload_id"): "there is no such upload",
    ("incomplete_upload", "upload_id"): "the upload has not all its bytes",
    ("unknown_version", "to_version"): "the asset has no such version",
    ("unknown_source", "derived_from"): "there is no such version to be made from",
    ("not_open", "item_id"): "the asset has no such point that is open",
    ("not_open", "item_ids"): "the asset has no such point that is open",
    ("anchor", "anchor"): "the content has no such place, or its type has none of that kind",
    ("unknown_version", "version"): "the asset has no such version",
    ("enum", "action"): "the audit has no such action, nor such a group of them",
    ("date_time", "at"): "the time lies in the future",
    ("invalid", "notify"): "a name has no characters that nobody sees, of which Unicode has many kinds",
    ("unknown_key", "approved_by"): "the workspace has no such key",
    ("forbidden_address", "url"): "nothing is sent there",
    ("missing", "body"): "a recall names at least one filter",
    ("missing", "event_id"): "a replay is of one event, or of a range",
    ("exclusive", "event_id"): "a replay is of one event, or of a range",
    ("nothing", "after"): "the webhook was told of nothing there",
    ("not_found", "event_id"): "the webhook was told of no such event",
    ("too_many", "until"): "so many events are not told again at once",
}


def reason(failure, case, response):
    """Why this is no failure; None if it is one."""
    if isinstance(failure, RejectedPositiveData):
        return strayed(case) or of_problem(response)
    if isinstance(failure, AcceptedNegativeData):
        data = case.meta.phase.data
        of_header = data.parameter_location is not None and data.parameter_location.value == "header"
        if of_header and getattr(data, "scenario", None) is CoverageScenario.OBJECT_UNEXPECTED_PROPERTIES:
            return "HTTP lets everybody send headers that nobody knows"
    return None


def of_problem(response):
    try:
        problem = json.loads(response.content)
    except ValueError:
        return None
    if problem.get("code") in BY_CODE:
        return BY_CODE[problem["code"]]
    # Places in lists are numbers.
    whys = [BY_FIELD.get((error["type"], next(part for part in reversed(error["loc"]) if isinstance(part, str)))) for error in problem.get("errors", [])]
    return whys[0] if whys and all(whys) else None


def strayed(case):
    """What Schemathesis learns of answers leads it away from the document at times; then a refusal is right."""
    for parameter in case.operation.definition.raw.get("parameters", []):
        value = (case.headers or {}).get(parameter["name"]) if parameter["in"] == "header" else None
        pattern = parameter["schema"].get("pattern")
        if value is not None and pattern and not re.search(pattern, str(value)):
            return "a header is not as the document wants it"
    return None
