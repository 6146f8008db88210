//! Keys: who gets one, and who is behind one.
//!
//! What was read of a key is good for a [`KEY_LEASE`], so that not every request asks the database who is calling. A
//! revocation is acknowledged when it is committed and a lease has passed since: from then on the key fails everywhere, though
//! nobody told the other processes.

mod lease;

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::{
    Act, Actor, AuditActor, AuditEntry, Denied, Event, EventId, FieldError, KeyKind, KeyName, KeyPrefix, KeyRecord, Policy, PolicyChanged,
    PolicyPatch, PolicyRevision, Principal, Remember, Scope, Scopes, WorkspaceId, WorkspaceName,
    ports::{Breakage, Clock, Ids, KeptPolicy, KeyMint, KeyRepository, PolicyChange, Workspace},
};

pub use lease::KEY_LEASE;

use lease::LeasedKeys;

/// The tenants and their keys. Clones share what they have read.
#[derive(Clone)]
pub struct Keyring {
    keys: Arc<dyn KeyRepository>,
    leased: Arc<LeasedKeys>,
    mint: Arc<dyn KeyMint>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// Who asks for a key.
#[derive(Debug, Clone, Copy)]
pub enum Grantor<'a> {
    /// Whoever runs the installation, at the command line.
    Operator(WorkspaceId),
    /// Somebody with a key of the workspace.
    Key(&'a Principal),
}

/// A key as somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What it is called. Two keys with one name belong to one person.
    pub name: KeyName,
    /// What will hold it.
    pub kind: KeyKind,
    /// What it may do.
    pub scopes: Scopes,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A new key, the only time it is seen whole.
#[derive(Clone)]
pub struct CreatedKey {
    /// What is kept.
    pub record: KeyRecord,
    /// The whole key, `tnx_…`.
    pub key: String,
}

/// Whoever it is has no key that opens anything. It is not said why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a valid API key is required")]
pub struct Unauthenticated;

/// Why a key was not made, listed or revoked.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The policy is not at the revision that the caller expects.
    #[error("the policy has changed")]
    PolicyChanged {
        /// Where it is.
        current: PolicyRevision,
    },
    /// No key grants what it has not.
    #[error("a key cannot grant a scope that it lacks")]
    BeyondGrantor,
    /// There is no such key in the workspace.
    #[error("there is no such key")]
    NotFound,
    /// Something asked for makes no sense.
    #[error("the request is not valid")]
    Invalid(Vec<FieldError>),
    /// Something outside broke.
    #[error(transparent)]
    Breakage(#[from] Breakage),
}

impl Keyring {
    /// A keyring over these ports.
    #[must_use]
    pub fn new(keys: Arc<dyn KeyRepository>, mint: Arc<dyn KeyMint>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { keys, leased: Arc::default(), mint, clock, ids }
    }

    /// Who is behind a key. Unknown, wrong, expired and revoked keys are not told apart.
    ///
    /// # Errors
    /// The inner error: nobody. The outer: something broke.
    pub async fn authenticate(&self, presented: &str) -> Result<Result<Principal, Unauthenticated>, Breakage> {
        let Some(presented) = self.mint.read(presented) else {
            return Ok(Err(Unauthenticated));
        };
        let record = self.record(&presented.prefix).await?;
        let matches = self.mint.matches(record.as_ref().map(|record| &record.mac), &presented);
        Ok(record.filter(|record| matches && record.is_live(self.clock.now())).map(|record| record.principal()).ok_or(Unauthenticated))
    }

    /// Whether who was recognised a while ago still would be, with what the key may do unchanged: for what goes on for long.
    ///
    /// # Errors
    /// Something broke.
    pub async fn still_recognises(&self, principal: &Principal) -> Result<bool, Breakage> {
        let record = self.record(&principal.actor.key_prefix).await?;
        Ok(record.is_some_and(|record| {
            record.is_live(self.clock.now()) && (Principal { request: principal.request, ..record.principal() }) == *principal
        }))
    }

    /// What is kept of a key, read less than a lease ago.
    async fn record(&self, prefix: &KeyPrefix) -> Result<Option<Arc<KeyRecord>>, Breakage> {
        // Before it is read: what comes back may be as old as the question.
        let asked = self.clock.running();
        if let Some(leased) = self.leased.get(prefix, asked) {
            return Ok(Some(leased));
        }
        let record = self.keys.key(prefix).await?.map(Arc::new);
        if let Some(record) = &record {
            self.leased.keep(record.clone(), asked);
        }
        Ok(record)
    }

