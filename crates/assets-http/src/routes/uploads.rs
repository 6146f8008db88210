//! Resumable uploads, by the protocol tus 1.0.0.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, ResponseError,
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    web::{Data, Payload},
};
use assets_domain::{Principal, UploadId};
use sha2::{Digest, Sha256};
use uuid::{Uuid, fmt::Hyphenated};

use crate::{
    api::Api,
    auth,
    body::BinaryBody,
    idempotency::{self, Answer},
    links,
    parameters::{self, BeginsUpload, Repeatable, SendsPiece, Summed, UploadPath, Versioned},
    problem::{
        Problem, ProblemCode,
        documented::{AppendUploadProblems, BeginUploadProblems, UploadProblems},
    },
    tus,
    upload::{self, resumable},
};

const UPLOADS: &str = "api/v1/assets/uploads";

/// Begin an upload
///
/// For content that is too large for one request: it is sent in as many as it takes, and goes on where it was cut off. The
/// protocol is tus 1.0.0 (<https://tus.io>), whose clients need nothing but this address and the key. With a body of the type
/// `application/offset+octet-stream`, its first bytes come at once. What came in is used as the `upload_id` in the content of
/// `create_asset` or `add_version`, by the same key, and waits for that for 24 hours after its last bytes. A key may have 100
/// uploads under way. Needs the scope `assets:write`.
#[utoipa::path(
    post, path = "/api/v1/assets/uploads", operation_id = "create_upload", tag = "uploads",
    params(Versioned, BeginsUpload, Summed, Repeatable),
    responses(
        (status = 201, description = "It has begun", headers(
            ("Location" = String, description = "Where its bytes are sent to: its last part is the `upload_id`"),
            ("Upload-Offset" = String, description = "How many bytes it has"),
            ("Upload-Expires" = String, description = "Until when it waits for more"), ("Tus-Resumable" = String, description = "1.0.0"))),
        BeginUploadProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_upload(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    tus::answered(begin(api, request, payload).await)
}

async fn begin(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = admitted(&api, &request).await?;
    let new = tus::new_upload(&request)?;
    let (has_piece, checksum) = (has_piece(&request)?, tus::checksum(&request)?);
    if upload::stated_length(&request).is_some_and(|stated| has_piece && stated > new.length_bytes) {
        return Err(too_long(new.length_bytes));
    }
    let said = format!("{}\n{}", new.length_bytes, new.metadata.as_deref().unwrap_or_default());
    let (all, owner) = (api.clone(), by.clone());
    let begun = idempotency::once(&api, &by, &request, Sha256::digest(said).into(), async move |_| {
        let upload = all.catalog.begin_upload(&owner, new).await?;
        let location = links::absolute(&all, &format!("{UPLOADS}/{}", upload.id));
        Ok(Answer::empty(StatusCode::CREATED, vec![(header::LOCATION.as_str().to_owned(), location)]).into())
    });
    let mut response = begun.await?;
    if response.status() != StatusCode::CREATED {
        return Ok(response);
    }
    let id = located(&response)?;
    let mut upload = api.catalog.upload(&by, id).await?;
    // A repetition finds the upload with its first bytes, or goes on with it.
    if has_piece && upload.offset_bytes == 0 {
        match resumable::append(&api, &by, id, 0, payload, checksum).await {
            Ok(appended) => upload = appended.upload,
            Err(problem) => {
                // Whoever is refused learns of no upload that could be gone on with.
                if problem.status_code().is_client_error() {
                    api.catalog.end_upload(&by, id).await?;
                }
                return Err(problem);
            }
        }
    }
    for (name, value) in tus::place(&upload) {
        response.headers_mut().insert(name, value.parse().unwrap_or_else(|_| HeaderValue::from_static("")));
    }
    Ok(response)
}

/// Ask how far an upload is
///
/// Only the key that began it can: for any other it does not exist.
#[utoipa::path(
    head, path = "/api/v1/assets/uploads/{upload_id}", operation_id = "get_upload", tag = "uploads",
    params(UploadPath, Versioned),
    responses(
        (status = 200, description = "How far it is", headers(
            ("Upload-Offset" = String, description = "How many bytes it has"), ("Upload-Length" = String, description = "How many it will have"),
            ("Upload-Metadata" = String, description = "What was said of it, word for word"),
            ("Upload-Expires" = String, description = "Until when it waits for more"), ("Tus-Resumable" = String, description = "1.0.0"))),
        UploadProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn get_upload(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    tus::answered(look(&api, &request).await)
}

async fn look(api: &Data<Api>, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let by = admitted(api, request).await?;
    let upload = api.catalog.upload(&by, upload_id(request)?).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store")).insert_header((tus::LENGTH, upload.length_bytes.to_string()));
    for header in tus::place(&upload) {
        response.insert_header(header);
    }
    if let Some(metadata) = upload.metadata {
        response.insert_header((tus::METADATA, metadata));
    }
    Ok(response.finish())
}

/// Send more of an upload
///
/// From where it is. What arrives is kept even if the connection breaks or the service is killed midway, up to the last 32
/// MiB; with an `Upload-Checksum` it is all of it or nothing. Of two requests for the same place at the same time one is
/// refused.
#[utoipa::path(
    patch, path = "/api/v1/assets/uploads/{upload_id}", operation_id = "append_upload", tag = "uploads",
    params(UploadPath, Versioned, SendsPiece, Summed),
    request_body(content = inline(BinaryBody), content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "It is further", headers(
            ("Upload-Offset" = String, description = "How many bytes it has"), ("Upload-Expires" = String, description = "Until when it waits for more"),
            ("Tus-Resumable" = String, description = "1.0.0"))),
        AppendUploadProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn append_upload(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    tus::answered(go_on(api, request, payload).await)
}

async fn go_on(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let by = admitted(&api, &request).await?;
    let id = upload_id(&request)?;
    let upload = api.catalog.upload(&by, id).await?;
    if !has_piece(&request)? {
        return Err(of_another_type());
    }
    let (from_bytes, checksum) = (tus::offset(&request)?, tus::checksum(&request)?);
    let left = upload.length_bytes.saturating_sub(upload.offset_bytes);
    if from_bytes == upload.offset_bytes && upload::stated_length(&request).is_some_and(|stated| stated > left) {
        return Err(too_long(upload.length_bytes));
    }
    let appended = resumable::append(&api, &by, id, from_bytes, payload, checksum).await?;
    if let Some(cut) = appended.cut {
        return Err(resumable::kept(&cut));
    }
    let mut response = HttpResponse::NoContent();
    for header in tus::place(&appended.upload) {
        response.insert_header(header);
    }
    Ok(response.finish())
}

/// End an upload
///
/// With all that came of it. Assets that were made of it stay.
#[utoipa::path(
    delete, path = "/api/v1/assets/uploads/{upload_id}", operation_id = "delete_upload", tag = "uploads",
    params(UploadPath, Versioned),
    responses((status = 204, description = "It is gone", headers(("Tus-Resumable" = String, description = "1.0.0"))), UploadProblems),
    security(("api_key" = [])),
)]
pub(crate) async fn delete_upload(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    tus::answered(end(api, request).await)
}

