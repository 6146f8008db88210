//! The client is what the published contract says: no operation is forgotten, no member is called otherwise, and nothing that may
//! be missing is counted on.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::{PartialSchema, ToSchema};

use crate::operation::{ALL, LEFT_OUT};

fn document() -> Value {
    serde_json::from_str(include_str!("../../../openapi/assets.json")).unwrap()
}

/// The schemas of the client by name.
fn described() -> BTreeMap<String, Value> {
    macro_rules! described {
        ($($name:ident)*) => { [$( named::<crate::$name>(), )*] };
    }
    described!(
        Actor AddVersion Anchor Answer ApiKey ApiKeyList Approver Asset AssetAction AssetEventData AssetHistory AssetPage AssetStatus AssetType AuditActor AuditActorKind AuditCheckpoint AuditCheckpointPage AuditEntry AuditPage AuditedBeginning AuditedDecision AuditedDeletion AuditedKey AuditedPolicy AuditedRefusal BulkDecision BulkDecisions BulkResult BulkResults ChangeItem ChangeItemInput ChangeItemState ChangeRequest ChangeRequestPage ChangeRequestState Comment CommentInput CommentPage Consumer Consumers Content CreateAsset CreatedApiKey Decision DecisionAction DecisionInput DisabledReason DismissInput Dismissal EventPage EventType Export ExportEventData ExportFilter ExportInput ExportPage ExportSelection ExportStatus Facts FieldProblem GivenAnswer Handover HandoverKind HandoverPage Health InlineContent KeyKind LeftOut LeftOutItem LeftOver LeftOverItem LeftOverReason ListInclude ListSort LocItem MediaType NewApiKey NewAssetMetadata NewContent NewProvenance NewVersionMetadata Policy PolicyEventData PolicyRule PreviewUrl Problem ProblemCode Provenance Quota Reason Recall RecallEventData RecallInput RecallPage RecallStatus RecalledAsset Release ReleaseEventData ReleaseInput RequestChangesInput RequestedChange ReviewRound RollbackInput Scope Severity SigningKey SigningKeys Source SourceInput StatedProvenanceInput Tally UpdateAsset UpdatePolicy UploadedContent Usage Version VersionStatus WebhookEventData Whoami
    )
    .into()
}

fn named<T: ToSchema>() -> (String, Value) {
    (T::name().into_owned(), serde_json::to_value(T::schema()).unwrap())
}

/// What the contract has and the client has not, and why.
const WITHOUT: &[(&str, &str)] = &[
    ("CreateAssetUpload", "a form: its metadata is NewAssetMetadata, and its content a File"),
    ("AddVersionUpload", "a form: its metadata is NewVersionMetadata, and its content a File"),
    ("Tag", "a text"),
    ("Channel", "a text"),
    ("Market", "a text"),
    ("KeyName", "a text"),
    ("Label", "a text"),
    ("Event", "one of those below: what `data` is, EventData says"),
    ("AssetCreatedEvent", "an Event"),
    ("AssetVersionAddedEvent", "an Event"),
    ("AssetSubmittedEvent", "an Event"),
    ("AssetWithdrawnEvent", "an Event"),
    ("AssetApprovedEvent", "an Event"),
    ("AssetChangesRequestedEvent", "an Event"),
    ("AssetRevokedEvent", "an Event"),
    ("AssetArchivedEvent", "an Event"),
    ("AssetRestoredEvent", "an Event"),
    ("AssetRolledBackEvent", "an Event"),
    ("AssetUpdatedEvent", "an Event"),
    ("AssetDeletedEvent", "an Event"),
    ("AssetReleasedEvent", "an Event"),
    ("ExportCreatedEvent", "an Event"),
    ("PolicyChangedEvent", "an Event"),
    ("RecallMadeEvent", "an Event"),
    ("WebhookDisabledEvent", "an Event"),
    ("NewWebhook", "of an operation that is left out"),
    ("WebhookFilters", "of an operation that is left out"),
    ("UpdateWebhook", "of an operation that is left out"),
    ("UpdateWebhookFilters", "of an operation that is left out"),
    ("Webhook", "of an operation that is left out"),
    ("WebhookStatus", "of an operation that is left out"),
    ("RevealedWebhook", "of an operation that is left out"),
    ("WebhookList", "of an operation that is left out"),
    ("WebhookDelivery", "of an operation that is left out"),
    ("DeliveryKind", "of an operation that is left out"),
    ("DeliveryStatus", "of an operation that is left out"),
    ("WebhookDeliveryPage", "of an operation that is left out"),
    ("ReplayInput", "of an operation that is left out"),
    ("WebhookReplay", "of an operation that is left out"),
    ("OpenApiDocument", "of an operation that is left out"),
];

