//! The rows by which an asset is found: one for each view that sees it, kept in step with the asset by every change.

use assets_domain::{Asset, AssetView, Content, SearchText, View, WorkspaceId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel, Iterable, ModelTrait,
    QueryFilter, QuerySelect,
    sea_query::{Expr, InsertStatement, Query},
};

use crate::{
    entity::{listing, listing_tag, micros, text},
    error::Fault,
    place, search, snapshot,
};

/// A view as it is kept.
pub(crate) const fn code(view: View) -> i16 {
    match view {
        View::Working => 0,
        View::Published => 1,
    }
}

/// The rows of an asset as they stand before a change.
pub(crate) struct Before {
    asset: Option<Asset>,
    rows: Vec<(i64, i16)>,
}

impl Before {
    /// Nothing: the asset is new.
    pub(crate) const NEW: Self = Self { asset: None, rows: Vec::new() };

    /// Reads what there is of an asset.
    pub(crate) async fn read(transaction: &DatabaseTransaction, workspace: WorkspaceId, asset: &Asset) -> Result<Self, Fault> {
        let kept: Vec<(i64, i16, String)> = listing::Entity::find()
            .select_only()
            .columns([listing::Column::Id, listing::Column::View, listing::Column::Body])
            .filter(listing::Column::WorkspaceId.eq(workspace.as_uuid()))
            .filter(listing::Column::View.is_in([code(View::Working), code(View::Published)]))
            .filter(listing::Column::AssetId.eq(asset.id().as_uuid()))
            .into_tuple()
            .all(transaction)
            .await?;
        let working = kept.iter().find(|(_, view, _)| *view == code(View::Working));
        let asset = working.map(|(_, _, body)| snapshot::read(workspace, body)).transpose()?;
        Ok(Self { asset, rows: kept.into_iter().map(|(id, view, _)| (id, view)).collect() })
    }

    /// Brings the rows of both views in step with the asset. What did not change is not written.
    pub(crate) async fn follow(self, transaction: &DatabaseTransaction, asset: &Asset) -> Result<(), Fault> {
        let body = snapshot::write(asset)?;
        for view in [View::Working, View::Published] {
            let id = self.rows.iter().find(|(_, kept)| *kept == code(view)).map(|(id, _)| *id);
            let before = self.asset.as_ref().and_then(|asset| Seen::of(asset, view));
            match (id.zip(before), Seen::of(asset, view)) {
                (None, None) => {}
                (None, Some(seen)) => seen.insert(transaction, body.clone()).await?,
                (Some((id, before)), Some(seen)) => seen.update(transaction, id, &before, body.clone()).await?,
                (Some((id, _)), None) => remove(transaction, &[id]).await?,
            }
        }
        Ok(())
    }
}

/// Removes rows with their tags and text.
pub(crate) async fn remove<C: ConnectionTrait>(connection: &C, ids: &[i64]) -> Result<(), Fault> {
    for id in ids {
        search::remove(connection, *id).await?;
    }
    listing::Entity::delete_many().filter(listing::Column::Id.is_in(ids.iter().copied())).exec(connection).await?;
    Ok(())
}

/// The ids of the rows of an asset.
pub(crate) async fn rows_of(transaction: &DatabaseTransaction, workspace: WorkspaceId, id: uuid::Uuid) -> Result<Vec<i64>, Fault> {
    let rows = listing::Entity::find()
        .select_only()
        .column(listing::Column::Id)
        .filter(listing::Column::WorkspaceId.eq(workspace.as_uuid()))
        .filter(listing::Column::View.is_in([code(View::Working), code(View::Published)]))
        .filter(listing::Column::AssetId.eq(id));
    Ok(rows.into_tuple().all(transaction).await?)
}

/// Puts in a row and answers its id: on SQLite its place in the order of lists, on PostgreSQL a number.
fn insert_statement(backend: DbBackend, row: &listing::Model) -> Result<InsertStatement, Fault> {
    let columns: Vec<_> = listing::Column::iter().filter(|column| !matches!(column, listing::Column::Id)).collect();
    let mut values: Vec<_> = columns.iter().map(|column| Expr::value(row.get(*column))).collect();
    let mut insert = Query::insert();
    insert.into_table(listing::Entity);
    if backend == DbBackend::Sqlite {
        values.push(Expr::from(place::next_free(row.created_at)));
        insert.columns(columns.into_iter().chain([listing::Column::Id]));
    } else {
        insert.columns(columns);
    }
    insert.values(values).map_err(|error| Fault::row(error.to_string()))?;
    Ok(insert.returning_col(listing::Column::Id).to_owned())
}

