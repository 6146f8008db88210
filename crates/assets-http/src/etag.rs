//! Entity tags of assets: `"<revision>.<link window>"`.
//!
//! `If-Match` compares the revision alone, `If-None-Match` the whole: a link in the body is part of what a cache keeps.

use actix_web::{HttpRequest, http::header};
use assets_domain::{PolicyRevision, Revision};

use crate::problem::{FieldProblem, Problem};

/// No asset is ever at this revision: they count from 1.
const NEVER: Revision = Revision::new(0);

/// The tag of an asset at a revision, in a window of its links.
pub(crate) fn of_asset(revision: Revision, link_window: u64) -> String {
    format!("\"{}.{link_window}\"", revision.get())
}

/// The tag of a policy at a revision: `"<revision>"`.
pub(crate) fn of_policy(revision: PolicyRevision) -> String {
    format!("\"{}\"", revision.get())
}

/// The revision that the caller's `If-Match` names; `None` without the header, and for `*`. A list that names none names
/// [`NEVER`].
///
/// # Errors
/// It is no list of entity tags.
pub(crate) fn expected_revision(request: &HttpRequest) -> Result<Option<Revision>, Problem> {
    Ok(newest(request, revision)?.map(|named| named.unwrap_or(NEVER)))
}

/// The revision of the policy that the caller's `If-Match` names, likewise. No policy was ever changed so often as one that none
/// names.
///
/// # Errors
/// It is no list of entity tags.
pub(crate) fn expected_policy(request: &HttpRequest) -> Result<Option<PolicyRevision>, Problem> {
    // What stands behind a point is of links, which a policy has none of.
    let named = newest(request, |tag| number(tag.split_once('.').map_or(tag, |(revision, _)| revision)).map(PolicyRevision::new))?;
    Ok(named.map(|named| named.unwrap_or(PolicyRevision::new(u64::MAX))))
}

/// The newest of the revisions that the caller's `If-Match` names, if any; `None` if everything is as the caller expects it.
fn newest<R: Ord>(request: &HttpRequest, revision: impl Fn(&str) -> Option<R>) -> Result<Option<Option<R>>, Problem> {
    let sent = request.headers().get_all(header::IF_MATCH).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let list = sent.collect::<Vec<_>>().join(",");
    if !request.headers().contains_key(header::IF_MATCH) || list.trim() == "*" {
        return Ok(None);
    }
    let Some(tags) = strong_tags(&list) else {
        return Err(Problem::invalid(vec![FieldProblem::at(
            &["header", "If-Match"],
            "malformed",
            "must be an ETag as an answer gave it, a list of those, or *",
        )]));
    };
    // Revisions only grow: of all that the caller has seen, only the newest can still be the current one.
    Ok(Some(tags.into_iter().filter_map(revision).max()))
}

/// The strong tags of a list (RFC 9110, section 8.8.3), without their quotes: a weak one never matches. `None` if it is no
/// such list.
fn strong_tags(list: &str) -> Option<Vec<&str>> {
    let blank = [' ', '\t'];
    let separator = [' ', '\t', ','];
    let mut strong = Vec::new();
    let mut rest = list.trim_matches(separator);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let is_weak = rest.starts_with("W/");
        let (tag, after) = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
        let after = after.trim_start_matches(blank);
        if tag.contains(|c: char| c == ' ' || c.is_control()) || !(after.is_empty() || after.starts_with(',')) {
            return None;
        }
        if !is_weak {
            strong.push(tag);
        }
        rest = after.trim_start_matches(separator);
    }
    Some(strong)
}

/// The revision in a tag as [`of_asset`] makes it.
fn revision(tag: &str) -> Option<Revision> {
    let (revision, link_window) = tag.split_once('.')?;
    number(link_window).and(number(revision)).map(Revision::new)
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the caller has this already: `If-None-Match` lists the tag, or is `*`.
pub(crate) fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let listed = |value: &str| value.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag);
    request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok()).any(listed)
}
