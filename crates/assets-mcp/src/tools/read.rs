//! Tools that look.

use serde_json::{Value, json};

use crate::{
    asset::{self, STATUSES, TYPES, brief, brief_schema, member, shortened, whole_seconds},
    content,
    outcome::Shown,
    request::{ASSET_ID, Route},
    schema::{self, Member, needed, nullable, optional},
    text,
    tool::{Effect, Tool, Way},
};

/// How many items a list has unless asked otherwise.
const DEFAULT_LIMIT: u32 = 20;

pub(super) fn tools() -> Vec<Tool> {
    vec![list_assets(), get_asset(), get_asset_content(), get_preview_url(), get_change_requests(), list_comments()]
}

fn list_assets() -> Tool {
    let mut takes = filters(one_or_several);
    takes.extend([
        optional(
            "sort",
            schema::choice(
                "created_at: newest first, the default. submitted_at: what waits longest first.",
                &["created_at", "submitted_at"],
            ),
        ),
        optional(
            "limit",
            json!({"type": "integer", "minimum": 1, "maximum": 200, "default": DEFAULT_LIMIT, "description": "How many items."}),
        ),
        optional("cursor", schema::text("next_cursor of the page before, with the same filters.")),
    ]);
    Tool {
        name: "list_assets",
        title: "List assets",
        description: "Finds assets, newest first, in small pages. All filters must match. `status` is about the latest version; what can be \
                      published is `has_approved: true`. Items are short: get_asset tells everything of one.",
        effect: Effect::Reads,
        way: Way::Listing(Route { method: "GET", path: "/api/v1/assets" }, page, lines),
        takes,
        gives: vec![
            needed("items", schema::list("In order.", brief_schema(""), 200)),
            needed("next_cursor", nullable(schema::text("What to send as cursor for the next page; null at the end."))),
            needed("notice", schema::text("How to take what is in here.")),
        ],
    }
}

fn page(page: &Value) -> Value {
    let items: Vec<_> = member(page, "items").as_array().map(Vec::as_slice).unwrap_or_default().iter().map(brief).collect();
    json!({"items": items, "next_cursor": member(page, "next_cursor"), "notice": text::NOTICE})
}

/// A page as text: a line for each asset, so that both forms together are small. The rest is in the structured form.
fn lines(page: &Value) -> Shown {
    let items = member(page, "items").as_array().map(Vec::as_slice).unwrap_or_default();
    let mut text: String = items.iter().map(|item| asset::line(item) + "\n").collect();
    match member(page, "next_cursor").as_str() {
        Some(cursor) => text.push_str(&format!("More with cursor {cursor}\n")),
        None if items.is_empty() => text.push_str("No asset matches.\n"),
        None => {}
    }
    text.push_str(text::NOTICE);
    Shown::Instead(text)
}

/// The filters by which assets are found, for a list and for an export; `several` says how those are given that may be many.
pub(super) fn filters(several: fn(&str, Value) -> Value) -> Vec<Member> {
    let words = |words: &[&str]| json!({"type": "string", "enum": words});
    let named = |name, description| optional(name, schema::short(description, 200));
    vec![
        optional("type", several("One of these types.", words(&TYPES))),
        optional("status", several("The latest version has one of these statuses.", words(&STATUSES))),
        optional("has_approved", schema::flag("Whether an approval stands: what can be published.")),
        named("campaign_id", "Made for this campaign."),
        named("brand_id", "Made for this brand."),
        named("brief_id", "Made for this brief."),
        named("agent", "Made by this agent (agent_slug)."),
        named("run_id", "Made in this run."),
        named("model", "Made with this model."),
        optional("tag", several("Has all of these tags, each namespace:value.", json!({"type": "string"}))),
        optional("q", schema::short("Has all these words in title, description, tags or text; the last may be a beginning.", 256)),
        optional("digest", schema::digest("The latest version has these bytes.")),
        optional("created_after", schema::moment("Created later than this.")),
        optional("created_before", schema::moment("Created earlier than this.")),
        optional("updated_after", schema::moment("Changed later than this.")),
        optional("updated_before", schema::moment("Changed earlier than this.")),
    ]
}

