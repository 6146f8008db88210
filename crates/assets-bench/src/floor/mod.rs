//! The floor: the least code that does the same work, on the same framework: the raw driver, a kept statement for each thing
//! that is asked, the right index, plain columns that serde writes as JSON, and the same bytes in an answer. It checks no
//! key, keeps no history of what it answered, and trusts everybody.

mod body;
pub(crate) mod columns;
pub(crate) mod postgres;
pub(crate) mod query;
pub(crate) mod rows;
mod sqlite;

use std::{
    io::{Read, Seek, SeekFrom, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    body::SizedStream,
    http::header::{CONTENT_RANGE, ContentType, RANGE},
    web,
};
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, SecondsFormat};
use clap::Args;
use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};

use self::{query::Asked, rows::Rows};
use crate::{Failure, say};

/// How much of a file is read at a time, in bytes.
const PIECE_BYTES: usize = 256 << 10;
/// How much of an upload is written at a time, in bytes.
const DRAFT_BYTES: usize = 256 << 10;
/// What the service answers to `whoami` with, in this length.
const HELLO: &str = "{\"prefix\":\"00000000\",\"name\":\"the agents\",\"kind\":\"agent\",\"scopes\":[\"assets:read\",\"assets:write\"],\
     \"workspace\":\"00000000-0000-7000-8000-000000000000\"}";

/// Where the floor is laid.
#[derive(Debug, Clone, Args)]
pub(crate) struct Arguments {
    /// Where to listen.
    #[arg(long)]
    listen: SocketAddr,
    /// The floor's own tables: a file of SQLite, or postgres://…
    #[arg(long)]
    database: Rows,
    /// The folder of content, each file called by its digest.
    #[arg(long)]
    content: PathBuf,
}

/// Serves until it is killed.
///
/// # Errors
/// The address cannot be listened on.
pub(crate) fn serve(arguments: Arguments) -> Result<(), Failure> {
    let listen = arguments.listen;
    let state = web::Data::new(arguments);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .route("/hello", web::get().to(hello))
            .route("/assets", web::get().to(list))
            .route("/assets/{id}", web::get().to(get))
            .route("/assets/{id}/move/{from}/{to}", web::post().to(transition))
            .route("/assets/{id}/content", web::get().to(content))
            .route("/uploads/{like}", web::post().to(upload))
    });
    let server = server.workers(std::thread::available_parallelism()?.get()).bind(listen)?.run();
    Ok(actix_web::rt::System::new().block_on(server)?)
}

type State = web::Data<Arguments>;

/// A failure is told to whoever looks at the log.
fn answered(answer: Result<Option<Vec<u8>>, Failure>) -> HttpResponse {
    match answer {
        Ok(Some(body)) => HttpResponse::Ok().content_type(ContentType::json()).body(body),
        Ok(None) => HttpResponse::NotFound().finish(),
        Err(failure) => {
            say(&format!("floor: {failure}"));
            HttpResponse::InternalServerError().body(failure.to_string())
        }
    }
}

async fn hello() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(HELLO)
}

async fn list(state: State, asked: web::Query<Asked>) -> HttpResponse {
    answered(state.database.page(&asked).await)
}

async fn get(state: State, id: web::Path<String>) -> HttpResponse {
    answered(state.database.history(&id).await)
}

async fn transition(state: State, path: web::Path<(String, String, String)>) -> HttpResponse {
    let (id, from, to) = path.into_inner();
    answered(state.database.transition(&id, &from, &to, &now()).await)
}

fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since.as_micros()).unwrap_or(0);
    DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

async fn content(state: State, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let opened = state.database.digest(&id).await.and_then(|digest| {
        let Some(digest) = digest else { return Ok(None) };
        let file = std::fs::File::open(state.content.join(digest.trim_start_matches("sha256:")))?;
        let length = file.metadata()?.len();
        Ok(Some((file, length)))
    });
    let (mut file, length) = match opened {
        Ok(Some(opened)) => opened,
        Ok(None) => return answered(Ok(None)),
        Err(failure) => return answered(Err(failure)),
    };
    let Some((first, last)) = range(&request) else {
        return HttpResponse::Ok().body(SizedStream::new(length, pieces(file, length)));
    };
    let size = last - first + 1;
    if let Err(error) = file.seek(SeekFrom::Start(first)) {
        return answered(Err(error.into()));
    }
    let mut response = HttpResponse::PartialContent();
    response.insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{length}")));
    response.body(SizedStream::new(size, pieces(file, size)))
}

