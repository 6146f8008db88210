use std::path::Path;

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use reqwest::{
    Body,
    multipart::{Form, Part},
};
use serde::Serialize;

use crate::Error;

/// A file to be sent as content. What is read from a disk or a stream is sent as it is read, and never whole in memory.
#[derive(Debug)]
pub struct File {
    name: String,
    media_type: Option<String>,
    body: Body,
    size_bytes: Option<u64>,
}

impl File {
    /// A file of this machine, by its own name.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = tokio::fs::File::open(path).await?;
        let size_bytes = file.metadata().await?.len();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { name, media_type: None, body: file.into(), size_bytes: Some(size_bytes) })
    }

    /// Bytes that are at hand.
    #[must_use]
    pub fn of(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let size_bytes = u64::try_from(bytes.len()).ok();
        Self { name: name.into(), media_type: None, body: bytes.into(), size_bytes }
    }

    /// Bytes that arrive one after the other, e.g. a [`Download`](crate::Download).
    #[must_use]
    pub fn streamed<E>(name: impl Into<String>, bytes: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        Self { name: name.into(), media_type: None, body: Body::wrap_stream(bytes.map_err(Into::into)), size_bytes: None }
    }

    /// What it is. Without it, the service goes by what the bytes look like.
    #[must_use]
    pub fn of_type(self, media_type: impl Into<String>) -> Self {
        Self { media_type: Some(media_type.into()), ..self }
    }

    /// A form with the metadata first, so that the service can take the file as it comes.
    pub(crate) fn behind(self, metadata: &impl Serialize) -> Result<Form, Error> {
        let metadata = Part::text(serde_json::to_string(metadata)?).mime_str("application/json")?;
        let content = match self.size_bytes {
            Some(size_bytes) => Part::stream_with_length(self.body, size_bytes),
            None => Part::stream(self.body),
        };
        let content = content.file_name(self.name);
        let content = match self.media_type {
            Some(media_type) => content.mime_str(&media_type)?,
            None => content,
        };
        Ok(Form::new().part("metadata", metadata).part("content", content))
    }
}
