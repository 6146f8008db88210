"""The main job, whole, by the client that is made of the contract for Python: what an agent brings is looked at, sent back,
mended, approved, handed out and put away. `tests/tests/clients.rs` runs it and knows what it has to say.
"""

import hashlib
import os
import pathlib

import httpx

from assets_client import AuthenticatedClient
from assets_client.api.assets import create_asset, get_asset, list_assets
from assets_client.api.decisions import approve_asset, archive_asset, decide_assets, dismiss_change_items, request_changes, submit_asset
from assets_client.api.exports import create_export, download_export
from assets_client.api.keys import create_api_key, revoke_api_key, whoami
from assets_client.api.preview import get_preview_url
from assets_client.api.publishing import get_approved_content, list_releases, release_asset
from assets_client.api.review import comment_on_asset, get_change_requests
from assets_client.api.versions import add_version, rollback_asset
from assets_client.models import (
    AddVersion,
    Answer,
    AssetType,
    BulkDecision,
    BulkDecisions,
    ChangeItemInput,
    CommentInput,
    CreateAsset,
    CreateAssetUpload,
    DecisionAction,
    DecisionInput,
    DismissInput,
    ExportInput,
    InlineContent,
    KeyKind,
    NewApiKey,
    NewAssetMetadata,
    NewProvenance,
    Problem,
    ReleaseInput,
    RequestChangesInput,
    RollbackInput,
    Scope,
    Severity,
    TextAnchor,
    TextAnchorKind,
)
from assets_client.types import UNSET, File


def holding(key):
    return AuthenticatedClient(base_url=os.environ["BASE"], token=key)


def good(answer):
    """What was answered, or the problem as an error."""
    if isinstance(answer, Problem):
        raise RuntimeError(f"{answer.code}: {answer.detail}")
    return answer


def refused(answer):
    """The problem, where nothing else is expected."""
    assert isinstance(answer, Problem), answer
    return answer


def every(page, *arguments, **asked):
    """Every item of a list, page by page."""
    cursor = UNSET
    while cursor is not None:
        answer = good(page.sync(*arguments, **asked, cursor=cursor))
        yield from answer.items
        cursor = answer.next_cursor


def about(asset):
    """What is seen, by version and bytes."""
    return {"version": asset.latest_version.number, "digest": asset.latest_version.content.digest}


def said(*words):
    """As every client of the story says it."""
    print(*("null" if word is None else str(word).lower() if isinstance(word, bool) else word for word in words))


agent, person = holding(os.environ["AGENT"]), holding(os.environ["PERSON"])

# An agent brings a text and a picture.
made = NewProvenance(agent_slug="me", campaign_id="story")
text = CreateAsset(type_=AssetType.COPY, title="Hello", provenance=made, content=InlineContent(text="Spring, at long last!"))
copy = good(create_asset.sync(client=agent, body=text))
picture = pathlib.Path(os.environ["SAMPLES"], "hero.png")
with picture.open("rb") as opened:
    upload = CreateAssetUpload(
        metadata=NewAssetMetadata(type_=AssetType.IMAGE, title="Hero", provenance=made),
        content=File(payload=opened, file_name=picture.name, mime_type="image/png"),
    )
    hero = good(create_asset.sync(client=agent, body=upload))
said("brought", copy.status, hero.status, hero.latest_version.content.facts.width > 0)

# It thinks again, and submits.
good(add_version.sync(copy.id, client=agent, body=AddVersion(content=InlineContent(text="Spring, at last!"))))
copy = good(submit_asset.sync(copy.id, client=agent, body=DecisionInput()))
said("submitted", copy.latest_version.number, copy.status)

# A person looks, and wants it otherwise.
looked = good(get_asset.sync(copy.id, client=person))
said("looked at", *(version.number for version in looked.versions))
passage = TextAnchor(kind=TextAnchorKind.TEXT, start=6, end=16, quote=", at last!")
points = [ChangeItemInput(text="Half as long.", anchor=passage), ChangeItemInput(text="A warmer word?", severity=Severity.SUGGESTION)]
wanted = RequestChangesInput(**about(looked), comment="Shorter, please.", items=points)
good(request_changes.sync(copy.id, client=person, body=wanted))

# The agent reads why, and mends it.
returned = good(get_asset.sync(copy.id, client=agent))
why = next(decision for decision in reversed(returned.decisions) if decision.action is DecisionAction.REQUEST_CHANGES)
said("sent back", returned.versions[0].status, why.comment)
held_up = refused(submit_asset.sync(copy.id, client=agent, body=DecisionInput()))
said("held up", held_up.code, held_up.open_items[0].text)