/// One of something, or several.
fn one_or_several(description: &str, one: Value) -> Value {
    json!({"description": description, "anyOf": [one, {"type": "array", "items": one, "maxItems": 64}]})
}

fn get_asset() -> Tool {
    Tool {
        name: "get_asset",
        title: "Get an asset",
        description: "Everything about one asset but its content: description, provenance, latest and approved version, the newest of its history.",
        effect: Effect::Reads,
        way: Way::Operation(
            Route { method: "GET", path: "/api/v1/assets/{asset_id}" },
            |answer| json!({"asset": asset::whole(answer), "notice": text::NOTICE}),
        ),
        takes: vec![needed(ASSET_ID, schema::id("Which asset."))],
        gives: vec![needed("asset", asset::whole_schema("The asset.")), needed("notice", schema::text("How to take what is in here."))],
    }
}

fn get_asset_content() -> Tool {
    Tool {
        name: "get_asset_content",
        title: "Read the content of an asset",
        description: "The text of copy and blogs, at most 20,000 characters at once; of everything else facts and a link to look at it.",
        effect: Effect::Reads,
        way: Way::Content,
        takes: content::takes(),
        gives: content::gives(),
    }
}

fn get_preview_url() -> Tool {
    let variants = "original (the default), thumbnail, small, large, page, text, or slide- and a number, as far as the type has them.";
    Tool {
        name: "get_preview_url",
        title: "Get a preview link",
        description: "A link that shows one version without a key until it expires, for people and other programs.",
        effect: Effect::Reads,
        way: Way::Operation(Route { method: "GET", path: "/api/v1/assets/{asset_id}/preview-url" }, |answer| {
            json!({
                "url": member(answer, "url"), "expires_at": whole_seconds(member(answer, "expires_at")),
                "media_type": member(answer, "media_type"), "stable_url": member(answer, "stable_url"),
            })
        }),
        takes: vec![
            needed(ASSET_ID, schema::id("Which asset.")),
            optional("version", schema::count("Which version; without it, the latest.", 1)),
            optional("variant", schema::text(variants)),
            optional(
                "expires_in",
                json!({"type": "integer", "minimum": 60, "maximum": 604_800, "description": "For how many seconds; 3600 without it."}),
            ),
        ],
        gives: vec![
            needed("url", schema::link("The link.")),
            needed("expires_at", schema::moment("When it stops working.")),
            needed("media_type", schema::text("What it leads to.")),
            needed(
                "stable_url",
                schema::link("A link that does not expire, to whatever of the asset stands approved when it is followed."),
            ),
        ],
    }
}

fn get_change_requests() -> Tool {
    Tool {
        name: "get_change_requests",
        title: "Get change requests",
        description: "What people asked to be changed, newest first, point by point. Answer points by their id with add_version.",
        effect: Effect::Reads,
        way: Way::Operation(Route { method: "GET", path: "/api/v1/assets/{asset_id}/change-requests" }, |answer| {
            let requests: Vec<_> =
                member(answer, "items").as_array().map(Vec::as_slice).unwrap_or_default().iter().map(change_request).collect();
            json!({"items": requests, "next_cursor": member(answer, "next_cursor"), "notice": text::NOTICE})
        }),
        takes: vec![
            needed(ASSET_ID, schema::id("Which asset.")),
            optional("state", schema::choice("Only requests of which something is still to be done.", &["open"])),
            optional("limit", json!({"type": "integer", "minimum": 1, "maximum": 200, "description": "How many requests."})),
            optional("cursor", schema::text("next_cursor of the page before.")),
        ],
        gives: vec![
            needed("items", schema::list("The requests.", change_request_schema(), 200)),
            needed("next_cursor", nullable(schema::text("What to send as cursor for the next page; null at the end."))),
            needed("notice", schema::text("How to take what is in here.")),
        ],
    }
}

