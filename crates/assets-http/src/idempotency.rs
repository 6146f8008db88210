//! The same POST sent twice has one effect and one answer (`Idempotency-Key`).
//!
//! A request is known by its caller's key, its method, its path and its `Idempotency-Key`; a digest of its body tells a
//! repetition from a mistake. Where a commit makes the answer true, the commit keeps it (`Remember` in a `Call`); what is
//! answered otherwise is kept here, right after.

use std::{convert::Infallible, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    rt::{spawn, time::sleep},
    web::Data,
};
use assets_domain::{
    Principal, WorkspaceId,
    ports::{Beginning, Begun, Breakage, Receipt, ReceiptId, Receipts},
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    api::Api,
    observe,
    problem::{FieldProblem, Problem, ProblemCode},
};

/// The header's name.
pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
const MAX_KEY_CHARS: usize = 255;

static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A request that has given no sign of life for so long died with its process.
const STALE: TimeDelta = TimeDelta::seconds(60);
/// How often a request that runs gives one, so that two may go missing.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);
/// For how long a duplicate waits for the one under way.
const MAX_WAIT: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// An answer in a form that can be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    status: u16,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, String)>,
    body: String,
}

/// What a request is answered, and what its repetitions are.
pub(crate) struct Answered {
    /// What is answered now.
    pub(crate) answer: Answer,
    /// What its repetitions are.
    pub(crate) replay: Replay,
}

/// What the repetitions of a request are answered.
pub(crate) enum Replay {
    /// The same.
    Same,
    /// Something else: a secret is shown once.
    Instead(Answer),
    /// What comes of it then: some of it failed for a reason that may go away by itself.
    Nothing,
}

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Self {
        Self { answer, replay: Replay::Same }
    }
}

impl Answer {
    /// An answer with a body, and with headers besides those of every answer.
    pub(crate) fn json(status: StatusCode, headers: Vec<(String, String)>, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self { status: status.as_u16(), headers, body },
            Err(error) => Self::plain(&Breakage::Failed(Box::new(error)).into()),
        }
    }

    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode, headers: Vec<(String, String)>) -> Self {
        Self { status: status.as_u16(), headers, body: String::new() }
    }

    fn plain(problem: &Problem) -> Self {
        Self { status: problem.status, headers: Vec::new(), body: serde_json::to_string(problem).unwrap_or_default() }
    }

    /// The form in which it is kept.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // Strings and a number: there is nothing in it that JSON cannot hold.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(bytes).map_err(|error| Breakage::Damaged(Box::new(error)).into())
    }

    /// The problem as an answer, if it is one that every repetition would meet: what may go away by itself is not kept.
    fn of_problem(problem: &Problem) -> Option<Self> {
        (!is_passing(problem)).then(|| Self::plain(problem))
    }

    /// The answer as it is sent.
    pub(crate) fn into_response(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        let content_type = if status.is_success() { "application/json" } else { "application/problem+json" };
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if !self.body.is_empty() {
            response.insert_header((header::CONTENT_TYPE, content_type));
        }
        for header in self.headers {
            response.insert_header(header);
        }
        response.body(self.body)
    }

    fn into_replay(self) -> HttpResponse {
        let mut response = self.into_response();
        response.headers_mut().insert(REPLAYED.clone(), HeaderValue::from_static("true"));
        response
    }
}

/// Runs a POST once, however often it is sent, and to its end even if the caller goes away meanwhile. `body` is the digest of
/// what was sent; `run` is handed the id under which a commit can keep its answer.
///
/// # Errors
/// The `Idempotency-Key` is malformed, or was used for another body; the one under way takes too long; whatever `run` fails with.
pub(crate) async fn once(
    api: &Data<Api>,
    caller: &Principal,
    request: &HttpRequest,
    body: [u8; 32],
    run: impl AsyncFnOnce(Option<ReceiptId>) -> Result<Answered, Problem> + 'static,
) -> Result<HttpResponse, Problem> {
    match receipt_id(caller, request)? {
        None => to_the_end(async move { Ok(run(None).await?.answer.into_response()) }).await,
        Some(id) => {
            let errand = Errand { api: api.clone(), workspace: caller.workspace, id, body };
            to_the_end(async move { errand.run(run).await }).await
        }
    }
}

