//! What changes something is prepared, perhaps given a condition or a key to repeat it by, and sent by awaiting it.

use std::future::IntoFuture;

use futures_util::future::{BoxFuture, FutureExt};
use reqwest::{RequestBuilder, Response, header};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Client, Error, File,
    client::{accepted, read},
    operation::Operation,
};

/// How an answer is read.
type Reader<T> = fn(&'static str, Response) -> BoxFuture<'static, Result<T, Error>>;

/// A request, ready but for its headers.
struct Prepared<T> {
    operation: &'static str,
    request: Result<RequestBuilder, Error>,
    read: Reader<T>,
}

impl<T: Send + 'static> Prepared<T> {
    fn header(self, name: header::HeaderName, value: &str) -> Self {
        Self { request: self.request.map(|request| request.header(name, value)), ..self }
    }

    fn send(self) -> BoxFuture<'static, Result<T, Error>> {
        let Self { operation, request, read } = self;
        async move { read(operation, request?.send().await?).await }.boxed()
    }
}

impl Client {
    /// A change whose body is JSON.
    fn prepare<I: Serialize, O: DeserializeOwned + 'static>(&self, operation: &Operation<I, O>, parts: &[&str], body: &I) -> Prepared<O> {
        let request = self.request(operation, parts).json(body);
        Prepared { operation: operation.id, request: Ok(request), read: |operation, response| read(operation, response).boxed() }
    }

    /// A change whose body is JSON, and then a file.
    fn prepare_upload<I: Serialize, O: DeserializeOwned + 'static>(
        &self,
        operation: &Operation<I, O>,
        parts: &[&str],
        metadata: &I,
        content: File,
    ) -> Prepared<O> {
        let request = content.behind(metadata).map(|form| self.request(operation, parts).multipart(form));
        Prepared { operation: operation.id, request, read: |operation, response| read(operation, response).boxed() }
    }

    /// A change without a body, whose answer has none.
    fn prepare_empty(&self, operation: &Operation<(), ()>, parts: &[&str]) -> Prepared<()> {
        let request = Ok(self.request(operation, parts));
        let read: Reader<()> = |operation, response| async move { accepted(operation, response).await.map(drop) }.boxed();
        Prepared { operation: operation.id, request, read }
    }
}

/// Each kind of call has the headers that its operations take.
macro_rules! call {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[must_use = "nothing is sent until it is awaited"]
        pub struct $name<T>(Prepared<T>);

        impl<T: Send + 'static> IntoFuture for $name<T> {
            type Output = Result<T, Error>;
            type IntoFuture = BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                self.0.send()
            }
        }

        impl<T> std::fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0.operation).finish()
            }
        }
    };
}

macro_rules! repeatable {
    ($name:ident) => {
        impl<T: Send + 'static> $name<T> {
            /// Makes it safe to send again: for 24 hours the same request with the same key gets the first answer.
            /// 1 to 255 visible ASCII characters.
            pub fn idempotency_key(self, key: &str) -> Self {
                Self(self.0.header(header::HeaderName::from_static("idempotency-key"), key))
            }
        }
    };
}

macro_rules! conditional {
    ($name:ident) => {
        impl<T: Send + 'static> $name<T> {
            /// Only if the asset is still at the revision that was seen; otherwise it is refused as `precondition_failed`.
            pub fn if_revision(self, revision: u64) -> Self {
                // What stands behind the point is of links, and not compared.
                Self(self.0.header(header::IF_MATCH, &format!("\"{revision}.0\"")))
            }
        }
    };
}

call! {
    /// A request that makes something new, sent by awaiting it.
    Call
}
call! {
    /// A request that takes an asset further, sent by awaiting it.
    Change
}
call! {
    /// A request that alters or deletes an asset, sent by awaiting it.
    Edit
}
repeatable!(Call);
repeatable!(Change);
conditional!(Change);
conditional!(Edit);

macro_rules! beginnings {
    ($name:ident) => {
        impl<T: DeserializeOwned + Send + 'static> $name<T> {
            pub(crate) fn of<I: Serialize>(client: &Client, operation: &Operation<I, T>, parts: &[&str], body: &I) -> Self {
                Self(client.prepare(operation, parts, body))
            }
        }
    };
}

macro_rules! uploads {
    ($name:ident) => {
        impl<T: DeserializeOwned + Send + 'static> $name<T> {
            pub(crate) fn with<I: Serialize>(
                client: &Client,
                operation: &Operation<I, T>,
                parts: &[&str],
                metadata: &I,
                content: File,
            ) -> Self {
                Self(client.prepare_upload(operation, parts, metadata, content))
            }
        }
    };
}

beginnings!(Call);
beginnings!(Change);
beginnings!(Edit);
uploads!(Call);
uploads!(Change);

impl Edit<()> {
    pub(crate) fn empty(client: &Client, operation: &Operation<(), ()>, parts: &[&str]) -> Self {
        Self(client.prepare_empty(operation, parts))
    }
}
