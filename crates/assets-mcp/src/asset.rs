//! Assets as tools show them: small, and with what is left out counted.

use rmcp::model::JsonObject;
use serde_json::{Value, json};

use crate::{
    schema::{self, Member, needed, nullable, optional},
    text,
};

pub(crate) const TYPES: [&str; 6] = ["copy", "image", "slide", "video", "blog", "bundle"];
pub(crate) const STATUSES: [&str; 4] = ["draft", "pending_review", "approved", "archived"];

const MAX_TITLE: usize = 100;
const MAX_TITLE_OF_A_LINE: usize = 60;
const MAX_TAG: usize = 40;
const MAX_TAGS: usize = 4;
const MAX_NOTE: usize = 500;
const MAX_VERSIONS: usize = 10;
const MAX_DECISIONS: usize = 10;

/// A member of an answer; null if there is none.
pub(crate) fn member<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// An asset in a line.
pub(crate) fn brief(asset: &Value) -> Value {
    let tags = member(asset, "tags").as_array().map(Vec::as_slice).unwrap_or_default();
    let mut brief = json!({
        "id": member(asset, "id"),
        "type": member(asset, "type"),
        "title": shortened(member(asset, "title"), MAX_TITLE),
        "status": member(asset, "status"),
        "tags": tags.iter().take(MAX_TAGS).map(|tag| shortened(tag, MAX_TAG)).collect::<Vec<_>>(),
        "campaign_id": member(member(asset, "provenance"), "campaign_id"),
        "latest_version": member(member(asset, "latest_version"), "number"),
        "approved_version": member(member(asset, "approved_version"), "number"),
        "updated_at": whole_seconds(member(asset, "updated_at")),
    });
    if let Some(brief) = brief.as_object_mut().filter(|_| tags.len() > MAX_TAGS) {
        brief.insert("more_tags".to_owned(), (tags.len() - MAX_TAGS).into());
    }
    let needs_several = member(member(asset, "review"), "required_approvals").as_u64().is_some_and(|people| people > 1);
    if let Some(brief) = brief.as_object_mut().filter(|_| needs_several) {
        brief.insert("review".to_owned(), review(asset));
    }
    brief
}

/// The same as a line of text, for a model that is given no more of a list: enough to go on with.
pub(crate) fn line(brief: &Value) -> String {
    let word = |name| member(brief, name).as_str().unwrap_or_default();
    let approved = member(brief, "approved_version").as_u64().map(|number| format!(", v{number} approved")).unwrap_or_default();
    let title = text::shortened(word("title"), MAX_TITLE_OF_A_LINE);
    format!("{} {} v{}{approved}: {title}", word("id"), word("status"), member(brief, "latest_version"))
}

/// What [`brief`] gives.
pub(crate) fn brief_schema(description: &str) -> Value {
    schema::object(description, &brief_members())
}

fn brief_members() -> Vec<Member> {
    vec![
        needed("id", schema::id("Which asset.")),
        needed("type", schema::choice("What kind of thing.", &TYPES)),
        needed("title", schema::text("What it is called; long ones are cut.")),
        needed("status", schema::choice("Where the latest version stands. What can be published is approved_version.", &STATUSES)),
        needed("tags", schema::list("The first of its tags.", json!({"type": "string"}), 4)),
        optional("more_tags", schema::count("How many tags are not shown.", 1)),
        needed("campaign_id", nullable(schema::text("The campaign it was made for."))),
        needed("latest_version", schema::count("The number of the newest version.", 1)),
        needed("approved_version", nullable(schema::count("The number of the version whose approval stands.", 1))),
        needed("updated_at", schema::moment("When it last changed.")),
        optional("review", review_schema()),
    ]
}