/// Runs a change to its end even if the caller goes away meanwhile.
///
/// # Errors
/// Whatever the change fails with.
pub(crate) async fn to_the_end<T: 'static>(change: impl Future<Output = Result<T, Problem>> + 'static) -> Result<T, Problem> {
    spawn(observe::carried(change)).await.unwrap_or_else(|broken| Err(Breakage::Failed(Box::new(broken)).into()))
}

/// One request with an `Idempotency-Key` on its way through.
struct Errand {
    api: Data<Api>,
    workspace: WorkspaceId,
    id: ReceiptId,
    body: [u8; 32],
}

impl Errand {
    async fn run(self, run: impl AsyncFnOnce(Option<ReceiptId>) -> Result<Answered, Problem>) -> Result<HttpResponse, Problem> {
        if let Some(earlier) = self.begin().await? {
            return Ok(earlier.into_replay());
        }
        // Both go on at once: the sign of life may wait for a connection that the work holds.
        let ended = tokio::select! {
            biased;
            ended = run(Some(self.id)) => ended,
            never = self.show_life() => match never {},
        };
        match ended {
            Ok(Answered { answer, replay }) => {
                match &replay {
                    Replay::Same => self.keep(&answer).await,
                    Replay::Instead(other) => self.keep(other).await,
                    Replay::Nothing => self.abandon().await,
                }
                Ok(answer.into_response())
            }
            Err(problem) => {
                match Answer::of_problem(&problem) {
                    Some(answer) => self.keep(&answer).await,
                    None => self.abandon().await,
                }
                Err(problem)
            }
        }
    }

