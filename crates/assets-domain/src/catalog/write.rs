//! The use cases that change something.

use crate::{
    Action, Answer, Asset, AssetId, AssetType, AssetView, CatalogError, Change, Circumstances, Comment, Content, DecisionRequest,
    Description, Details, Digest, EventId, FieldError, NamedBytes, NewAsset, PathItem, Principal, Revision, Ruling, StatedProvenance, Tags,
    Title, Transition, UploadId, Variant, VersionNumber, WorkspaceId,
    ports::{Breakage, Case, Commit, CommitError, Deletion, NewBlob, Presented, Receipt, RenditionId},
};

use super::{Call, Catalog, Ingested};

/// How often a change that lost a race is decided anew before it is given up.
pub(super) const MAX_ATTEMPTS: usize = 64;

/// What of the details is to change (JSON Merge Patch, parsed).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DetailsPatch {
    /// A new title.
    pub title: Option<Title>,
    /// A new description; `Some(None)` removes it.
    pub description: Option<Option<Description>>,
    /// New tags instead of all the old ones.
    pub tags: Option<Tags>,
}

/// What a version is that is to be added, without its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewVersion {
    /// Where it comes from. What is not stated is as in the version before.
    pub provenance: StatedProvenance,
    /// Why it is added.
    pub note: Option<Comment>,
    /// What it answers of the changes that were asked for.
    pub answers: Vec<Answer>,
}

impl DetailsPatch {
    fn apply_to(&self, details: &Details) -> Details {
        Details {
            title: self.title.clone().unwrap_or_else(|| details.title.clone()),
            description: self.description.clone().unwrap_or_else(|| details.description.clone()),
            tags: self.tags.clone().unwrap_or_else(|| details.tags.clone()),
        }
    }
}

impl Catalog {
    /// Whether the caller may do a thing, and the type of the asset that it is to be done to. A face asks this before it
    /// reads a body, and need ask nothing else; the use case judges again, because the asset may change meanwhile.
    ///
    /// # Errors
    /// In this order: the caller is of the wrong kind or lacks the scope, whatever the asset; there is no such asset; the
    /// caller may not do it to this one.
    pub async fn admit(&self, by: &Principal, action: Action, id: AssetId) -> Result<AssetType, CatalogError> {
        action.admit(by)?;
        let asset = self.find(by.workspace, id).await?;
        action.right_on(asset.standing().is_some()).judge(by)?;
        Ok(asset.parts().asset_type)
    }

    /// Whether the caller may create assets. A face asks this before it reads a body.
    ///
    /// # Errors
    /// The caller lacks the scope.
    pub fn admit_create(&self, by: &Principal) -> Result<(), CatalogError> {
        Ok(Action::AddVersion.right().judge(by)?)
    }

    /// Whether the sources of a new asset exist. A face asks this before it takes in content, which may be large.
    ///
    /// # Errors
    /// One does not.
    pub async fn foresee_sources(&self, by: &Principal, sources: &[crate::Source]) -> Result<(), CatalogError> {
        self.known_sources(by.workspace, Some(sources)).await
    }

    /// Whether a version could be added as the asset stands. A face asks this before it takes in content, which may be
    /// large; [`Catalog::add_version`] judges again.
    ///
    /// # Errors
    /// There is no such asset; a source does not exist; an answer is to no open point; the asset is not at the expected revision; it is
    /// archived.
    pub async fn foresee_version(&self, call: &Call, id: AssetId, new: &NewVersion) -> Result<(), CatalogError> {
        self.known_sources(call.by.workspace, new.provenance.derived_from.as_deref()).await?;
        let case = self.case(&call.by, id).await?;
        case.asset.judge_answers(&new.answers)?;
        expected(call.if_match, &case.asset)?;
        let (asset, circumstances) = self.moment(&call.by, case);
        // Whether it may be done does not depend on the bytes: it is tried with those that are there.
        let (content, provenance) = (asset.latest().content.clone(), asset.latest().provenance.clone());
        asset.add_version(content, provenance, None, Vec::new(), &circumstances)?;
        Ok(())
    }

    /// Creates an asset with its first version, a draft.
    ///
    /// # Errors
    /// The caller may not; a source of the provenance does not exist; the content came in for another type.
    pub async fn create(&self, call: &Call, new: NewAsset, content: Ingested) -> Result<AssetView, CatalogError> {
        self.admit_create(&call.by)?;
        fits(new.asset_type, &content)?;
        self.known_sources(call.by.workspace, Some(&new.provenance.derived_from)).await?;
        let Ingested { content, blob, upload, .. } = content;
        let digest = content.digest;
        let id = AssetId::new(self.ports.ids.next());
        let change = Asset::create(id, new, content, &call.by, self.ports.clock.now());
        match self.save(call, change, Some(&blob)).await {
            Ok(asset) => {
                self.note_used(call.by.workspace, upload, &digest).await;
                Ok(asset.working())
            }
            Err(CommitError::Conflict) => Err(CatalogError::Contended),
            Err(error) => Err(broken(error)),
        }
    }

