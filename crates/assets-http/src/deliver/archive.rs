//! An archive goes out: whole or in one range, and the same each time.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
};
use assets_domain::{Archive, Export, MediaType, ports::ByteStream};
use futures_util::StreamExt;

use crate::{
    api::Api,
    problem::{Problem, ProblemCode},
};

use super::{Manner, entity_tag, headers, is_at_hand, lists, outside, pace, partial, range::Wanted, wanted_range};

/// Answers a GET or HEAD for an archive.
///
/// # Errors
/// The caller has another archive than it wants to hold on to (412); too many are under way; it cannot be read.
pub(crate) async fn deliver(api: &Api, request: &HttpRequest, archive: Archive) -> Result<HttpResponse, Problem> {
    let Export { workspace, id, created_at, size_bytes: size, digest, .. } = *archive.export();
    let tag = entity_tag(&digest);
    if lists(request, &header::IF_MATCH).is_some_and(|tags| !tags.iter().any(|listed| *listed == "*" || *listed == tag)) {
        return Err(Problem::new(ProblemCode::PreconditionFailed, format!("the archive is {digest}")));
    }
    let mut response = if is_at_hand(request, &tag) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    headers::of_cache(&mut response, &tag, Manner::Version);
    headers::of_isolation(&mut response, api, MediaType::Zip);
    if is_at_hand(request, &tag) {
        return Ok(response.finish());
    }
    let name = format!("assets-{}-{id}.zip", created_at.format("%Y-%m-%d"));
    response.insert_header((header::CONTENT_TYPE, MediaType::Zip.as_str()));
    response.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    response.insert_header((header::ACCEPT_RANGES, "bytes"));
    if request.method() == Method::HEAD {
        return Ok(response.body(pace::unsent(size)));
    }
    let wanted = match wanted_range(request, &tag, Manner::Version, size) {
        Wanted::Whole => 0..size,
        Wanted::Part(range) => {
            partial(&mut response, &range, size);
            range
        }
        Wanted::Outside => return Ok(outside(size)),
    };
    let turn = api.downloads.take(workspace).ok_or_else(too_many)?;
    let bytes = api.catalog.read_archive(&archive, wanted.clone()).await?;
    let held: ByteStream = Box::pin(bytes.map(move |piece| {
        // It is given back when the stream goes.
        let _taken = &turn;
        piece
    }));
    let length = wanted.end.saturating_sub(wanted.start);
    Ok(response.body(pace::body(held, length, format!("the archive of export {id}"), pace::AT_ONCE_BYTES).await?))
}

fn too_many() -> Problem {
    let said = "the workspace downloads as many archives as it may at once; wait for one to end";
    Problem::new(ProblemCode::TooManyDownloads, said).retry_after(1)
}
