use std::{
    path::Path,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use reqwest::{Response, header};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::Error;

/// Bytes on their way: a stream of pieces, read as fast as they are asked for.
///
/// An answer that breaks off is an error, never an early end.
pub struct Download {
    media_type: Option<String>,
    size_bytes: Option<u64>,
    digest: Option<String>,
    pieces: BoxStream<'static, Result<Bytes, Error>>,
}

impl Download {
    pub(crate) fn of(response: Response) -> Self {
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let digest = text(header::ETAG).map(|tag| tag.trim_matches('"').to_owned());
        let (media_type, size_bytes) = (text(header::CONTENT_TYPE), response.content_length());
        Self { media_type, size_bytes, digest, pieces: response.bytes_stream().map_err(Error::from).boxed() }
    }

    /// What they are.
    #[must_use]
    pub fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// How many they are, if the service says so beforehand.
    #[must_use]
    pub const fn size_bytes(&self) -> Option<u64> {
        self.size_bytes
    }

    /// What the service knows them by: of content its digest, `sha256:…`.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// All of them, in memory.
    ///
    /// # Errors
    /// They break off.
    pub async fn bytes(self) -> Result<Bytes, Error> {
        let pieces: Vec<Bytes> = self.pieces.try_collect().await?;
        Ok(pieces.concat().into())
    }

    /// Writes them as they come, and answers how many they were.
    ///
    /// # Errors
    /// They break off, or cannot be written.
    pub async fn write_to(mut self, place: &mut (impl AsyncWrite + Unpin)) -> Result<u64, Error> {
        let mut written = 0;
        while let Some(piece) = self.pieces.try_next().await? {
            place.write_all(&piece).await?;
            written += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        }
        place.flush().await?;
        Ok(written)
    }

    /// Writes them into a new file as they come, and answers how many they were. Nothing is left of it if that fails.
    ///
    /// # Errors
    /// There is such a file already, they break off, or cannot be written.
    pub async fn save(self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let path = path.as_ref();
        let mut file = tokio::fs::File::create_new(path).await?;
        let written = self.write_to(&mut file).await;
        if written.is_err() {
            // What is the matter was found before.
            let _gone = tokio::fs::remove_file(path).await;
        }
        written
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pieces.poll_next_unpin(context)
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download").field("media_type", &self.media_type).field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}