    /// Appends a version with new content. The same bytes again make a new version.
    ///
    /// # Errors
    /// The caller may not; there is no such asset; it is archived; a source does not exist; the content came in for
    /// another type; an answer is to no open point; the asset is not at the expected revision.
    pub async fn add_version(&self, call: &Call, id: AssetId, new: NewVersion, content: Ingested) -> Result<AssetView, CatalogError> {
        let Ingested { content, blob, asset_type, upload, .. } = content;
        let added = self.change(call, id, Action::AddVersion, Some(&blob), async |asset: Asset, circumstances: Circumstances<'_>| {
            self.known_sources(call.by.workspace, new.provenance.derived_from.as_deref()).await?;
            if asset.parts().asset_type != asset_type {
                return Err(content_of_another_type());
            }
            asset.judge_answers(&new.answers)?;
            expected(call.if_match, &asset)?;
            let provenance = asset.latest().provenance.inherited_by(new.provenance.clone());
            let change = asset.add_version(content.clone(), provenance, new.note.clone(), new.answers.clone(), &circumstances)?;
            Ok(Ruling::Changed(Box::new(change)))
        });
        let asset = added.await?;
        self.note_used(call.by.workspace, upload, &content.digest).await;
        Ok(asset)
    }

    async fn note_used(&self, workspace: WorkspaceId, upload: Option<UploadId>, digest: &Digest) {
        if let Some(upload) = upload {
            self.note_assembled(workspace, upload, digest).await;
        }
    }

    /// Changes title, description or tags.
    ///
    /// # Errors
    /// The caller may not; there is no such asset; it is archived; it is not at the expected revision.
    pub async fn update(&self, call: &Call, id: AssetId, patch: DetailsPatch) -> Result<AssetView, CatalogError> {
        self.change(call, id, Action::Update, None, async |asset: Asset, circumstances: Circumstances<'_>| {
            expected(call.if_match, &asset)?;
            let details = patch.apply_to(&asset.parts().details);
            Ok(asset.update(details, &circumstances)?)
        })
        .await
    }

    /// Appends a version with the content of an earlier one, its approval carried where that is right.
    ///
    /// # Errors
    /// The caller may not; there is no such asset; it is archived; the version does not exist; an answer is to no open point; the
    /// asset is not at the expected revision.
    pub async fn rollback(
        &self,
        call: &Call,
        id: AssetId,
        to: VersionNumber,
        reason: Option<Comment>,
        answers: Vec<Answer>,
    ) -> Result<AssetView, CatalogError> {
        self.change(call, id, Action::Rollback, None, async |asset: Asset, circumstances: Circumstances<'_>| {
            let workspace = call.by.workspace;
            let Some(version) = self.ports.assets.version(workspace, id, to).await? else {
                return Err(CatalogError::Invalid(vec![FieldError::of(
                    "to_version",
                    "unknown_version",
                    format!("there is no version {to}"),
                )]));
            };
            asset.judge_answers(&answers)?;
            expected(call.if_match, &asset)?;
            let digest = version.content.digest;
            let verdict = self.ports.assets.newest_verdict(workspace, id, &digest).await?;
            let by_author = self.ports.assets.is_author(workspace, id, &digest, &call.by.actor).await?;
            let circumstances = Circumstances { by_author, ..circumstances };
            let change = asset.rollback(&version, reason.clone(), answers.clone(), verdict.as_ref(), &circumstances)?;
            Ok(Ruling::Changed(Box::new(change)))
        })
        .await
    }

    /// Makes a recorded decision: any of the transitions. An asset that already is what is asked for is left as it is.
    ///
    /// # Errors
    /// In this order: the caller may not; there is no such asset; a comment or a digest that must be named is missing; the
    /// asset is not at the expected revision; the decision is [refused](crate::Refusal).
    pub async fn decide(&self, call: &Call, id: AssetId, request: DecisionRequest) -> Result<AssetView, CatalogError> {
        self.change(call, id, request.action.into(), None, async |asset: Asset, circumstances: Circumstances<'_>| {
            judge(asset, call.if_match, request.clone(), &circumstances)
        })
        .await
    }

    /// Asks a person to look at the latest version.
    ///
    /// # Errors
    /// See [`Catalog::decide`].
    pub async fn submit(&self, call: &Call, id: AssetId, named: NamedBytes, comment: Option<Comment>) -> Result<AssetView, CatalogError> {
        self.decide(call, id, DecisionRequest::of(Transition::Submit, named, comment)).await
    }

    /// Takes a submission back.
    ///
    /// # Errors
    /// See [`Catalog::decide`].
    pub async fn withdraw(&self, call: &Call, id: AssetId, named: NamedBytes, comment: Option<Comment>) -> Result<AssetView, CatalogError> {
        self.decide(call, id, DecisionRequest::of(Transition::Withdraw, named, comment)).await
    }

    /// Lets the latest version be published. Only a person can, and no author of its bytes.
    ///
    /// # Errors
    /// See [`Catalog::decide`].
    pub async fn approve(&self, call: &Call, id: AssetId, named: NamedBytes, comment: Option<Comment>) -> Result<AssetView, CatalogError> {
        self.decide(call, id, DecisionRequest::of(Transition::Approve, named, comment)).await
    }

    /// Sends the latest version back. The comment says what is wanted.
    ///
    /// # Errors
    /// See [`Catalog::decide`].
    pub async fn request_changes(&self, call: &Call, id: AssetId, named: NamedBytes, comment: Comment) -> Result<AssetView, CatalogError> {
        self.decide(call, id, DecisionRequest::of(Transition::RequestChanges, named, Some(comment))).await
    }

    /// Takes the standing approval back, whichever version has it. The comment says why.
    ///
    /// # Errors
    /// See [`Catalog::decide`].
    pub async fn revoke(&self, call: &Call, id: AssetId, named: NamedBytes, comment: Comment) -> Result<AssetView, CatalogError> {
        self.decide(call, id, DecisionRequest::of(Transition::Revoke, named, Some(comment))).await
    }

    /// Puts an asset away and ends its approval.
    ///
    /// # Errors
    /// See [`Catalog::decide`].
    pub async fn archive(&self, call: &Call, id: AssetId, named: NamedBytes, comment: Option<Comment>) -> Result<AssetView, CatalogError> {
        self.decide(call, id, DecisionRequest::of(Transition::Archive, named, comment)).await
    }

    /// Takes an archived asset out again, as a draft.
    ///
    /// # Errors
    /// See [`Catalog::decide`].
    pub async fn restore(&self, call: &Call, id: AssetId, named: NamedBytes, comment: Option<Comment>) -> Result<AssetView, CatalogError> {
        self.decide(call, id, DecisionRequest::of(Transition::Restore, named, comment)).await
    }

    /// Removes a draft that was never approved, with its whole history.
    ///
    /// # Errors
    /// The caller may not; there is no such asset; it is not at the expected revision; it is no such draft.
    pub async fn delete(&self, call: &Call, id: AssetId) -> Result<(), CatalogError> {
        Action::Delete.right().judge(&call.by)?;
        for _ in 0..MAX_ATTEMPTS {
            let case = self.case(&call.by, id).await?;
            expected(call.if_match, &case.asset)?;
            let (asset, circumstances) = self.moment(&call.by, case);
            asset.delete(&circumstances)?;
            let deletion = Deletion {
                workspace: call.by.workspace,
                asset: id,
                before: asset.revision(),
                event: asset.deleted(EventId::new(self.ports.ids.next()), &circumstances),
                entry: asset.deletion_entry(&circumstances),
            };
            match self.ports.assets.delete(&deletion).await {
                Ok(()) => return Ok(()),
                Err(CommitError::Conflict) => {}
                Err(error) => return Err(broken(error)),
            }
        }
        Err(CatalogError::Contended)
    }

    /// Reads, decides and writes, and does so anew when somebody else was faster.
    async fn change(
        &self,
        call: &Call,
        id: AssetId,
        action: Action,
        blob: Option<&NewBlob>,
        decide: impl AsyncFn(Asset, Circumstances<'_>) -> Result<Ruling, CatalogError>,
    ) -> Result<AssetView, CatalogError> {
        action.admit(&call.by)?;
        for _ in 0..MAX_ATTEMPTS {
            let case = self.case(&call.by, id).await?;
            action.right_on(case.asset.standing().is_some()).judge(&call.by)?;
            let (asset, circumstances) = self.moment(&call.by, case);
            let change = match decide(asset, circumstances).await? {
                Ruling::Unchanged(asset) => return Ok(asset.working()),
                Ruling::Changed(change) => *change,
            };
            match self.save(call, change, blob).await {
                Ok(asset) => return Ok(asset.working()),
                Err(CommitError::Conflict) => {}
                Err(error) => return Err(broken(error)),
            }
        }
        Err(CatalogError::Contended)
    }

    /// A change with all that is saved beside it.
    pub(super) fn commit(&self, change: Change, blob: Option<NewBlob>, receipt: Option<Receipt>) -> Result<Commit, Breakage> {
        let event = change.event(EventId::new(self.ports.ids.next()));
        let presented = Some(Presented::by(&*self.ports.presenter, change.asset()));
        let attestation = change.endorsement().map(|endorsement| self.ports.notary.attest(&endorsement)).transpose()?;
        Ok(Commit { change, event, blob, receipt, presented, attestation })
    }

    async fn save(&self, call: &Call, change: Change, blob: Option<&NewBlob>) -> Result<Asset, CommitError> {
        let receipt = call.remember.as_ref().map(|remember| remember.receipt(change.asset()));
        let commit = self.commit(change, blob.cloned(), receipt)?;
        self.ports.assets.commit(&commit).await?;
        let asset = commit.change.into_asset();
        if let Some(blob) = blob {
            self.ports.foresight.expect(first_look(&asset));
            self.discard_duplicate(call.by.workspace, &blob.blob).await;
        }
        Ok(asset)
    }

    async fn case(&self, by: &Principal, id: AssetId) -> Result<Case, CatalogError> {
        self.ports.assets.cases(by.workspace, &[id], &by.actor).await?.pop().ok_or(CatalogError::NotFound)
    }

    /// An asset at the moment in which something is asked for.
    pub(super) fn moment<'a>(&self, by: &'a Principal, case: Case) -> (Asset, Circumstances<'a>) {
        let Case { asset, policy, by_author, revoked } = case;
        (asset, Circumstances { by, at: self.ports.clock.now(), policy, by_author, revoked })
    }

    async fn known_sources(&self, workspace: WorkspaceId, sources: Option<&[crate::Source]>) -> Result<(), CatalogError> {
        let Some(sources) = sources.filter(|sources| !sources.is_empty()) else {
            return Ok(());
        };
        match self.ports.assets.missing_source(workspace, sources).await? {
            None => Ok(()),
            Some(place) => Err(CatalogError::Invalid(vec![FieldError {
                path: vec![PathItem::Field("provenance"), PathItem::Field("derived_from"), PathItem::Index(place)],
                message: "there is no such version in this workspace".into(),
                kind: "unknown_source",
            }])),
        }
    }
}

