use crate::{Problem, ProblemCode};

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The service refuses, and says why.
    #[error(transparent)]
    Problem(Box<Problem>),
    /// The service was not reached, or its answer broke off.
    #[error("no whole answer came")]
    Transport(#[from] reqwest::Error),
    /// What came is no answer of this contract, e.g. one of a proxy that stands between.
    #[error("an answer to {operation} that the contract does not have, with the status {status}")]
    Unexpected {
        /// What was called, by its `operationId`.
        operation: &'static str,
        /// The HTTP status.
        status: u16,
        /// Where reading it ended.
        source: serde_json::Error,
    },
    /// What is to be sent cannot be written as JSON.
    #[error("the request cannot be written")]
    Unsendable(#[from] serde_json::Error),
    /// A file of this machine cannot be read or written.
    #[error("a file here cannot be read or written")]
    File(#[from] std::io::Error),
    /// The address of the service is none, or its key cannot be sent.
    #[error("{0}")]
    Setting(&'static str),
}

impl Error {
    /// What the service says is the matter, if it is the service that refuses.
    #[must_use]
    pub const fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            Self::Transport(_) | Self::Unexpected { .. } | Self::Unsendable(_) | Self::File(_) | Self::Setting(_) => None,
        }
    }

    /// What to branch on, if it is the service that refuses.
    #[must_use]
    pub fn code(&self) -> Option<&ProblemCode> {
        self.problem().map(|problem| &problem.code)
    }
}
