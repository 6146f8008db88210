//! The rows by which an asset is found: one for each view that sees it, kept in step with the asset by every change.

use assets_domain::{Asset, AssetId, AssetView, Content, Round, View, WorkspaceId, ports::Presented};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, ModelTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr, SubQueryStatement},
};

use crate::{
    batch::Batch,
    entity::{listing, listing_tag, micros},
    error::Fault,
    place, search, snapshot,
    words::Words,
};

/// A view as it is kept.
pub(crate) const fn code(view: View) -> i16 {
    match view {
        View::Working => 0,
        View::Published => 1,
    }
}

/// Which row: an asset's, of one view. What belongs to a row finds it by this, so that no statement waits for its id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) workspace: WorkspaceId,
    pub(crate) view: View,
    pub(crate) asset: AssetId,
}

impl Place {
    /// The row, with its id selected.
    pub(crate) fn row(&self) -> SelectStatement {
        Query::select()
            .column(listing::Column::Id)
            .from(listing::Entity)
            .and_where(listing::Column::WorkspaceId.eq(self.workspace.as_uuid()))
            .and_where(listing::Column::View.eq(code(self.view)))
            .and_where(listing::Column::AssetId.eq(self.asset.as_uuid()))
            .to_owned()
    }

    /// The row's id, within a statement.
    pub(crate) fn id(&self) -> SimpleExpr {
        SimpleExpr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(self.row())))
    }

    /// Removes the row with its tags and text.
    pub(crate) fn remove(&self, batch: &mut Batch) {
        batch.add(&search::remove(batch.backend(), self));
        batch.add_query(&listing::Entity::delete_many().filter(Expr::col(listing::Column::Id).eq(self.id())));
    }
}

/// Brings the rows of both views in step with an asset. What did not change is not written.
pub(crate) fn follow(
    batch: &mut Batch,
    before: Option<&Asset>,
    asset: &Asset,
    words: &Words,
    presented: Option<&Presented>,
) -> Result<(), Fault> {
    let body = snapshot::write(asset)?;
    let kept = |view| Kept::of(&body, presented, view);
    for view in [View::Working, View::Published] {
        match (before.and_then(|asset| Seen::of(asset, view)), Seen::of(asset, view)) {
            (None, None) => {}
            (None, Some(seen)) => seen.insert(batch, words, kept(view))?,
            (Some(before), Some(seen)) => seen.update(batch, &before, words, kept(view))?,
            (Some(before), None) => before.place.remove(batch),
        }
    }
    Ok(())
}

/// The contents whose text is looked at when the rows of an asset are brought in step: most often none.
pub(crate) fn searched(before: Option<&Asset>, asset: &Asset) -> Vec<Content> {
    let of_view = |view| match (before.and_then(|asset| Seen::of(asset, view)), Seen::of(asset, view)) {
        (_, None) => Vec::new(),
        (None, Some(seen)) => vec![seen.asset.latest.content],
        (Some(before), Some(seen)) if seen.has_text_of(&before) => Vec::new(),
        (Some(before), Some(seen)) => vec![before.asset.latest.content, seen.asset.latest.content],
    };
    [View::Working, View::Published].into_iter().flat_map(of_view).collect()
}

/// What is kept of an asset beside what it is found by: the asset, and how it is shown.
struct Kept {
    body: String,
    edition: Option<i32>,
    presented: Option<String>,
}

impl Kept {
    fn of(body: &str, presented: Option<&Presented>, view: View) -> Self {
        let shown = presented.and_then(|made| match view {
            View::Working => Some((made.edition, made.working.clone())),
            View::Published => made.published.clone().map(|published| (made.edition, published)),
        });
        let (edition, presented) = shown.unzip();
        Self { body: body.to_owned(), edition, presented }
    }
}

/// An asset as the readers of one view see it.
struct Seen {
    place: Place,
    asset: AssetView,
}

impl Seen {
    fn of(asset: &Asset, view: View) -> Option<Self> {
        let place = Place { workspace: asset.parts().workspace, view, asset: asset.id() };
        asset.clone().seen_as(view).map(|asset| Self { place, asset })
    }

