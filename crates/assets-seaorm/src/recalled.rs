//! Whatever was handed out of bytes is marked when they are taken back.

use assets_domain::{Asset, TakenBack};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    batch::Batch,
    entity::{export, export_member, micros, release},
};

/// Marks what exports and releases have of bytes of an asset that are taken back. What is marked stays as it is.
pub(crate) fn mark(batch: &mut Batch, asset: &Asset, taken: TakenBack) {
    let (workspace, id, at) = (asset.parts().workspace.as_uuid(), asset.id().as_uuid(), micros(asset.parts().updated_at));
    let mut members = export_member::Entity::update_many()
        .col_expr(export_member::Column::RecalledAt, Expr::value(at))
        .filter(export_member::Column::WorkspaceId.eq(workspace))
        .filter(export_member::Column::AssetId.eq(id))
        .filter(export_member::Column::RecalledAt.is_null());
    let mut releases = release::Entity::update_many()
        .col_expr(release::Column::RecalledAt, Expr::value(at))
        .filter(release::Column::WorkspaceId.eq(workspace))
        .filter(release::Column::AssetId.eq(id))
        .filter(release::Column::RecalledAt.is_null());
    if let TakenBack::Bytes(digest) = taken {
        members = members.filter(export_member::Column::Digest.eq(digest.as_bytes().to_vec()));
        releases = releases.filter(release::Column::Digest.eq(digest.as_bytes().to_vec()));
    }
    let recalled = Query::select()
        .column(export_member::Column::ExportId)
        .from(export_member::Entity)
        .and_where(Expr::col((export_member::Entity, export_member::Column::WorkspaceId)).eq(workspace))
        .and_where(export_member::Column::AssetId.eq(id))
        .and_where(Expr::col((export_member::Entity, export_member::Column::RecalledAt)).is_not_null())
        .to_owned();
    let exports = export::Entity::update_many()
        .col_expr(export::Column::RecalledAt, Expr::value(at))
        .filter(export::Column::WorkspaceId.eq(workspace))
        .filter(export::Column::RecalledAt.is_null())
        .filter(Expr::col(export::Column::Id).in_subquery(recalled));
    batch.add_query(&members);
    batch.add_query(&exports);
    batch.add_query(&releases);
}