    /// Makes a key. Only a person's key, or the operator, makes a person's key; no key grants what it has not, nor for longer
    /// than it has it.
    ///
    /// # Errors
    /// The grantor may not; the key makes no sense.
    pub async fn create(&self, grantor: Grantor<'_>, new: NewKey) -> Result<CreatedKey, KeyError> {
        self.create_once(grantor, new, None).await
    }

    /// Makes a key, and keeps how a repetition of the request is answered: of the key it is shown what is kept.
    ///
    /// # Errors
    /// As [`Keyring::create`].
    pub async fn create_once(
        &self,
        grantor: Grantor<'_>,
        new: NewKey,
        remember: Option<Remember<KeyRecord>>,
    ) -> Result<CreatedKey, KeyError> {
        let now = self.clock.now();
        let workspace = workspace_of(grantor)?;
        if let Grantor::Key(principal) = grantor {
            if new.kind == KeyKind::Person && principal.actor.kind != KeyKind::Person {
                return Err(Denied::HumanRequired.into());
            }
            if !principal.scopes.cover(&new.scopes) {
                return Err(KeyError::BeyondGrantor);
            }
        }
        sensible(grantor, &new, now)?;
        loop {
            let minted = self.mint.mint();
            let record = KeyRecord {
                workspace,
                actor: Actor { key_prefix: minted.prefix, name: new.name.clone(), kind: new.kind },
                scopes: new.scopes.clone(),
                mac: minted.mac,
                created_at: now,
                expires_at: new.expires_at,
                revoked_at: None,
            };
            let receipt = remember.as_ref().map(|remember| remember.receipt(&record));
            let act = Act::KeyCreated {
                prefix: record.actor.key_prefix.clone(),
                name: record.actor.name.clone(),
                kind: record.actor.kind,
                scopes: record.scopes.clone(),
                expires_at: record.expires_at,
            };
            if self.keys.add_key(&record, receipt.as_ref(), &entry(grantor, workspace, now, act)).await? {
                return Ok(CreatedKey { record, key: minted.key });
            }
        }
    }

    /// Every key of the workspace, newest first, revoked ones included.
    ///
    /// # Errors
    /// The caller may not.
    pub async fn list(&self, grantor: Grantor<'_>) -> Result<Vec<KeyRecord>, KeyError> {
        Ok(self.keys.keys(workspace_of(grantor)?).await?)
    }

    /// The keys of a workspace that go by a prefix, or by a name whatever its case and accents, revoked ones included.
    ///
    /// # Errors
    /// Something broke.
    pub async fn known_as(&self, workspace: WorkspaceId, called: &KeyName) -> Result<Vec<KeyPrefix>, Breakage> {
        let folded = called.folded();
        let keys = self.keys.keys(workspace).await?.into_iter().map(|record| record.actor);
        let meant = keys.filter(|actor| actor.key_prefix.as_str() == called.as_str() || actor.name.folded() == folded);
        Ok(meant.map(|actor| actor.key_prefix).collect())
    }

    /// Revokes a key; when this answers, after [`KEY_LEASE`] at the earliest, no process accepts it any more. A key that is
    /// revoked already stays so.
    ///
    /// # Errors
    /// The caller may not; there is no such key.
    pub async fn revoke(&self, grantor: Grantor<'_>, prefix: &KeyPrefix) -> Result<(), KeyError> {
        let workspace = workspace_of(grantor)?;
        let now = self.clock.now();
        let entry = entry(grantor, workspace, now, Act::KeyRevoked { prefix: prefix.clone() });
        if !self.keys.revoke_key(workspace, prefix, now, &entry).await? {
            return Err(KeyError::NotFound);
        }
        self.leased.forget(prefix);
        // Other processes may have read the key right before.
        self.clock.wait(KEY_LEASE + lease::MARGIN).await;
        Ok(())
    }

    /// Revokes a key of whatever workspace, as [`Keyring::revoke`]: what an operator knows of a key is its prefix.
    ///
    /// # Errors
    /// There is no such key.
    pub async fn revoke_anywhere(&self, prefix: &KeyPrefix) -> Result<(), KeyError> {
        let record = self.keys.key(prefix).await?.ok_or(KeyError::NotFound)?;
        self.revoke(Grantor::Operator(record.workspace), prefix).await
    }

    /// What a workspace asks of its decisions.
    ///
    /// # Errors
    /// The caller may not.
    pub async fn policy(&self, grantor: Grantor<'_>) -> Result<KeptPolicy, KeyError> {
        self.keys.policy(workspace_of(grantor)?).await?.ok_or(KeyError::NotFound)
    }