    /// The row, without its place and body.
    fn row(&self) -> listing::Model {
        let made = &self.asset.latest.provenance;
        let label = |label: &Option<assets_domain::Label>| label.as_ref().map(|label| label.as_str().to_owned());
        listing::Model {
            id: 0,
            workspace_id: self.place.workspace.as_uuid(),
            view: code(self.place.view),
            asset_id: self.asset.id.as_uuid(),
            r#type: self.asset.asset_type.as_str().to_owned(),
            status: self.asset.status.as_str().to_owned(),
            agent: made.agent_slug.as_str().to_owned(),
            run_id: label(&made.run_id),
            campaign_id: label(&made.campaign_id),
            brand_id: label(&made.brand_id),
            brief_id: label(&made.brief_id),
            model: label(&made.model),
            digest: self.asset.latest.content.digest.as_bytes().to_vec(),
            has_approved: self.asset.approved.is_some(),
            created_at: micros(self.asset.created_at),
            updated_at: micros(self.asset.updated_at),
            submitted_at: self.asset.submitted_at.map(micros),
            body: String::new(),
            presented: None,
            edition: None,
            approvers: self.asset.review.as_ref().and_then(approvers),
        }
    }

    fn insert(&self, batch: &mut Batch, words: &Words, kept: Kept) -> Result<(), Fault> {
        let row = listing::Model { body: kept.body, edition: kept.edition, presented: kept.presented, ..self.row() };
        let columns = listing::Column::iter().filter(|column| !matches!(column, listing::Column::Id)).collect();
        let insert = place::insert::<listing::Entity>(batch.backend(), &row, columns, Expr::from(place::next_free(row.created_at)))?;
        batch.add(&insert);
        self.insert_tags(batch)?;
        batch.add(&search::insert(batch.backend(), &self.place, self.asset.created_at, &words.of(&self.asset))?);
        Ok(())
    }

    /// Writes the columns that differ: a column that is written costs every index it is in.
    fn update(&self, batch: &mut Batch, before: &Self, words: &Words, kept: Kept) -> Result<(), Fault> {
        let (old, new) = (before.row(), self.row());
        let mut update = listing::Entity::update_many()
            .col_expr(listing::Column::Body, Expr::value(kept.body))
            .col_expr(listing::Column::Edition, Expr::value(kept.edition))
            .col_expr(listing::Column::Presented, Expr::value(kept.presented));
        for column in listing::Column::iter().filter(|column| old.get(*column) != new.get(*column)) {
            update = update.col_expr(column, Expr::value(new.get(column)));
        }
        let row = update
            .filter(listing::Column::WorkspaceId.eq(new.workspace_id))
            .filter(listing::Column::View.eq(new.view))
            .filter(listing::Column::AssetId.eq(new.asset_id));
        batch.add_query(&row);
        if before.asset.details.tags != self.asset.details.tags {
            batch.add_query(&listing_tag::Entity::delete_many().filter(Expr::col(listing_tag::Column::ListingId).eq(self.place.id())));
            self.insert_tags(batch)?;
        }
        if !self.has_text_of(before) {
            let (old, new) = (words.of(&before.asset), words.of(&self.asset));
            if old != new {
                batch.add(&search::remove(batch.backend(), &self.place));
                batch.add(&search::insert(batch.backend(), &self.place, self.asset.created_at, &new)?);
            }
        }
        Ok(())
    }

    /// Whether nothing of what is searched has changed, as far as can be told without reading it.
    fn has_text_of(&self, before: &Self) -> bool {
        let used_as = |content: &Content| (content.digest, content.media_type);
        used_as(&before.asset.latest.content) == used_as(&self.asset.latest.content) && before.asset.details == self.asset.details
    }

    fn insert_tags(&self, batch: &mut Batch) -> Result<(), Fault> {
        use listing_tag::Column::{AssetId, CreatedAt, ListingId, Tag, View, WorkspaceId};
        for tag in self.asset.details.tags.iter() {
            let mut insert = Query::insert();
            insert.into_table(listing_tag::Entity).columns([WorkspaceId, View, Tag, CreatedAt, AssetId, ListingId]);
            let values = [
                Expr::value(self.place.workspace.as_uuid()),
                Expr::value(code(self.place.view)),
                Expr::value(tag.as_str()),
                Expr::value(micros(self.asset.created_at)),
                Expr::value(self.place.asset.as_uuid()),
                self.place.id(),
            ];
            insert.values(values).map_err(Fault::row)?;
            batch.add(&insert);
        }
        Ok(())
    }
}

/// The prefixes of the keys by which somebody approved so far, as they are looked up; nothing if nobody did.
fn approvers(round: &Round) -> Option<String> {
    let prefixes: Vec<&str> = round.consents.iter().map(|consent| consent.by.key_prefix.as_str()).collect();
    (!prefixes.is_empty()).then(|| prefixes.join(","))
}