fn list_comments() -> Tool {
    Tool {
        name: "list_comments",
        title: "List comments",
        description: "What was said about an asset without deciding anything, newest first.",
        effect: Effect::Reads,
        way: Way::Operation(Route { method: "GET", path: "/api/v1/assets/{asset_id}/comments" }, |answer| {
            let comments: Vec<_> = member(answer, "items").as_array().map(Vec::as_slice).unwrap_or_default().iter().map(comment).collect();
            json!({"items": comments, "next_cursor": member(answer, "next_cursor"), "notice": text::NOTICE})
        }),
        takes: vec![
            needed(ASSET_ID, schema::id("Which asset.")),
            optional(
                "limit",
                json!({"type": "integer", "minimum": 1, "maximum": 200, "default": DEFAULT_LIMIT, "description": "How many comments."}),
            ),
            optional("cursor", schema::text("next_cursor of the page before.")),
        ],
        gives: vec![
            needed("items", schema::list("The comments.", comment_schema(), 200)),
            needed("next_cursor", nullable(schema::text("What to send as cursor for the next page; null at the end."))),
            needed("notice", schema::text("How to take what is in here.")),
        ],
    }
}

fn comment(comment: &Value) -> Value {
    json!({
        "version": member(comment, "version"), "text": member(comment, "text"), "anchor": member(comment, "anchor"),
        "by": member(member(comment, "by"), "name"), "at": whole_seconds(member(comment, "at")),
    })
}

fn comment_schema() -> Value {
    schema::object(
        "",
        &[
            needed("version", schema::count("About which version.", 1)),
            needed("text", schema::text("What was said.")),
            needed("anchor", anchored()),
            needed("by", schema::text("The name of the key that said it.")),
            needed("at", schema::moment("When.")),
        ],
    )
}

/// Where something is, as it was said.
fn anchored() -> Value {
    json!({"type": ["object", "null"], "description": "Where in the content it is about: kind is text, box, page or time."})
}

fn change_request(request: &Value) -> Value {
    let items: Vec<_> = member(request, "items").as_array().map(Vec::as_slice).unwrap_or_default().iter().map(change_item).collect();
    json!({
        "open": member(request, "open"), "version": member(request, "version"), "digest": member(request, "digest"), "comment": member(request, "comment"),
        "by": member(member(request, "by"), "name"), "at": whole_seconds(member(request, "at")), "items": items,
    })
}

fn change_item(item: &Value) -> Value {
    json!({
        "id": member(item, "id"), "severity": member(item, "severity"), "text": member(item, "text"), "state": member(item, "state"),
        "anchor": member(item, "anchor"), "answer": shortened(member(member(item, "answer"), "text"), 500),
    })
}

fn change_request_schema() -> Value {
    let item = schema::object(
        "",
        &[
            needed("id", schema::id("What to answer it by.")),
            needed(
                "severity",
                schema::choice("A blocking point must be answered before the asset can be submitted.", &["blocking", "suggestion"]),
            ),
            needed("text", schema::text("What is to be changed.")),
            needed("state", schema::choice("Where it stands.", &["open", "answered", "dismissed"])),
            needed("anchor", anchored()),
            needed("answer", nullable(schema::text("What was answered; long ones are cut."))),
        ],
    );
    schema::object(
        "",
        &[
            needed("open", schema::flag("Whether something is still to be done.")),
            needed("version", schema::count("About which version.", 1)),
            needed("digest", schema::digest("About which bytes.")),
            needed("comment", nullable(schema::text("What was said with it."))),
            needed("by", schema::text("The name of the key that asked.")),
            needed("at", schema::moment("When.")),
            needed("items", schema::list("The points.", item, 100)),
        ],
    )
}
