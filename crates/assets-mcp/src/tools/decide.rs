//! Tools that move an asset through its review.

use serde_json::json;

use super::write::{anchor, changed, gives_asset, idempotency_key};
use crate::{
    request::{ASSET_ID, Route},
    schema::{self, Member, needed, optional},
    tool::{Effect, Tool, Way},
};

pub(super) fn tools() -> Vec<Tool> {
    vec![
        submit_asset(),
        withdraw_asset(),
        approve_asset(),
        request_changes(),
        dismiss_change_items(),
        revoke_approval(),
        archive_asset(),
        restore_asset(),
    ]
}

fn submit_asset() -> Tool {
    moves(
        "submit_asset",
        "Submit for review",
        "Asks people to review the latest version. A person then approves it or requests changes.",
        "/api/v1/assets/{asset_id}/submit",
    )
}

fn withdraw_asset() -> Tool {
    moves(
        "withdraw_asset",
        "Withdraw from review",
        "Takes the question back: the asset is a draft again.",
        "/api/v1/assets/{asset_id}/withdraw",
    )
}

fn approve_asset() -> Tool {
    let mut tool = moves(
        "approve_asset",
        "Approve",
        "Approves the latest version, if it waits for review. Only a person's key can; others get human_required and a link where a person \
         decides. Name version and digest to approve exactly what was looked at. Where the policy asks for several people, it waits for review \
         until all have approved: see review.",
        "/api/v1/assets/{asset_id}/approve",
    );
    let several = |description, pattern| schema::list(description, json!({"type": "string", "pattern": pattern}), 64);
    let terms = [
        optional("valid_from", schema::moment("From when on it is good.")),
        optional("valid_until", schema::moment("Until when it is good.")),
        optional("channels", several("The channels it is good for; without, for all.", "^[a-z0-9._-]{1,64}$")),
        optional("markets", several("The markets it is good for; without, for all.", "^[A-Z0-9_-]{1,64}$")),
    ];
    tool.takes.extend(terms);
    tool
}

fn request_changes() -> Tool {
    let item = [
        needed("text", schema::short("What is to be changed.", 2000)),
        optional(
            "severity",
            schema::choice("blocking, the default, must be answered before the next submit.", &["blocking", "suggestion"]),
        ),
        optional("anchor", anchor()),
    ];
    let mut tool = moves(
        "request_changes",
        "Request changes",
        "Sends the latest version back, with a comment and with points to be answered one by one. Only a person's key can.",
        "/api/v1/assets/{asset_id}/request-changes",
    );
    tool.takes.push(optional("items", schema::list("The points.", schema::object("", &item), 100)));
    commented(taking_back(tool))
}

fn dismiss_change_items() -> Tool {
    let mut tool = moves(
        "dismiss_change_items",
        "Dismiss points of change requests",
        "Says that points which were asked for are no longer wanted: those named, or all that are open. Only a person's key can.",
        "/api/v1/assets/{asset_id}/dismiss",
    );
    let ids = json!({"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 1, "maxItems": 100,
        "description": "Which points, by their ids from get_change_requests; without, all that are open."});
    tool.takes.push(optional("item_ids", ids));
    taking_back(tool)
}

fn revoke_approval() -> Tool {
    commented(taking_back(moves(
        "revoke_approval",
        "Revoke the approval",
        "Takes the standing approval back: nothing is published any more, and links to it end. Only a person's key can.",
        "/api/v1/assets/{asset_id}/revoke",
    )))
}

fn archive_asset() -> Tool {
    let description = "Puts an asset away: its approval ends and its links die. Where an approval stands, only a person's key can.";
    taking_back(moves("archive_asset", "Archive", description, "/api/v1/assets/{asset_id}/archive"))
}

fn restore_asset() -> Tool {
    moves("restore_asset", "Restore", "Brings an archived asset back, as a draft without an approval.", "/api/v1/assets/{asset_id}/restore")
}

fn moves(name: &'static str, title: &'static str, description: &'static str, path: &'static str) -> Tool {
    Tool {
        name,
        title,
        description,
        effect: Effect::Moves,
        way: Way::Operation(Route { method: "POST", path }, changed),
        takes: decision(),
        gives: gives_asset(),
    }
}

/// What a decision is about and what is said with it.
fn decision() -> Vec<Member> {
    vec![
        needed(ASSET_ID, schema::id("Which asset.")),
        optional("version", schema::count("The version that was looked at; if it is not the current one, the call is refused.", 1)),
        optional("digest", schema::digest("The bytes that were looked at; if they are not the current ones, the call is refused.")),
        optional("comment", schema::short("What is said with it.", 8000)),
        idempotency_key(),
    ]
}

/// The same, which takes back what others rely on.
fn taking_back(tool: Tool) -> Tool {
    Tool { effect: Effect::TakesBack, ..tool }
}

/// The same, which asks for a comment.
fn commented(mut tool: Tool) -> Tool {
    for member in &mut tool.takes {
        member.is_required |= member.name == "comment";
    }
    tool
}
