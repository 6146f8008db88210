//! Identifiers, each a type of its own.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID that was made or kept elsewhere.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID itself.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// The tenant that every row belongs to.
    WorkspaceId
);
id!(
    /// One thing to be published.
    AssetId
);
id!(
    /// One committed change.
    EventId
);
id!(
    /// One request, as the log knows it.
    RequestId
);
id!(
    /// Content that comes in piece by piece, over as many requests as it takes.
    UploadId
);
id!(
    /// A list of approved versions that is delivered as one archive.
    ExportId
);
id!(
    /// Approved bytes that were handed out for one purpose.
    ReleaseId
);
id!(
    /// Approvals that were taken back together.
    RecallId
);
id!(
    /// One point of a request for changes.
    ItemId
);
id!(
    /// What somebody said about a version.
    RemarkId
);
id!(
    /// An endpoint that is told of events.
    WebhookId
);
id!(
    /// One attempt to tell an endpoint something.
    DeliveryId
);
id!(
    /// A request to tell an endpoint once more.
    ReplayId
);
id!(
    /// Who holds a lease: each process draws an id of its own when it starts.
    Holder
);