/// An asset with the newest of its history.
pub(crate) fn whole(asset: &Value) -> Value {
    let empty = Vec::new();
    let versions = member(asset, "versions").as_array().unwrap_or(&empty);
    let decisions = member(asset, "decisions").as_array().unwrap_or(&empty);
    json!({
        "id": member(asset, "id"),
        "type": member(asset, "type"),
        "title": member(asset, "title"),
        "description": member(asset, "description"),
        "status": member(asset, "status"),
        "tags": member(asset, "tags"),
        "provenance": provenance(member(asset, "provenance")),
        "latest_version": version(member(asset, "latest_version")),
        "approved_version": Some(member(asset, "approved_version")).filter(|version| !version.is_null()).map(version),
        "versions": versions.iter().take(MAX_VERSIONS).map(version_line).collect::<Vec<_>>(),
        "earlier_versions": versions.len().saturating_sub(MAX_VERSIONS),
        "decisions": decisions.iter().rev().take(MAX_DECISIONS).map(decision).collect::<Vec<_>>(),
        "earlier_decisions": decisions.len().saturating_sub(MAX_DECISIONS),
        "review": review(asset),
        "revision": member(asset, "revision"),
        "created_at": whole_seconds(member(asset, "created_at")),
        "updated_at": whole_seconds(member(asset, "updated_at")),
        "preview_url": member(asset, "preview_url"),
    })
}

/// What [`whole`] gives.
pub(crate) fn whole_schema(description: &str) -> Value {
    let tags = schema::list("What it is filed under.", json!({"type": "string"}), 64);
    schema::object(
        description,
        &[
            needed("id", schema::id("Which asset.")),
            needed("type", schema::choice("What kind of thing.", &TYPES)),
            needed("title", schema::text("What it is called.")),
            needed("description", nullable(schema::text("What it is about."))),
            needed("status", schema::choice("Where the latest version stands.", &STATUSES)),
            needed("tags", tags),
            needed("provenance", provenance_schema()),
            needed("latest_version", version_schema("The newest version.")),
            needed("approved_version", nullable(version_schema("The version whose approval stands: what can be published."))),
            needed("versions", schema::list("The newest versions, newest first.", version_line_schema(), 10)),
            needed("earlier_versions", schema::count("How many older versions are not shown.", 0)),
            needed("decisions", schema::list("The newest decisions, newest first.", decision_schema(), 10)),
            needed("earlier_decisions", schema::count("How many older decisions are not shown.", 0)),
            needed("review", review_schema()),
            needed("revision", schema::count("How often it has changed.", 1)),
            needed("created_at", schema::moment("When it was created.")),
            needed("updated_at", schema::moment("When it last changed.")),
            needed("preview_url", nullable(schema::link("The latest version, without a key, for about an hour; null if archived."))),
        ],
    )
}

/// A version with its content, as far as that is no text.
pub(crate) fn version(version: &Value) -> Value {
    let content = member(version, "content");
    let facts: JsonObject = member(content, "facts")
        .as_object()
        .map(|facts| facts.iter().filter(|(_, fact)| !fact.is_null()).map(|(name, fact)| (name.clone(), fact.clone())).collect())
        .unwrap_or_default();
    json!({
        "number": member(version, "number"),
        "status": member(version, "status"),
        "media_type": member(content, "media_type"),
        "size_bytes": member(content, "size_bytes"),
        "filename": member(content, "filename"),
        "digest": member(content, "digest"),
        "facts": facts,
        "note": shortened(member(version, "note"), MAX_NOTE),
        "created_by": member(member(version, "created_by"), "name"),
        "created_at": whole_seconds(member(version, "created_at")),
    })
}

fn version_schema(description: &str) -> Value {
    let number = |description| schema::count(description, 0);
    let facts = [
        optional("width", number("Pixels across.")),
        optional("height", number("Pixels down.")),
        optional("pages", number("Pages or slides.")),
        optional("duration_seconds", json!({"type": "number", "minimum": 0, "description": "Playing time."})),
        optional("words", number("Words of text.")),
    ];
    schema::object(
        description,
        &[
            needed("number", schema::count("1, 2, 3 …", 1)),
            needed("status", schema::text("draft, pending_review, changes_requested, approved, superseded or revoked.")),
            needed("media_type", schema::text("What the bytes are.")),
            needed("size_bytes", number("How many bytes.")),
            needed("filename", schema::text("What they are called when saved.")),
            needed("digest", schema::digest("Which bytes.")),
            needed("facts", schema::object("What was measured.", &facts)),
            needed("note", nullable(schema::text("Why it was added; long ones are cut."))),
            needed("created_by", schema::text("The name of the key that added it.")),
            needed("created_at", schema::moment("When it was added.")),
        ],
    )
}