/// What a schema comes down to for whoever reads or writes it: of an object its members, of a list its items, of a closed list
/// its names; without words, examples and limits, which the service watches over.
#[derive(Debug, PartialEq, Eq)]
enum Shape {
    Named(String),
    Plain(String),
    List(Box<Shape>),
    Names(BTreeSet<String>),
    Either(Vec<Shape>),
    Object { parts: Vec<Shape>, members: BTreeMap<String, Member> },
}

#[derive(Debug, PartialEq, Eq)]
struct Member {
    shape: Shape,
    may_be_missing: bool,
}

/// What a schema is besides null, and whether it may be null.
fn shape(schema: &Value) -> (Shape, bool) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        let is_text = WITHOUT.contains(&(name, "a text"));
        return (if is_text { Shape::Plain("string".to_owned()) } else { Shape::Named(name.to_owned()) }, false);
    }
    for alternatives in ["oneOf", "anyOf"] {
        if let Some(alternatives) = schema[alternatives].as_array() {
            let (null, others): (Vec<_>, Vec<_>) = alternatives.iter().partition(|one| one["type"] == "null");
            let mut others: Vec<_> = others.into_iter().map(|one| shape(one).0).collect();
            let one = if others.len() == 1 { others.remove(0) } else { Shape::Either(others) };
            return (one, !null.is_empty());
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut all = Vec::new();
        let mut rest = BTreeMap::new();
        for part in parts {
            match shape(part).0 {
                Shape::Object { parts, members } => {
                    all.extend(parts);
                    rest.extend(members);
                }
                part @ (Shape::Named(_) | Shape::Plain(_) | Shape::List(_) | Shape::Names(_) | Shape::Either(_)) => all.push(part),
            }
        }
        return (Shape::Object { parts: all, members: rest }, false);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().map(|one| one.as_str().unwrap()).collect(),
        other => panic!("a schema of no type ({other}): {schema}"),
    };
    let is_nullable = types.contains(&"null");
    let one = types.into_iter().find(|one| *one != "null").unwrap();
    let format = schema["format"].as_str().filter(|format| *format != "uri").unwrap_or_default();
    let shape = match one {
        "string" if schema["enum"].is_array() => Shape::Names(schema["enum"].as_array().unwrap().iter().map(text).collect()),
        "array" => Shape::List(Box::new(self::shape(&schema["items"]).0)),
        "object" => Shape::Object { parts: Vec::new(), members: members(schema) },
        plain => Shape::Plain([plain, format].concat()),
    };
    (shape, is_nullable)
}

fn members(schema: &Value) -> BTreeMap<String, Member> {
    let required: BTreeSet<_> = schema["required"].as_array().into_iter().flatten().map(text).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let member = |(name, property): (&String, &Value)| {
        let (shape, is_nullable) = shape(property);
        (name.clone(), Member { shape, may_be_missing: is_nullable || !required.contains(name) })
    };
    properties.map(member).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The schema that a name or a place stands for, as the last part of its reference.
fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next())
}

#[test]
fn every_schema_of_the_contract_is_a_type_of_the_client() {
    let (document, described) = (document(), described());
    let published: BTreeSet<_> = document["components"]["schemas"].as_object().unwrap().keys().cloned().collect();
    let known: BTreeSet<_> = described.keys().cloned().chain(WITHOUT.iter().map(|(name, _)| (*name).to_owned())).collect();
    assert_eq!(known, published);
}

#[test]
fn every_member_has_the_name_the_type_and_the_necessity_that_the_contract_says() {
    let document = document();
    for (name, schema) in described() {
        let published = &document["components"]["schemas"][&name];
        if let (Shape::Object { members, .. }, Shape::Object { members: published, .. }) = (shape(&schema).0, shape(published).0) {
            for member in members.keys().chain(published.keys()) {
                assert_eq!(members.get(member), published.get(member), "{name}.{member}");
            }
        }
        assert_eq!(shape(&schema), shape(published), "{name}");
    }
}

/// The schemas that an operation takes as its body, and those that are the metadata of its forms.
fn taken<'d>(document: &'d Value, operation: &'d Value) -> BTreeSet<&'d str> {
    let bodies = operation["requestBody"]["content"].as_object().into_iter().flatten();
    let bodies: BTreeSet<_> = bodies.filter_map(|(_, body)| referred(&body["schema"])).collect();
    let metadata = |name: &&str| referred(&document["components"]["schemas"][*name]["properties"]["metadata"]);
    bodies.iter().filter_map(metadata).chain(bodies.iter().copied()).collect()
}