    /// Changes what a workspace asks of its decisions, and tells everybody. It approves nothing, whatever is asked from now on. A
    /// policy that already is what is asked for is left as it is. Whether somebody may publish depends on it, so that only the
    /// key of a person, or the operator, can change it.
    ///
    /// # Errors
    /// The caller may not; the policy would make no sense; it is not at the expected revision.
    pub async fn update_policy(
        &self,
        grantor: Grantor<'_>,
        expected: Option<PolicyRevision>,
        patch: &PolicyPatch,
    ) -> Result<KeptPolicy, KeyError> {
        admit_policy_change(grantor)?;
        let workspace = workspace_of(grantor)?;
        let by = match grantor {
            Grantor::Operator(_) => Actor::operator(),
            Grantor::Key(principal) => principal.actor.clone(),
        };
        loop {
            let KeptPolicy { policy: before, revision } = self.keys.policy(workspace).await?.ok_or(KeyError::NotFound)?;
            let policy = patch.clone().apply_to(&before).map_err(KeyError::Invalid)?;
            if expected.is_some_and(|expected| expected != revision) {
                return Err(KeyError::PolicyChanged { current: revision });
            }
            if policy == before {
                return Ok(KeptPolicy { policy, revision });
            }
            let told = PolicyChanged { policy_revision: revision.next(), before, after: policy.clone() };
            let now = self.clock.now();
            let entry = entry(grantor, workspace, now, Act::PolicyChanged(told.clone()));
            let event = Event::policy_changed(EventId::new(self.ids.next()), workspace, by.clone(), now, told);
            let change = PolicyChange { workspace, before: revision, policy: policy.clone(), event, entry };
            if self.keys.change_policy(&change).await? {
                return Ok(KeptPolicy { policy, revision: revision.next() });
            }
        }
    }

    /// Makes a tenant; `None` if the name is taken.
    ///
    /// # Errors
    /// Something broke.
    pub async fn create_workspace(&self, name: WorkspaceName) -> Result<Option<Workspace>, Breakage> {
        let workspace = Workspace { id: WorkspaceId::new(self.ids.next()), name, policy: Policy::default(), created_at: self.clock.now() };
        Ok(self.keys.add_workspace(&workspace).await?.then_some(workspace))
    }

    /// Every tenant, by name.
    ///
    /// # Errors
    /// Something broke.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, Breakage> {
        self.keys.workspaces().await
    }
}

/// Whether the caller may change a policy. A face asks this before it reads a body.
///
/// # Errors
/// The caller is no person, or lacks the scope.
pub fn admit_policy_change(grantor: Grantor<'_>) -> Result<(), Denied> {
    match grantor {
        Grantor::Key(principal) if principal.actor.kind != KeyKind::Person => Err(Denied::HumanRequired),
        Grantor::Key(_) | Grantor::Operator(_) => workspace_of(grantor).map(|_| ()),
    }
}

fn workspace_of(grantor: Grantor<'_>) -> Result<WorkspaceId, Denied> {
    match grantor {
        Grantor::Operator(workspace) => Ok(workspace),
        Grantor::Key(principal) => principal.scopes.require(Scope::Admin).map(|()| principal.workspace),
    }
}

/// What the audit tells of something that was done to a key or a policy.
fn entry(grantor: Grantor<'_>, workspace: WorkspaceId, at: DateTime<Utc>, act: Act) -> AuditEntry {
    let (by, request) = match grantor {
        Grantor::Operator(_) => (AuditActor::Operator, None),
        Grantor::Key(principal) => (AuditActor::Key(principal.actor.clone()), principal.request),
    };
    AuditEntry { workspace, at, by, request, act }
}

fn sensible(grantor: Grantor<'_>, new: &NewKey, now: DateTime<Utc>) -> Result<(), KeyError> {
    let mut errors = Vec::new();
    let end_of_grantor = match grantor {
        Grantor::Operator(_) => None,
        Grantor::Key(principal) => principal.expires_at,
    };
    if new.scopes.is_empty() {
        errors.push(FieldError::of("scopes", "missing", "a key needs at least one scope"));
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        errors.push(FieldError::of("expires_at", "past", "must lie in the future"));
    }
    if let Some(limit) = end_of_grantor.filter(|limit| new.expires_at.is_none_or(|end| end > *limit)) {
        let limit = limit.to_rfc3339_opts(SecondsFormat::Secs, true);
        errors.push(FieldError::of(
            "expires_at",
            "beyond_grantor",
            format!("must be {limit} at the latest, when the key that makes it expires"),
        ));
    }
    if errors.is_empty() { Ok(()) } else { Err(KeyError::Invalid(errors)) }
}
