"""Refusals of requests that keep to the document, each for a reason that a schema cannot say: it depends on what exists, on what
was sent before, or on two places of the request at once. What is refused for any other reason is a failure.
"""

import json

# By the code of the problem, whatever the operation.
BY_CODE = {
    "precondition_failed": "`If-Match` names a revision that is not the current one",
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

# By the type of what is wrong with a field, where the code is `invalid_request`.
BY_TYPE = {
}


def reason(operation, response):
    try:
        problem = json.loads(response.content)
    except ValueError:
        return None
    if problem.get("code") in BY_CODE:
        return BY_CODE[problem["code"]]
    whys = [BY_TYPE.get(error["type"]) for error in problem.get("errors", [])]
    return whys[0] if whys and all(whys) else None