fn version_line(version: &Value) -> Value {
    json!({
        "number": member(version, "number"),
        "status": member(version, "status"),
        "note": shortened(member(version, "note"), MAX_NOTE),
        "created_by": member(member(version, "created_by"), "name"),
        "created_at": whole_seconds(member(version, "created_at")),
    })
}

fn version_line_schema() -> Value {
    schema::object(
        "",
        &[
            needed("number", schema::count("Which version.", 1)),
            needed("status", schema::text("What was decided about it.")),
            needed("note", nullable(schema::text("Why it was added."))),
            needed("created_by", schema::text("The name of the key that added it.")),
            needed("created_at", schema::moment("When.")),
        ],
    )
}

/// How many people must approve, and who has; null if nobody is asked.
pub(crate) fn review(asset: &Value) -> Value {
    let review = member(asset, "review");
    if review.is_null() {
        return Value::Null;
    }
    let approvals = member(review, "approvals").as_array().map(Vec::as_slice).unwrap_or_default();
    json!({
        "required_approvals": member(review, "required_approvals"),
        "approved_by": approvals.iter().map(|approval| member(member(approval, "by"), "name")).collect::<Vec<_>>(),
    })
}

/// What [`review`] gives.
pub(crate) fn review_schema() -> Value {
    let members = [
        needed("required_approvals", schema::count("How many people must approve.", 1)),
        needed("approved_by", schema::list("The names of those who have.", json!({"type": "string"}), 5)),
    ];
    nullable(schema::object("The review that is under way; null if none is.", &members))
}

fn decision(decision: &Value) -> Value {
    let tally = Some(member(decision, "tally")).filter(|tally| !tally.is_null());
    json!({
        "action": member(decision, "action"),
        "approvals": tally.map(|tally| format!("{} of {}", member(tally, "given"), member(tally, "required"))),
        "version": member(decision, "version"),
        "by": member(member(decision, "by"), "name"),
        "at": whole_seconds(member(decision, "at")),
        "comment": shortened(member(decision, "comment"), MAX_NOTE),
    })
}

fn decision_schema() -> Value {
    schema::object(
        "",
        &[
            needed("action", schema::text("What was decided, e.g. approve.")),
            needed(
                "approvals",
                nullable(schema::text("Of an approval that needs several people, how many have given it: it is one when all have.")),
            ),
            needed("version", schema::count("About which version.", 1)),
            needed("by", schema::text("The name of the key that decided.")),
            needed("at", schema::moment("When.")),
            needed("comment", nullable(schema::text("What was said with it; long ones are cut."))),
        ],
    )
}

fn provenance(provenance: &Value) -> Value {
    let kept = ["agent_slug", "run_id", "campaign_id", "brand_id", "brief_id", "model"];
    let stated = kept.iter().map(|name| (*name, member(provenance, name))).filter(|(_, value)| !value.is_null());
    stated.map(|(name, value)| (name.to_owned(), value.clone())).collect::<JsonObject>().into()
}

fn provenance_schema() -> Value {
    schema::object(
        "Where the latest version comes from.",
        &[
            needed("agent_slug", schema::text("The agent that made it.")),
            optional("run_id", schema::text("The run of that agent.")),
            optional("campaign_id", schema::text("The campaign it was made for.")),
            optional("brand_id", schema::text("The brand it speaks for.")),
            optional("brief_id", schema::text("The brief it answers.")),
            optional("model", schema::text("The model that generated it.")),
        ],
    )
}

/// A text cut after so many characters; anything else as it is.
pub(crate) fn shortened(value: &Value, max_characters: usize) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| text::shortened(text, max_characters).into())
}

/// A moment without the parts of a second.
pub(crate) fn whole_seconds(moment: &Value) -> Value {
    let seconds = moment.as_str().and_then(|text| text.split_once('.')).map(|(seconds, _)| format!("{seconds}Z").into());
    seconds.unwrap_or_else(|| moment.clone())
}