async fn end(api: Data<Api>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let by = admitted(&api, &request).await?;
    let id = upload_id(&request)?;
    idempotency::to_the_end(async move { Ok(api.catalog.end_upload(&by, id).await?) }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The same for those from whom only GET and POST get through (`X-HTTP-Method-Override`).
pub(crate) async fn overridden(api: Data<Api>, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let meant = request.headers().get(tus::METHOD_OVERRIDE).map(|method| Method::from_bytes(method.as_bytes()));
    match meant {
        Some(Ok(Method::HEAD)) => get_upload(api, request).await,
        Some(Ok(Method::PATCH)) => append_upload(api, request, payload).await,
        Some(Ok(Method::DELETE)) => delete_upload(api, request).await,
        _ => super::method_not_allowed("HEAD, PATCH, DELETE".to_owned()).await,
    }
}

/// What of the protocol is spoken. Nobody needs a key to ask.
pub(crate) async fn capabilities(api: Data<Api>) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((tus::RESUMABLE, tus::VERSION))
        .insert_header((tus::VERSIONS, tus::VERSION))
        .insert_header((tus::EXTENSION, tus::EXTENSIONS))
        .insert_header((tus::MAX_SIZE, api.catalog.max_content_bytes().to_string()))
        .insert_header((tus::CHECKSUM_ALGORITHM, tus::ALGORITHMS))
        .finish()
}

/// The caller, who may upload and speaks the protocol.
async fn admitted(api: &Api, request: &HttpRequest) -> Result<Principal, Problem> {
    let by = auth::caller(api, request).await?;
    api.catalog.admit_create(&by)?;
    tus::spoken(request)?;
    Ok(by)
}

fn upload_id(request: &HttpRequest) -> Result<UploadId, Problem> {
    let id: Hyphenated = parameters::part(request, "upload_id", "uuid", "must be a UUID with its hyphens")?;
    Ok(UploadId::new(id.into_uuid()))
}

/// Whether the request brings bytes of an upload. Another body is a mistake.
fn has_piece(request: &HttpRequest) -> Result<bool, Problem> {
    if request.content_type().trim().eq_ignore_ascii_case(tus::PIECE) {
        return upload::plain_encoding(request).map(|()| true);
    }
    let is_empty =
        !request.headers().contains_key(header::TRANSFER_ENCODING) && upload::stated_length(request).is_none_or(|length| length == 0);
    if is_empty { Ok(false) } else { Err(of_another_type()) }
}

fn of_another_type() -> Problem {
    Problem::new(ProblemCode::UnsupportedMediaType, format!("send bytes as {}", tus::PIECE))
}

fn too_long(length_bytes: u64) -> Problem {
    Problem::new(ProblemCode::TooLarge, format!("these are more bytes than the upload will have, which is {length_bytes}"))
}

/// The upload that an answer is about.
fn located(response: &HttpResponse) -> Result<UploadId, Problem> {
    let location = response.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
    let id = location.and_then(|location| location.rsplit('/').next()?.parse::<Uuid>().ok());
    id.map(UploadId::new).ok_or_else(|| Problem::new(ProblemCode::Internal, "the upload that was begun has no place"))
}