/// An asset as the readers of one view see it.
struct Seen {
    workspace: WorkspaceId,
    view: View,
    asset: AssetView,
}

impl Seen {
    fn of(asset: &Asset, view: View) -> Option<Self> {
        let parts = asset.parts();
        asset.clone().seen_as(view).map(|asset| Self { workspace: parts.workspace, view, asset })
    }

    /// The row, without its place and body.
    fn row(&self) -> listing::Model {
        let made = &self.asset.latest.provenance;
        let label = |label: &Option<assets_domain::Label>| label.as_ref().map(|label| label.as_str().to_owned());
        listing::Model {
            id: 0,
            workspace_id: self.workspace.as_uuid(),
            view: code(self.view),
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
        }
    }

    async fn insert(&self, transaction: &DatabaseTransaction, body: String) -> Result<(), Fault> {
        let mut row = listing::Model { body, ..self.row() };
        let insert = insert_statement(ConnectionTrait::get_database_backend(transaction), &row)?;
        let inserted = transaction.query_one(&insert).await?.ok_or_else(|| Fault::row("a row of the listing without an id"))?;
        row.id = inserted.try_get_by_index(0)?;
        self.insert_tags(transaction, row.id).await?;
        search::insert(transaction, &row, &self.text(transaction).await?).await
    }

    /// Writes the columns that differ: a column that is written costs every index it is in.
    async fn update(&self, transaction: &DatabaseTransaction, id: i64, before: &Self, body: String) -> Result<(), Fault> {
        let (old, new) = (before.row(), self.row());
        let mut update = listing::Entity::update_many().col_expr(listing::Column::Body, Expr::value(body));
        for column in listing::Column::iter().filter(|column| old.get(*column) != new.get(*column)) {
            update = update.col_expr(column, Expr::value(new.get(column)));
        }
        update.filter(listing::Column::Id.eq(id)).exec(transaction).await?;
        if before.asset.details.tags != self.asset.details.tags {
            listing_tag::Entity::delete_many().filter(listing_tag::Column::ListingId.eq(id)).exec(transaction).await?;
            self.insert_tags(transaction, id).await?;
        }
        let used_as = |content: &Content| (content.digest, content.media_type);
        let same_text = used_as(&before.asset.latest.content) == used_as(&self.asset.latest.content);
        if !same_text || before.asset.details != self.asset.details {
            let (old, new) = (before.text(transaction).await?, self.text(transaction).await?);
            if old != new {
                search::remove(transaction, id).await?;
                search::insert(transaction, &listing::Model { id, ..self.row() }, &new).await?;
            }
        }
        Ok(())
    }

    async fn insert_tags(&self, transaction: &DatabaseTransaction, listing_id: i64) -> Result<(), Fault> {
        let tags = self.asset.details.tags.iter().map(|tag| {
            let row = listing_tag::Model {
                workspace_id: self.workspace.as_uuid(),
                view: code(self.view),
                tag: tag.as_str().to_owned(),
                created_at: micros(self.asset.created_at),
                asset_id: self.asset.id.as_uuid(),
                listing_id,
            };
            row.into_active_model().reset_all()
        });
        let tags: Vec<_> = tags.collect();
        if !tags.is_empty() {
            listing_tag::Entity::insert_many(tags).exec_without_returning(transaction).await?;
        }
        Ok(())
    }

    /// What is searched: the details, and the text of the bytes as what they are here.
    async fn text(&self, transaction: &DatabaseTransaction) -> Result<SearchText, Fault> {
        let content = &self.asset.latest.content;
        let place = (
            self.workspace.as_uuid(),
            content.digest.as_bytes().to_vec(),
            self.asset.asset_type.as_str().to_owned(),
            content.media_type.as_str().to_owned(),
        );
        let kept = text::Entity::find_by_id(place).one(transaction).await?;
        let words = kept.map(|kept| SearchText::from_folded(kept.words)).unwrap_or_default();
        Ok(self.asset.details.search_text().and(&words))
    }
}
