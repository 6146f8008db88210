use serde::Deserialize;

/// How the service is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Health {
    /// Always `ok`: whatever is not is a problem.
    pub status: String,
}
