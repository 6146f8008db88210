use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "listing")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub workspace_id: Uuid,
    pub view: i16,
    pub asset_id: Uuid,
    pub r#type: String,
    pub status: String,
    pub agent: String,
    pub run_id: Option<String>,
    pub campaign_id: Option<String>,
    pub brand_id: Option<String>,
    pub brief_id: Option<String>,
    pub model: Option<String>,
    pub digest: Vec<u8>,
    pub has_approved: bool,
    pub created_at: i64,
    pub updated_at: i64,
    pub submitted_at: Option<i64>,
    pub body: String,
    pub presented: Option<String>,
    pub edition: Option<i32>,
    pub approvers: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
