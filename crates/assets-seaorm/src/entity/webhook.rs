use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub revision: i64,
    pub body: String,
    pub secret: Vec<u8>,
    pub former_secret: Option<Vec<u8>>,
    pub former_until: Option<i64>,
    pub cursor: i64,
    pub failing_since: Option<i64>,
    pub failures: i32,
    pub next_attempt_at: i64,
    pub disabled_at: Option<i64>,
    pub disabled_reason: Option<String>,
    pub holder: Option<Uuid>,
    pub held_until: Option<i64>,
    pub served_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
