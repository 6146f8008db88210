//! Closed lists of names, each bound to its domain enum by an exhaustive match both ways.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! names {
    ($(#[$doc:meta])* $wire:ident as $name:ident for $domain:ty { $( $variant:ident $(= $text:tt)? ),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = $name)]
        #[expect(missing_docs, reason = "the domain enum documents each name")]
        pub enum $wire { $( $(#[serde(rename = $text)])? $variant, )* }

        impl $wire {
            /// What programs call each name, in order.
            pub const CALLED: &'static [&'static str] = &[$( stringify!($variant), )*];
        }

        impl From<$domain> for $wire {
            fn from(domain: $domain) -> Self {
                type Domain = $domain;
                match domain { $( Domain::$variant => Self::$variant, )* }
            }
        }

        impl From<$wire> for $domain {
            fn from(wire: $wire) -> Self {
                match wire { $( $wire::$variant => Self::$variant, )* }
            }
        }
    };
}

names!(
    /// Where an asset stands: the status of its latest version, or `archived`.
    /// What can be published is another question: ask for `has_approved=true`.
    AssetStatus as AssetStatus for assets_domain::Status { Draft, PendingReview, Approved, Archived }
);
names!(
    /// What kind of thing an asset is.
    AssetTypeName as AssetType for assets_domain::AssetType { Copy, Image, Slide, Video, Blog, Bundle }
);
names!(
    /// What has been decided about one version.
    VersionStatusName as VersionStatus for assets_domain::VersionStatus { Draft, PendingReview, ChangesRequested, Approved, Superseded, Revoked }
);
names!(
    /// A recorded decision.
    DecisionAction as DecisionAction for assets_domain::Transition { Submit, Withdraw, Approve, RequestChanges, Revoke, Archive, Restore, Dismiss }
);
names!(
    /// What hangs on a point of a request for changes.
    SeverityName as Severity for assets_domain::Severity { Blocking, Suggestion }
);
names!(
    /// Why an asset is not handed out.
    /// Later versions have more of them: an unknown one is a reason all the same.
    ReasonName as Reason for assets_domain::Withheld {
        NotFound, Archived, NotApproved, NotYetValid, Expired, ChannelNotAllowed, MarketNotAllowed
    }
);
names!(
    /// Where an export stands.
    ExportStatusName as ExportStatus for assets_domain::ExportStatus { Ready, Recalled, Expired }
);
names!(
    /// What holds a key. Only a person decides.
    KeyKindName as KeyKind for assets_domain::KeyKind { Agent, Person, Service }
);
names!(
    /// What a key may do.
    ScopeName as Scope for assets_domain::Scope {
        Read = "assets:read",
        ReadApproved = "assets:read:approved",
        Write = "assets:write",
        Approve = "assets:approve",
        Admin = "admin",
        All = "*",
    }
);
names!(
    /// What bytes are.
    MediaTypeName as MediaType for assets_domain::MediaType {
        PlainText = "text/plain",
        Markdown = "text/markdown",
        Html = "text/html",
        Json = "application/json",
        Png = "image/png",
        Jpeg = "image/jpeg",
        Gif = "image/gif",
        Webp = "image/webp",
        Avif = "image/avif",
        Svg = "image/svg+xml",
        Pdf = "application/pdf",
        Pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        Mp4 = "video/mp4",
        Webm = "video/webm",
        QuickTime = "video/quicktime",
        Zip = "application/zip",
    }
);
names!(
    /// The order of a list.
    ListSort as ListSort for assets_domain::Sort { CreatedAt, SubmittedAt }
);

/// What became of a point of a request for changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChangeItemState)]
pub enum ItemStateName {
    /// Nothing yet.
    Open,
    /// A later version answers it.
    Answered,
    /// A person no longer asks for it.
    Dismissed,
}

impl Default for SeverityName {
    fn default() -> Self {
        assets_domain::Severity::default().into()
    }
}
