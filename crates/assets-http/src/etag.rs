//! Entity tags of assets: `"<revision>.<link window>"`.
//!
//! `If-Match` compares the revision alone, `If-None-Match` the whole: a link in the body is part of what a cache keeps.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderName},
};
use assets_domain::Revision;

use crate::problem::{FieldProblem, Problem};

/// The tag of an asset at a revision, in a window of its links.
pub(crate) fn of_asset(revision: Revision, link_window: u64) -> String {
    format!("\"{}.{link_window}\"", revision.get())
}

/// The revision that the caller's `If-Match` names; `None` without the header, and for `*`.
///
/// # Errors
/// It names none that an asset could have.
pub(crate) fn expected_revision(request: &HttpRequest) -> Result<Option<Revision>, Problem> {
    let Some(value) = only(request, &header::IF_MATCH)? else {
        return Ok(None);
    };
    if value == "*" {
        return Ok(None);
    }
    let one = |tag: &&str| tag.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let tag = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(one);
    let revision = tag.and_then(|tag| tag.split('.').next()).and_then(|revision| revision.parse().ok());
    match revision {
        Some(revision) => Ok(Some(Revision::new(revision))),
        None => Err(Problem::invalid(vec![FieldProblem::at(
            &["header", "If-Match"],
            "malformed",
            "must be one ETag as an answer gave it, or *",
        )])),
    }
}

/// Whether the caller has this already: `If-None-Match` lists the tag, or is `*`.
pub(crate) fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let listed = |value: &str| value.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag);
    request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok()).any(listed)
}

fn only<'r>(request: &'r HttpRequest, name: &HeaderName) -> Result<Option<&'r str>, Problem> {
    let mut values = request.headers().get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(one), None) if one.to_str().is_ok() => Ok(one.to_str().ok()),
        _ => Err(Problem::invalid(vec![FieldProblem::at(&["header", name.as_str()], "malformed", "must be sent once, in ASCII")])),
    }
}