    /// Begins, or waits for the same request that is under way, and answers what that one was answered.
    async fn begin(&self) -> Result<Option<Answer>, Problem> {
        let mut waited = Duration::ZERO;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.api.receipts.begin(self.beginning(STALE)).await? {
                Begun::Fresh => return Ok(None),
                Begun::Answered(bytes) => return Answer::from_bytes(&bytes).map(Some),
                Begun::Mismatch => return Err(mismatch()),
                Begun::Running if waited >= MAX_WAIT => return Err(still_running()),
                Begun::Running => {}
            }
            sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The request as it begins now, where an earlier one is taken for dead after so long.
    fn beginning(&self, stale: TimeDelta) -> Beginning {
        let now = self.api.clock.now();
        let Self { workspace, id, body, .. } = *self;
        Beginning { workspace, id, body, now, stale_before: now - stale, forget_before: now - <dyn Receipts>::LIFE }
    }

    /// Begins again and again, so that the request is not taken for dead however long it runs, and is soon if its process dies.
    async fn show_life(&self) -> Infallible {
        loop {
            sleep(SIGN_OF_LIFE).await;
            if let Err(breakage) = self.api.receipts.begin(self.beginning(TimeDelta::zero())).await {
                observe::broken(&breakage);
            }
        }
    }

    /// Keeps an answer. What was done is done: if the answer cannot be kept, it is still given, and the log says so.
    async fn keep(&self, answer: &Answer) {
        if let Err(breakage) = self.api.receipts.answer(self.workspace, &Receipt { id: self.id, answer: answer.to_bytes() }).await {
            observe::broken(&breakage);
        }
    }

    async fn abandon(&self) {
        if let Err(breakage) = self.api.receipts.abandon(self.workspace, self.id).await {
            observe::broken(&breakage);
        }
    }
}

/// Whether a problem may go away by itself.
pub(crate) fn is_passing(problem: &Problem) -> bool {
    let passing = matches!(
        problem.code(),
        ProblemCode::RequestTimeout
            | ProblemCode::RateLimited
            | ProblemCode::Contended
            | ProblemCode::TooManyExports
            | ProblemCode::TooManyReplays
    );
    passing || !problem.status_code().is_client_error()
}

/// Whether the request may be the repetition of another. Then it is not refused before its body is known: what refuses it
/// may have come of the first one, whose answer it is to get.
pub(crate) fn is_repeatable(request: &HttpRequest) -> bool {
    request.headers().contains_key(IDEMPOTENCY_KEY)
}

fn mismatch() -> Problem {
    Problem::new(ProblemCode::IdempotencyMismatch, "the Idempotency-Key was used for a request with another body; take a new key for it")
}

fn still_running() -> Problem {
    Problem::new(ProblemCode::Contended, "the same request is under way and has not ended yet; send it again").retry_after(1)
}

/// Which request it is; `None` if it has no `Idempotency-Key`.
fn receipt_id(caller: &Principal, request: &HttpRequest) -> Result<Option<ReceiptId>, Problem> {
    let mut keys = request.headers().get_all(IDEMPOTENCY_KEY);
    let key = match (keys.next(), keys.next()) {
        (None, _) => return Ok(None),
        (Some(key), None) if is_key(key.as_bytes()) => key.as_bytes(),
        _ => {
            let rule = format!("must be sent once, with 1 to {MAX_KEY_CHARS} visible ASCII characters");
            return Err(Problem::invalid(vec![FieldProblem::at(&["header", IDEMPOTENCY_KEY], "malformed", rule)]));
        }
    };
    let mut digest = Sha256::new();
    for item in [caller.actor.key_prefix.as_str().as_bytes(), request.method().as_str().as_bytes(), request.path().as_bytes(), key] {
        digest.update(item);
        // No item holds a line break, so that no two requests run together.
        digest.update(b"\n");
    }
    Ok(Some(ReceiptId::new(digest.finalize().into())))
}

fn is_key(key: &[u8]) -> bool {
    (1..=MAX_KEY_CHARS).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use assets_testkit::TestWorld;

    use super::*;

    fn answer() -> Answer {
        let headers = [("location", "/api/v1/assets/1"), ("etag", "\"1.0\"")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        Answer::json(StatusCode::CREATED, headers.into(), &serde_json::json!({"id": "a\"b\u{1f600}"}))
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_runs_for_long_is_not_taken_for_dead_and_one_that_died_is() {
        let world = TestWorld::new();
        let api = Api::of_test(&world);
        let errand = || Errand { api: api.clone(), workspace: world.workspace, id: ReceiptId::new([1; 32]), body: [2; 32] };
        let pass = async |seconds| {
            for _ in 0..seconds {
                world.clock.advance(TimeDelta::seconds(1));
                sleep(Duration::from_secs(1)).await;
            }
        };
        let sent_again = async || {
            let now = api.clock.now();
            api.receipts
                .begin(Beginning {
                    workspace: world.workspace,
                    id: ReceiptId::new([1; 32]),
                    body: [2; 32],
                    now,
                    stale_before: now - STALE,
                    forget_before: now - <dyn Receipts>::LIFE,
                })
                .await
                .unwrap()
        };
        let work = async |_| {
            pass(1000).await;
            assert_eq!(sent_again().await, Begun::Running);
            std::future::pending().await
        };
        let died = tokio::time::timeout(Duration::from_secs(1001), errand().run(work)).await;
        assert!(died.is_err());
        pass(30).await;
        assert_eq!(sent_again().await, Begun::Running);
        pass(61).await;
        assert_eq!(sent_again().await, Begun::Fresh);
    }

    #[test]
    fn an_answer_reads_back_as_kept() {
        assert_eq!(Answer::from_bytes(&answer().to_bytes()).unwrap(), answer());
        assert_eq!(Answer::from_bytes(b"{}").unwrap_err().code(), ProblemCode::Internal);
    }

    #[test]
    fn a_replay_is_the_answer_and_says_that_it_is_one() {
        let (first, replay) = (answer().into_response(), answer().into_replay());
        assert_eq!(first.status(), StatusCode::CREATED);
        for name in [header::LOCATION, header::ETAG, header::CONTENT_TYPE] {
            assert_eq!(first.headers().get(&name), replay.headers().get(&name));
        }
        assert_eq!(first.headers().get(&REPLAYED), None);
        assert_eq!(replay.headers().get(&REPLAYED).unwrap(), "true");
    }

    #[test]
    fn only_problems_that_stay_are_kept() {
        let kept = |code| Answer::of_problem(&Problem::new(code, "")).is_some();
        let passing: Vec<_> = ProblemCode::ALL.iter().copied().filter(|code| !kept(*code)).map(ProblemCode::as_str).collect();
        assert_eq!(
            passing,
            [
                "request_timeout",
                "contended",
                "too_many_exports",
                "too_many_replays",
                "rate_limited",
                "internal",
                "unavailable",
                "storage_full"
            ]
        );
    }

    #[test]
    fn a_key_is_visible_ascii_of_at_most_255_characters() {
        assert!(is_key(b"8e03978e-40d5-43dd-bc93-6894a57f9324") && is_key(&[b'a'; 255]));
        for bad in [b"".as_slice(), b"a b", b"a\tb", "é".as_bytes(), &[b'a'; 256]] {
            assert!(!is_key(bad), "{bad:?}");
        }
    }
}