fn range(request: &HttpRequest) -> Option<(u64, u64)> {
    let (first, last) = request.headers().get(RANGE)?.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// A file in pieces, each read where blocking is allowed.
fn pieces(file: std::fs::File, length: u64) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return None;
        }
        let wanted = PIECE_BYTES.min(usize::try_from(left).unwrap_or(PIECE_BYTES));
        let read = web::block(move || {
            let mut piece = BytesMut::zeroed(wanted);
            file.read_exact(&mut piece)?;
            Ok::<_, std::io::Error>((piece.freeze(), file))
        });
        match read.await {
            Ok(Ok((piece, file))) => {
                let left = left.saturating_sub(u64::try_from(piece.len()).unwrap_or(left));
                Some((Ok(piece), (file, left)))
            }
            Ok(Err(error)) => Some((Err(error), (std::fs::File::open("/dev/null").ok()?, 0))),
            Err(error) => Some((Err(std::io::Error::other(error)), (std::fs::File::open("/dev/null").ok()?, 0))),
        }
    })
}

/// Names for uploads, each of its own.
static UPLOADS: AtomicU64 = AtomicU64::new(0);

async fn upload(state: State, like: web::Path<String>, mut body: web::Payload) -> HttpResponse {
    let name = format!("upload-{}-{}", std::process::id(), UPLOADS.fetch_add(1, Ordering::Relaxed));
    let folder = state.content.join("uploads");
    let mut draft = match Draft::begin(&folder, &name) {
        Ok(draft) => draft,
        Err(failure) => return answered(Err(failure)),
    };
    let mut gathered = BytesMut::with_capacity(DRAFT_BYTES);
    loop {
        let piece = body.next().await;
        let is_last = piece.is_none();
        match piece.transpose() {
            Ok(piece) => gathered.extend_from_slice(&piece.unwrap_or_default()),
            Err(error) => return answered(Err(error.to_string().into())),
        }
        if gathered.len() < DRAFT_BYTES && !is_last {
            continue;
        }
        let full = std::mem::replace(&mut gathered, BytesMut::with_capacity(DRAFT_BYTES));
        let written = web::block(move || {
            draft.write(&full)?;
            if is_last { draft.finish().map(Err) } else { Ok(Ok(draft)) }
        });
        match written.await {
            Ok(Ok(Ok(unfinished))) => draft = unfinished,
            Ok(Ok(Err((digest, size_bytes)))) => return answered(state.database.add(&name, &digest, size_bytes, &like).await),
            Ok(Err(failure)) => return answered(Err(failure)),
            Err(error) => return answered(Err(error.into())),
        }
    }
}

/// A file that is being written, and hashed as it is.
struct Draft {
    file: std::fs::File,
    folder: PathBuf,
    name: String,
    hash: Sha256,
    size_bytes: usize,
}

impl Draft {
    fn begin(folder: &Path, name: &str) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder)?;
        let file = std::fs::File::create(folder.join(format!("{name}.draft")))?;
        Ok(Self { file, folder: folder.to_owned(), name: name.to_owned(), hash: Sha256::new(), size_bytes: 0 })
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), Failure> {
        self.hash.update(piece);
        self.size_bytes += piece.len();
        Ok(self.file.write_all(piece)?)
    }

    /// Synced, under its name, and its folder synced as well.
    fn finish(self) -> Result<(String, usize), Failure> {
        self.file.sync_all()?;
        std::fs::rename(self.folder.join(format!("{}.draft", self.name)), self.folder.join(&self.name))?;
        std::fs::File::open(&self.folder)?.sync_all()?;
        let digest = self.hash.finalize().iter().fold(String::from("sha256:"), |digits, byte| format!("{digits}{byte:02x}"));
        Ok((digest, self.size_bytes))
    }
}