/// What an operation gives if all is well: a schema, bytes, or nothing.
fn given(operation: &Value) -> BTreeSet<&str> {
    let (_, answered) = operation["responses"].as_object().unwrap().iter().find(|(status, _)| status.starts_with('2')).unwrap();
    let name = |schema| {
        referred(schema).unwrap_or(if schema["format"] == "binary" || schema["type"] == "string" { "Download" } else { "something else" })
    };
    answered["content"].as_object().into_iter().flatten().map(|(_, body)| name(&body["schema"])).collect()
}

#[test]
fn every_operation_of_the_contract_is_a_call_of_the_client_or_left_out_for_a_reason() {
    let document = document();
    let called = ALL.iter().map(|(id, method, path, ..)| ((*id).to_owned(), method.as_str().to_lowercase(), (*path).to_owned()));
    let mut published = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            published.insert((text(&operation["operationId"]), method.clone(), path.clone()));
        }
    }
    for (left_out, why) in LEFT_OUT {
        let before = published.len();
        published.retain(|(id, ..)| id != left_out);
        assert!(published.len() < before && !why.is_empty(), "{left_out} is not in the contract");
    }
    assert_eq!(called.collect::<BTreeSet<_>>(), published);
}

#[test]
fn every_call_takes_and_gives_what_the_contract_says() {
    let document = document();
    for (id, method, path, takes, gives) in ALL {
        let operation = &document["paths"][*path][method.as_str().to_lowercase()];
        let (taken, given) = (taken(&document, operation), given(operation));
        let has_query = takes.ends_with("Query") || takes.ends_with("Filter");
        assert!(if taken.is_empty() { *takes == "()" || has_query } else { taken.contains(takes) }, "{id} takes {taken:?}, not {takes}");
        assert!(if *gives == "()" { given.is_empty() } else { given.contains(gives) }, "{id} gives {given:?}, not {gives}");
    }
}

#[test]
fn every_parameter_of_a_query_has_the_name_and_the_type_that_the_contract_says() {
    let document = document();
    let queries = [
        ("/api/v1/assets", crate::AssetFilter::schema()),
        ("/api/v1/assets/exports", crate::PageQuery::schema()),
        ("/api/v1/assets/recalls", crate::PageQuery::schema()),
        ("/api/v1/assets/events", crate::EventQuery::schema()),
        ("/api/v1/assets/events/stream", crate::EventStreamQuery::schema()),
        ("/api/v1/assets/{asset_id}/releases", crate::PageQuery::schema()),
        ("/api/v1/assets/{asset_id}/change-requests", crate::ChangeRequestQuery::schema()),
        ("/api/v1/assets/{asset_id}/comments", crate::PageQuery::schema()),
        ("/api/v1/admin/audit", crate::AuditQuery::schema()),
        ("/api/v1/admin/audit/checkpoints", crate::PageQuery::schema()),
        ("/api/v1/assets/{asset_id}/approved", crate::MomentQuery::schema()),
        ("/api/v1/assets/{asset_id}/preview-url", crate::PreviewQuery::schema()),
    ];
    for (path, query) in queries {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        let asked = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let asked: serde_json::Map<_, _> = asked.map(|parameter| (text(&parameter["name"]), parameter["schema"].clone())).collect();
        assert_eq!(members(&serde_json::to_value(query).unwrap()), members(&json!({ "properties": asked })), "{path}");
    }
}

fn sent(body: impl serde::Serialize) -> Value {
    serde_json::to_value(body).unwrap()
}

#[test]
fn what_is_left_open_is_not_sent() {
    use crate::{
        AssetType, BulkDecision, DecisionAction, DecisionInput, ExportInput, KeyKind, NewApiKey, NewAssetMetadata, NewProvenance,
        NewVersionMetadata, Scope, StatedProvenanceInput, UpdateAsset,
    };
    assert_eq!(sent(DecisionInput::default()), json!({}));
    assert_eq!(sent(ExportInput::default()), json!({}));
    assert_eq!(sent(UpdateAsset::default()), json!({}));
    assert_eq!(sent(StatedProvenanceInput::default()), json!({}));
    let version = NewVersionMetadata::noting("shorter").with("Spring!");
    assert_eq!(sent(version), json!({"note": "shorter", "content": {"text": "Spring!"}}));
    let asset = NewAssetMetadata::new(AssetType::Copy, "Headline", NewProvenance::by("me"));
    assert_eq!(sent(asset), json!({"type": "copy", "title": "Headline", "provenance": {"agent_slug": "me"}}));
    let key = NewApiKey::new("desk", KeyKind::Service, [Scope::ReadApproved]);
    assert_eq!(sent(key), json!({"name": "desk", "kind": "service", "scopes": ["assets:read:approved"]}));
    let decided = BulkDecision::about(&asset_of_later(), DecisionAction::Approve);
    let digest = format!("sha256:{}", "0".repeat(64));
    assert_eq!(
        sent(decided),
        json!({"asset_id": "01900000-0000-7000-8000-000000000000", "action": "approve", "version": 1, "digest": digest})
    );
}