/// What is looked at first of an asset's latest version: its picture in a list.
fn first_look(asset: &Asset) -> RenditionId {
    let Content { digest, media_type, .. } = asset.latest().content;
    let (workspace, asset_type) = (asset.parts().workspace, asset.parts().asset_type);
    RenditionId { workspace, digest, asset_type, media_type, variant: Variant::Thumbnail }
}

/// Makes a decision, or says why not.
pub(super) fn judge(
    asset: Asset,
    if_match: Option<Revision>,
    request: DecisionRequest,
    circumstances: &Circumstances<'_>,
) -> Result<Ruling, CatalogError> {
    if request.action.needs_comment() && request.comment.is_none() {
        return Err(CatalogError::Invalid(vec![FieldError::of("comment", "missing", "this decision must say why")]));
    }
    if request.action != Transition::Approve && !request.terms.are_unlimited() {
        return Err(CatalogError::Invalid(vec![FieldError::of("terms", "unexpected", "only an approval has terms")]));
    }
    asset.judge_points(&request)?;
    asset.judge_naming(request.action, request.named, circumstances)?;
    expected(if_match, &asset)?;
    Ok(asset.decide(request, circumstances)?)
}

fn expected(if_match: Option<Revision>, asset: &Asset) -> Result<(), CatalogError> {
    match if_match {
        Some(wanted) if wanted != asset.revision() => Err(CatalogError::PreconditionFailed { current: asset.revision() }),
        _ => Ok(()),
    }
}

fn fits(asset_type: AssetType, content: &Ingested) -> Result<(), CatalogError> {
    if content.asset_type == asset_type { Ok(()) } else { Err(content_of_another_type()) }
}

fn content_of_another_type() -> CatalogError {
    CatalogError::Invalid(vec![FieldError::of("type", "content_of_another_type", "the content was taken in for another type of asset")])
}

pub(super) fn broken(error: CommitError) -> CatalogError {
    match error {
        CommitError::Conflict => CatalogError::Contended,
        CommitError::BlobRetired => CatalogError::Breakage(Breakage::Unavailable(Box::new(CommitError::BlobRetired))),
        CommitError::OverQuota(quantity) => CatalogError::OverQuota(quantity),
        CommitError::Breakage(breakage) => CatalogError::Breakage(breakage),
    }
}
