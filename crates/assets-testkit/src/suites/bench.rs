use assets_domain::{
    Asset, AssetId, AssetType, Change, Circumstances, Content, Decision, DecisionRequest, Details, EventId, Filter, KeyRecord, ListPage,
    ListQuery, MediaType, NamedBytes, NewAsset, Policy, Principal, Provenance, Quorum, Ruling, SearchText, Sort, Transition, Version, View,
    WorkspaceId,
    ports::{Clock, Commit, CommitError, Deletion, History, Ids, Listed, NewBlob, Notary, Presented, Presenter, Workspace},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::{FixedClock, PlainNotary, PlainPresenter, Repositories, SequentialIds, fixtures};

/// A workspace in an empty database, and hands to work in it.
pub(super) struct Bench {
    pub(super) repositories: Repositories,
    pub(super) workspace: WorkspaceId,
    pub(super) clock: FixedClock,
    ids: SequentialIds,
}

impl Bench {
    pub(super) async fn new(repositories: Repositories) -> Self {
        let (clock, ids) = (FixedClock::stepping(), SequentialIds::default());
        let mut bench = Self { repositories, workspace: WorkspaceId::new(ids.next()), clock, ids };
        bench.workspace = bench.add_workspace("acme").await;
        bench
    }

    pub(super) async fn add_workspace(&self, name: &str) -> WorkspaceId {
        let id = WorkspaceId::new(self.ids.next());
        let name = name.parse().expect("the name of a workspace");
        let workspace = Workspace { id, name, policy: Policy::default(), created_at: self.now() };
        assert!(self.repositories.keys.add_workspace(&workspace).await.unwrap(), "the name is free");
        id
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn writer(&self) -> Principal {
        fixtures::agent(self.workspace, "writer")
    }

    pub(super) fn reviewer(&self) -> Principal {
        fixtures::person(self.workspace, "ann")
    }

    fn circumstances<'a>(&self, by: &'a Principal) -> Circumstances<'a> {
        Circumstances { by, at: self.now(), policy: Policy::default(), by_author: false, revoked: Vec::new() }
    }

    /// The row about bytes that just came in, under a key of its own.
    pub(super) fn blob(&self, workspace: WorkspaceId, text: &str) -> NewBlob {
        fixtures::blob(workspace, &format!("file/{}", self.ids.next()), text.as_bytes(), self.now())
    }

    /// A change that creates a copy, not saved.
    pub(super) fn creation(&self, by: &Principal, new: NewAsset, text: &str) -> Change {
        let content = fixtures::content(new.asset_type, text.as_bytes());
        Asset::create(AssetId::new(self.ids.next()), new, content, by, self.now())
    }

    /// A change with its event, and with the row about the bytes that came in with it.
    pub(super) fn commit(&self, change: Change, text: Option<&str>) -> Commit {
        let mut blob = text.map(|text| self.blob(change.asset().parts().workspace, text));
        if let Some(blob) = blob.as_mut().filter(|_| !change.asset().parts().asset_type.is_searched_by_text()) {
            blob.text = SearchText::default();
        }
        let event = change.event(EventId::new(self.ids.next()));
        let presented = Some(Presented::by(&PlainPresenter, change.asset()));
        let attestation = change.endorsement().map(|endorsement| PlainNotary.attest(&endorsement).unwrap());
        Commit { change, event, blob, receipt: None, presented, attestation }
    }

    pub(super) async fn try_save(&self, commit: &Commit) -> Result<Asset, CommitError> {
        self.repositories.assets.commit(commit).await.map(|()| commit.change.asset().clone())
    }

    pub(super) async fn save(&self, commit: Commit) -> Asset {
        self.try_save(&commit).await.expect("the change is saved")
    }

    pub(super) async fn create_by(&self, by: &Principal, new: NewAsset, text: &str) -> Asset {
        self.save(self.commit(self.creation(by, new, text), Some(text))).await
    }

    pub(super) async fn create(&self, new: NewAsset, text: &str) -> Asset {
        self.create_by(&self.writer(), new, text).await
    }

    pub(super) async fn copy(&self, title: &str, text: &str) -> Asset {
        self.create(fixtures::new_asset(AssetType::Copy, title), text).await
    }

    /// A decision by the reviewer, not saved.
    pub(super) fn decision(&self, asset: &Asset, action: Transition) -> Change {
        let request = DecisionRequest::of(action, NamedBytes::default(), Some(fixtures::comment("because")));
        match asset.clone().decide(request, &self.circumstances(&self.reviewer())) {
            Ok(Ruling::Changed(change)) => *change,
            other => panic!("{action:?} was to change something, but: {other:?}"),
        }
    }

    /// The same by somebody else, where two people must approve; some keys may be revoked.
    pub(super) fn decision_of_two(&self, asset: &Asset, action: Transition, by: &Principal) -> Change {
        let policy = Policy { required_approvals: Quorum::new(2).expect("two people"), ..Policy::default() };
        let request = DecisionRequest::of(action, NamedBytes::default(), Some(fixtures::comment("because")));
        match asset.clone().decide(request, &Circumstances { policy, ..self.circumstances(by) }) {
            Ok(Ruling::Changed(change)) => *change,
            other => panic!("{action:?} was to change something, but: {other:?}"),
        }
    }

    /// Submitted where two people must approve, and approved by the reviewer alone.
    pub(super) async fn half_approved(&self, asset: &Asset) -> Asset {
        let submitted = self.save(self.commit(self.decision_of_two(asset, Transition::Submit, &self.writer()), None)).await;
        self.save(self.commit(self.decision_of_two(&submitted, Transition::Approve, &self.reviewer()), None)).await
    }

    /// Gives somebody a key.
    pub(super) async fn add_key(&self, whose: &Principal) {
        let record = KeyRecord {
            workspace: whose.workspace,
            actor: whose.actor.clone(),
            scopes: whose.scopes.clone(),
            mac: [7; 32],
            created_at: self.now(),
            expires_at: None,
            revoked_at: None,
        };
        assert!(self.repositories.keys.add_key(&record, None, &fixtures::key_creation(&record)).await.unwrap(), "the prefix is free");
    }

    pub(super) async fn revoke_key(&self, whose: &Principal) {
        let (workspace, prefix, at) = (whose.workspace, &whose.actor.key_prefix, self.now());
        let entry = fixtures::revocation(workspace, prefix, at);
        let is_there = self.repositories.keys.revoke_key(workspace, prefix, at, &entry).await.unwrap();
        assert!(is_there, "there is such a key");
    }

    pub(super) async fn decide(&self, asset: &Asset, action: Transition) -> Asset {
        self.save(self.commit(self.decision(asset, action), None)).await
    }

    pub(super) async fn submit_and_approve(&self, asset: &Asset) -> Asset {
        let submitted = self.decide(asset, Transition::Submit).await;
        self.decide(&submitted, Transition::Approve).await
    }

    pub(super) async fn add_version(&self, asset: &Asset, text: &str) -> Asset {
        let provenance = asset.latest().provenance.clone();
        self.add_version_by(&self.writer(), asset, provenance, text).await
    }

    pub(super) async fn add_version_by(&self, by: &Principal, asset: &Asset, provenance: Provenance, text: &str) -> Asset {
        self.save(self.commit(self.version_by(by, asset, provenance, text), Some(text))).await
    }

    /// Adds the same bytes as content of another media type, whose text is another.
    pub(super) async fn retyped(&self, asset: &Asset, media_type: MediaType, bytes: &str, text: &str) -> Asset {
        let writer = self.writer();
        let content = Content { media_type, ..fixtures::content(asset.parts().asset_type, bytes.as_bytes()) };
        let change = asset.clone().add_version(content, asset.latest().provenance.clone(), None, Vec::new(), &self.circumstances(&writer));
        let mut commit = self.commit(change.expect("a version is added"), Some(bytes));
        commit.blob = commit.blob.map(|blob| NewBlob { text: SearchText::of(text), ..blob });
        self.save(commit).await
    }

    /// A version by the writer, not saved.
    pub(super) fn version_on(&self, asset: &Asset, text: &str) -> Change {
        self.version_by(&self.writer(), asset, asset.latest().provenance.clone(), text)
    }

    fn version_by(&self, by: &Principal, asset: &Asset, provenance: Provenance, text: &str) -> Change {
        let content = fixtures::content(asset.parts().asset_type, text.as_bytes());
        let note = Some(fixtures::comment("a new take"));
        asset.clone().add_version(content, provenance, note, Vec::new(), &self.circumstances(by)).expect("a version is added")
    }

    pub(super) async fn roll_back(&self, asset: &Asset, to: &Version) -> Asset {
        let reviewer = self.reviewer();
        let assets = &self.repositories.assets;
        let verdict = assets.newest_verdict(self.workspace, asset.id(), &to.content.digest).await.unwrap();
        let change = asset.clone().rollback(to, None, Vec::new(), verdict.as_ref(), &self.circumstances(&reviewer));
        let change = change.expect("an earlier version returns");
        self.save(self.commit(change, None)).await
    }

    pub(super) async fn update(&self, asset: &Asset, details: Details) -> Asset {
        let writer = self.writer();
        match asset.clone().update(details, &self.circumstances(&writer)) {
            Ok(Ruling::Changed(change)) => self.save(self.commit(*change, None)).await,
            other => panic!("the details were to change, but: {other:?}"),
        }
    }

    pub(super) fn deletion(&self, asset: &Asset) -> Deletion {
        let writer = self.writer();
        let circumstances = self.circumstances(&writer);
        let event = asset.deleted(EventId::new(self.ids.next()), &circumstances);
        let entry = asset.deletion_entry(&circumstances);
        Deletion { workspace: asset.parts().workspace, asset: asset.id(), before: asset.revision(), event, entry }
    }

    pub(super) async fn delete(&self, asset: &Asset) {
        self.repositories.assets.delete(&self.deletion(asset)).await.expect("the asset is removed");
    }

    pub(super) async fn read(&self, asset: &Asset) -> Option<Asset> {
        self.repositories.assets.asset(asset.parts().workspace, asset.id()).await.unwrap()
    }

    /// A history; what is ready of it is the same.
    pub(super) async fn history(&self, asset: &Asset) -> History {
        let (workspace, id, assets) = (asset.parts().workspace, asset.id(), &self.repositories.assets);
        let history = assets.history(workspace, id).await.unwrap().expect("the asset has a history");
        if let Some(ready) = assets.ready_history(workspace, id, PlainPresenter::EDITION).await.unwrap() {
            let version = |(status, json): &(_, Bytes)| Version { status: *status, ..serde_json::from_slice(json).expect("a version") };
            assert_eq!(ready.versions.iter().map(version).collect::<Vec<_>>(), history.versions);
            let decision = |json: &Bytes| serde_json::from_slice(json).expect("a decision");
            assert_eq!(ready.decisions.iter().map(decision).collect::<Vec<Decision>>(), history.decisions);
            let shown = PlainPresenter.present(&history.asset.clone().working());
            assert_eq!((ready.revision, ready.asset), (history.asset.revision(), shown.into()));
        }
        let of_another = assets.ready_history(workspace, id, PlainPresenter::EDITION + 1).await.unwrap();
        assert_eq!(of_another, None, "another edition has made nothing");
        history
    }

    /// How many events the workspace has, having made sure that their numbers have no gap.
    pub(super) async fn event_count(&self, workspace: WorkspaceId) -> usize {
        let events = self.repositories.events.events(workspace).await;
        let numbers: Vec<u64> = events.iter().map(|event| event.sequence).collect();
        assert_eq!(numbers, (1..).take(events.len()).collect::<Vec<u64>>(), "event numbers have no gap");
        events.len()
    }

    /// A query for the first page of the usual order, as long as may be.
    pub(super) fn query(view: View, filter: Filter) -> ListQuery {
        ListQuery { view, filter, sort: Sort::CreatedAt, limit: ListQuery::MAX_LIMIT, after: None, with_total: false }
    }

    /// A page; what lists show of it is the same, whoever made it ready.
    pub(super) async fn page(&self, query: &ListQuery) -> ListPage {
        let page = self.repositories.assets.list(self.workspace, query).await.expect("the list is read");
        let present = |asset: &Asset| PlainPresenter.present(&asset.clone().seen_as(query.view).expect("the reader sees what is listed"));
        let presented: Vec<String> = page.items.iter().map(present).collect();
        for edition in [PlainPresenter::EDITION, PlainPresenter::EDITION + 1] {
            let listed = self.repositories.assets.listed(self.workspace, query, edition).await.expect("the list is read");
            let shown = listed.items.iter().map(|listed| match listed {
                Listed::Ready(_) if edition != PlainPresenter::EDITION => panic!("another edition has made nothing"),
                Listed::Ready(ready) => String::from_utf8(ready.to_vec()).expect("what was presented is text"),
                Listed::Stale(asset) => present(asset),
            });
            assert_eq!(shown.collect::<Vec<_>>(), presented);
            assert_eq!((listed.next, listed.total), (page.next, page.total));
            assert_eq!(listed.changes, self.repositories.assets.changes(self.workspace).await.unwrap());
        }
        page
    }

    /// The titles of all that is found, as the reader sees them.
    pub(super) async fn titles(&self, view: View, filter: Filter) -> Vec<String> {
        let page = self.page(&Self::query(view, filter)).await;
        let seen = page.items.into_iter().map(|asset| asset.seen_as(view).expect("the reader sees what it is given"));
        seen.map(|asset| asset.details.title.as_str().to_owned()).collect()
    }
}