def points():
    return good(get_change_requests.sync(copy.id, client=agent)).items[0].items


shorter, warmer = points()
answers = [Answer(item_id=shorter.id, text="Seven letters.")]
good(add_version.sync(copy.id, client=agent, body=AddVersion(note=why.comment, answers=answers, content=InlineContent(text="Spring!"))))
answer = points()[0].answer
said("answered", answer.version, answer.text)
said("said", good(comment_on_asset.sync(copy.id, client=agent, body=CommentInput(text="Is it still too long?"))).text)
good(dismiss_change_items.sync(copy.id, client=person, body=DismissInput(item_ids=[warmer.id], comment="Never mind.")))
said(points()[1].state, points()[1].dismissal.comment)
copy = good(submit_asset.sync(copy.id, client=agent, body=DecisionInput()))

# Only a person approves, and only what was seen.
tried = refused(approve_asset.sync(copy.id, client=agent, body=DecisionInput(**about(copy))))
said("tried", tried.code, tried.review_url.endswith(f"/review/{copy.id}"))
stale = refused(approve_asset.sync(copy.id, client=person, body=DecisionInput(**about(looked))))
said("too late", stale.code, stale.current_version, stale.current_digest == about(copy)["digest"])
copy = good(approve_asset.sync(copy.id, client=person, body=DecisionInput(**about(copy), comment="Lovely.")))
said("approved", copy.approved_version.number, copy.status)

# Many decisions at once, each for itself.
good(submit_asset.sync(hero.id, client=agent, body=DecisionInput()))
decisions = BulkDecisions(decisions=[
    BulkDecision(asset_id=hero.id, action=DecisionAction.APPROVE, **about(hero)),
    BulkDecision(asset_id=copy.id, action=DecisionAction.APPROVE, **about(looked)),
])
for result in good(decide_assets.sync(client=person, body=decisions)).results:
    said("decided", result.status, result.asset.status if result.asset else result.problem.code)

# What can be published, page by page.
for asset in every(list_assets, client=person, campaign_id="story", type_=[AssetType.COPY, AssetType.IMAGE], has_approved=True, limit=1):
    said("listed", asset.title, asset.type_)

# A link shows it to whoever has no key.
link = good(get_preview_url.sync(hero.id, client=person))
said("shown", link.media_type, httpx.get(link.url).content == picture.read_bytes())

# A publisher with a key of its own takes what was approved, byte for byte.
desk = good(create_api_key.sync(client=person, body=NewApiKey(name="desk", kind=KeyKind.SERVICE, scopes=[Scope.READ_APPROVED])))
publisher = holding(desk.key)
said("key", *good(whoami.sync(client=publisher)).scopes)
content = good(get_approved_content.sync(copy.id, client=publisher)).payload.read()
said("content", f"sha256:{hashlib.sha256(content).hexdigest()}" == about(copy)["digest"])
release = good(release_asset.sync(copy.id, client=publisher, body=ReleaseInput(channel="linkedin")))
said("released", release.channel, release.digest == about(copy)["digest"])
for handover in every(list_releases, copy.id, client=person):
    said("handed to", handover.by.name, handover.kind)

# All of it as one archive, the same each time.
exported = good(create_export.sync(client=publisher, body=ExportInput(campaign_id="story")))
with publisher.get_httpx_client().stream("GET", f"/api/v1/assets/exports/{exported.id}/archive") as answer, open("spring.zip", "wb") as file:
    answer.raise_for_status()
    for piece in answer.iter_bytes():
        file.write(piece)
parcel = pathlib.Path("spring.zip").read_bytes()
again = good(download_export.sync(exported.id, client=publisher)).payload.read()
said("exported", exported.count, len(parcel) == exported.size_bytes, parcel == again, picture.read_bytes() in parcel)

# Back to the first words, which nobody approved.
copy = good(rollback_asset.sync(copy.id, client=agent, body=RollbackInput(to_version=1, reason="The old one.")))
said("rolled back", copy.latest_version.number, copy.latest_version.restored_from, copy.status, copy.approved_version.number)

# What is put away is taken back from everybody, the archive included.
copy = good(archive_asset.sync(copy.id, client=person, body=DecisionInput(comment="Over.")))
said("archived", copy.status, copy.preview_url)
said("recalled", refused(download_export.sync(exported.id, client=publisher)).code)

good(revoke_api_key.sync(desk.prefix, client=person))
said("revoked", refused(whoami.sync(client=publisher)).code)
