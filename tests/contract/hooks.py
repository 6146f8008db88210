"""What Schemathesis is told of this service: which things exist, what bytes are, and which refusals depend on them.

It counts what is answered, and writes that to $CONTRACT_TALLY when the run ends.
"""

import atexit
import collections
import json
import os

import schemathesis

from reasons import reason
from things import Things, named, ready

things = Things(os.environ["CONTRACT_BASE"], json.loads(os.environ["CONTRACT_KEYS"]), os.environ["CONTRACT_CALLER"])
answered, excused = collections.Counter(), collections.Counter()


@schemathesis.serializer("application/offset+octet-stream")
def piece(context, value):
    """A piece of an upload is its bytes."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return bytes(value) if isinstance(value, (bytes, bytearray)) else getattr(value, "data", str(value).encode())


def operation(case):
    return case.operation.definition.raw["operationId"]


def is_generated(case, place):
    """Whether this part of the case is as the document wants it, and not what an earlier answer gave."""
    if case.meta is None or case.meta.phase.name.value == "stateful":
        return False
    part = next((part for where, part in case.meta.components.items() if where.value == place), None)
    return part is None or part.mode.is_positive


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.path_parameters and is_generated(case, "path"):
        case.path_parameters = ready(things, operation(case), case.path_parameters)
        if operation(case) == "append_upload" and is_generated(case, "header") and "Upload-Offset" in (case.headers or {}):
            # The upload is new: at any other place there is a conflict.
            case.headers["Upload-Offset"] = "0"
    if isinstance(case.body, dict) and is_generated(case, "body"):
        case.body = named(case.body)


@schemathesis.hook
def after_call(context, case, response):
    answered[f"{operation(case)} {response.status_code}"] += 1


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """All that reasons.py has no reason for stays a failure."""
    why = reason(failure, case, response)
    if why:
        excused[why] += 1
    return why is None


@atexit.register
def tell():
    with open(os.environ["CONTRACT_TALLY"], "w") as tally:
        json.dump({"answered": answered, "excused": excused}, tally)
