use assets_domain::ports::{Breakage, Holder, Leases, Work};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};

use crate::{
    Database,
    entity::{lease, micros},
    error::Fault,
    scope::Scope,
};

impl Database {
    /// One statement: of those who ask at once, the first has the row, and the others pass over it without waiting.
    async fn take_lease(&self, work: Work, holder: Holder, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<bool, Fault> {
        let is_free = Condition::any()
            .add(lease::Column::Holder.is_null())
            .add(lease::Column::Holder.eq(holder.as_uuid()))
            .add(lease::Column::HeldUntil.lte(micros(now)));
        let free = lease::Entity::find()
            .select_only()
            .column(lease::Column::Work)
            .filter(lease::Column::Work.eq(work.as_str()))
            .filter(lease::Column::DueAt.lte(micros(now)))
            .filter(is_free)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_query();
        let transaction = self.write(Scope::Every).await?;
        let taken = lease::Entity::update_many()
            .col_expr(lease::Column::Holder, Expr::value(holder.as_uuid()))
            .col_expr(lease::Column::HeldUntil, Expr::value(micros(until)))
            .filter(Expr::col(lease::Column::Work).in_subquery(free))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(taken.rows_affected > 0)
    }

    async fn extend_lease(&self, work: Work, holder: Holder, until: DateTime<Utc>) -> Result<bool, Fault> {
        let transaction = self.write(Scope::Every).await?;
        let extended = lease::Entity::update_many()
            .col_expr(lease::Column::HeldUntil, Expr::value(micros(until)))
            .filter(lease::Column::Work.eq(work.as_str()))
            .filter(lease::Column::Holder.eq(holder.as_uuid()))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(extended.rows_affected > 0)
    }

    async fn release_lease(&self, work: Work, holder: Holder, due_at: DateTime<Utc>) -> Result<(), Fault> {
        let transaction = self.write(Scope::Every).await?;
        lease::Entity::update_many()
            .col_expr(lease::Column::DueAt, Expr::value(micros(due_at)))
            .col_expr(lease::Column::Holder, Expr::value(None::<uuid::Uuid>))
            .col_expr(lease::Column::HeldUntil, Expr::value(None::<i64>))
            .filter(lease::Column::Work.eq(work.as_str()))
            .filter(lease::Column::Holder.eq(holder.as_uuid()))
            .exec(&transaction)
            .await?;
        Ok(transaction.commit().await?)
    }
}

#[async_trait]
impl Leases for Database {
    async fn take(&self, work: Work, holder: Holder, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<bool, Breakage> {
        Ok(self.take_lease(work, holder, now, until).await?)
    }

    async fn extend(&self, work: Work, holder: Holder, until: DateTime<Utc>) -> Result<bool, Breakage> {
        Ok(self.extend_lease(work, holder, until).await?)
    }

    async fn release(&self, work: Work, holder: Holder, due_at: DateTime<Utc>) -> Result<(), Breakage> {
        Ok(self.release_lease(work, holder, due_at).await?)
    }
}
