"""Things that exist, made over the API for the cases of Schemathesis: each in the state in which an operation can do something with it.

Random ids lead to 404 and no further. Nothing is asserted here, and no answer is changed.
"""

import hashlib
import json
import threading
import urllib.error
import urllib.request

TEXT = "Spring is in the details."
DIGEST = f"sha256:{hashlib.sha256(TEXT.encode()).hexdigest()}"


class Things:
    def __init__(self, base, keys, caller):
        self.base, self.keys, self.caller = base, keys, caller
        self.kept = {}
        self.turn = threading.RLock()

    def ask(self, method, path, body=None, key="AGENT", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"Authorization": f"Bearer {self.keys[key]}"}
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = answer.read()
            return answer.headers, json.loads(content) if content[:1] == b"{" else content

    def once(self, name, make):
        """What is only looked at is made once."""
        with self.turn:
            if name not in self.kept:
                self.kept[name] = make()
            return self.kept[name]

    def asset(self, *steps):
        """By the agent, so that the person may approve it."""
        about = {"type": "copy", "title": "Spring", "provenance": {"agent_slug": "writer", "campaign_id": "spring"}, "content": {"text": TEXT}}
        asset = self.ask("POST", "/api/v1/assets", about)[1]["id"]
        if "approve" in steps:
            # What was made up may have asked for more.
            self.ask("PATCH", "/api/v1/admin/policy", {"required_approvals": None, "require_digest": None, "rules": None}, key="PERSON")
        for step in steps:
            self.ask("POST", f"/api/v1/assets/{asset}/{step}", {}, key="PERSON")
        return asset

    def export(self):
        self.asset("submit", "approve")
        return self.ask("POST", "/api/v1/assets/exports", {"campaign_id": "spring"})[1]["id"]

    def recall(self):
        return self.ask("POST", "/api/v1/assets/recalls", {"run_id": "of nobody", "comment": "nothing"}, key="PERSON")[1]["id"]

    def webhook(self):
        """Nobody listens there: what is told of it, waits."""
        about = {"url": "http://127.0.0.1:9/", "types": ["webhook.disabled"]}
        return self.ask("POST", "/api/v1/assets/webhooks", about, key="PERSON")[1]["id"]

    def upload(self):
        """Waiting for its bytes. It is the caller's own."""
        headers = self.ask("POST", "/api/v1/assets/uploads", key=self.caller, Tus_Resumable="1.0.0", Upload_Length="65536")[0]
        return headers["Location"].rpartition("/")[2]

    def key(self):
        about = {"name": "to be revoked", "kind": "service", "scopes": ["assets:read"]}
        return self.ask("POST", "/api/v1/admin/api-keys", about, key="PERSON")[1]["prefix"]

    def link(self, which):
        asset = self.asset("submit", "approve")
        return self.ask("GET", f"/api/v1/assets/{asset}/preview-url", key="PERSON")[1][which].split("/")

    def preview(self):
        *_, token, filename = self.link("url")
        return {"token": token, "filename": filename}

    def stable_preview(self):
        *_, asset, token = self.link("stable_url")
        return {"asset_id": asset, "token": token}


def draft(things):
    return {"asset_id": things.asset()}


def pending(things):
    return {"asset_id": things.asset("submit")}


def approved(things):
    return {"asset_id": things.asset("submit", "approve")}


def sent_back(things):
    asset = things.asset("submit")
    things.ask("POST", f"/api/v1/assets/{asset}/request-changes", {"comment": "not yet", "items": [{"text": "shorter"}]}, key="PERSON")
    return {"asset_id": asset}


def shown(things):
    return {"asset_id": things.once("shown", lambda: things.asset("submit", "approve"))}


def export(things):
    return {"export_id": things.once("export", things.export)}


def recall(things):
    return {"recall_id": things.once("recall", things.recall)}


def webhook(things):
    return {"webhook_id": things.once("webhook", things.webhook)}


def upload(things):
    return {"upload_id": things.upload()}


# What the path of an operation is filled with. An operation that is not named here gets an asset in the state `shown`, and version 1.
READY = {
    "delete_asset": draft,
    "update_asset": draft,
    "add_version": draft,
    "rollback_asset": draft,
    "submit_asset": draft,
    "withdraw_asset": pending,
    "approve_asset": pending,
    "request_changes": pending,
    "dismiss_change_items": sent_back,
    "get_change_requests": sent_back,
    "revoke_approval": approved,
    "archive_asset": approved,
    "restore_asset": lambda things: {"asset_id": things.asset("archive")},
    "get_export": export,
    "download_export": export,
    "get_recall": recall,
    **dict.fromkeys(["get_webhook", "update_webhook", "list_deliveries", "ping_webhook", "replay_deliveries", "rotate_webhook_secret"], webhook),
    "delete_webhook": lambda things: {"webhook_id": things.webhook()},
    "get_upload": upload,
    "append_upload": upload,
    "delete_upload": upload,
    "revoke_api_key": lambda things: {"prefix": things.key()},
    "get_preview": lambda things: things.once("preview", things.preview),
    "get_stable_preview": lambda things: things.once("stable_preview", things.stable_preview),
}


def ready(things, operation, parameters):
    """The parameters of a path, as far as something exists that they can name."""
    try:
        found = READY.get(operation, shown)(things) | {"number": 1}
    except urllib.error.HTTPError:
        # The limit of uploads of a key, for example. What was generated will do.
        return parameters
    return {name: found.get(name, value) for name, value in parameters.items()}


def named(body):
    """A body that names the bytes of what was made here, where it names any. Of others there is not more than a conflict."""
    found = {"version": 1, "to_version": 1, "digest": DIGEST}
    return {name: found.get(name, value) if value is not None else None for name, value in body.items()}