#[test]
fn a_removed_description_is_sent_as_null() {
    let update = crate::UpdateAsset { description: Some(None), ..crate::UpdateAsset::default() };
    assert_eq!(serde_json::to_value(update).unwrap(), json!({"description": null}));
}

#[test]
fn events_are_told_apart_by_what_they_name() {
    let read = |data: Value| serde_json::from_value::<crate::EventData>(data).unwrap();
    let id = "01900000-0000-7000-8000-000000000000";
    let by = json!({"key_prefix": "4fGh7KqZ", "name": "ann", "kind": "person"});
    let asset = json!({
        "asset_id": id, "asset_type": null, "version": null, "digest": null, "status": null, "approved_version": null,
        "approval_changed": true, "by": null,
    });
    assert!(matches!(read(asset), crate::EventData::Asset(data) if data.approval_changed && data.by.is_none()));
    let release = json!({
        "release_id": id, "asset_id": id, "version": 1, "digest": "sha256:", "channel": "email", "market": null,
        "expires_at": "2026-03-01T12:00:00Z", "by": by,
    });
    assert!(matches!(read(release), crate::EventData::Release(_)));
    let export = json!({"export_id": id, "count": 1, "size_bytes": 2, "expires_at": "2026-03-01T12:00:00Z", "by": by});
    assert!(matches!(read(export), crate::EventData::Export(_)));
    assert!(matches!(read(json!({"moon": "full"})), crate::EventData::Other(_)));
}

/// An asset as a later release might answer it: with members and names that nobody here knows.
fn asset_of_later() -> crate::Asset {
    let version = json!({
        "number": 1, "status": "considered", "note": null, "restored_from": null, "created_at": "2026-03-01T12:00:00Z",
        "content": {
            "digest": format!("sha256:{}", "0".repeat(64)), "size_bytes": 7, "media_type": "audio/ogg", "filename": "jingle.ogg",
            "facts": {"width": null, "height": null, "pages": null, "duration_seconds": 2.5, "words": null, "loudness": -14},
        },
        "provenance": {
            "agent_slug": "me", "run_id": null, "campaign_id": null, "brand_id": null, "brief_id": null, "model": null,
            "prompt_digest": null, "derived_from": [], "mood": "bright",
        },
        "created_by": {"key_prefix": "4fGh7KqZ", "name": "ann", "kind": "committee"},
    });
    let asset = json!({
        "id": "01900000-0000-7000-8000-000000000000", "type": "jingle", "title": "Jingle", "description": null, "status": "draft",
        "tags": [], "provenance": version["provenance"], "latest_version": version, "approved_version": null, "mood": "bright",
        "created_at": "2026-03-01T12:00:00Z", "updated_at": "2026-03-01T12:00:00Z", "revision": 1, "preview_url": null,
    });
    serde_json::from_value(asset).unwrap()
}

#[test]
fn what_came_later_than_the_client_is_read_all_the_same() {
    let asset = asset_of_later();
    assert_eq!(asset.asset_type, crate::AssetType::Other("jingle".to_owned()));
    assert_eq!(asset.latest_version.status.as_str(), "considered");
    assert_eq!(asset.latest_version.content.media_type.to_string(), "audio/ogg");
    let problem =
        json!({"type": "urn:assets:problem:tired", "title": "Tired", "status": 409, "detail": "later", "code": "tired", "until": 7});
    let problem: crate::Problem = serde_json::from_value(problem).unwrap();
    assert_eq!(problem.code, crate::ProblemCode::Other("tired".to_owned()));
    assert_eq!(problem.to_string(), "tired: later");
}

#[test]
fn names_that_are_known_are_read_and_written_as_themselves() {
    for code in crate::ProblemCode::KNOWN {
        let written = serde_json::to_value(code).unwrap();
        assert_eq!(&serde_json::from_value::<crate::ProblemCode>(written).unwrap(), code);
    }
}

#[test]
fn a_key_is_in_no_debug_output() {
    let client = crate::Client::new("https://assets.example.com", "tnx_secret").unwrap();
    assert!(!format!("{client:?}").contains("secret"));
    let asked = client.keys().create(&crate::NewApiKey::new("desk", crate::KeyKind::Service, []));
    assert!(!format!("{asked:?}").contains("secret"));
}

#[test]
fn an_address_that_is_none_is_refused_at_once() {
    for address in ["assets.example.com", "ftp://assets.example.com", "file:///assets", ""] {
        assert!(matches!(crate::Client::new(address, "tnx_key"), Err(crate::Error::Setting(_))), "{address}");
    }
}
