//! Lists: every one a walk along one index, from where the last page ended.

use std::ops::RangeInclusive;

use assets_domain::{AssetId, Filter, ListPage, ListQuery, Position, SearchTerms, Sort, Status, Tag, WorkspaceId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, QueryResult,
    sea_query::{Alias, Condition, Expr, ExprTrait, IntoColumnRef, Order, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use crate::{
    Database,
    entity::{listing, listing_tag, micros, moment},
    error::Fault,
    listing::code,
    place,
    scope::{Reader, Scope},
    search::{self, Search},
    snapshot::Snapshot,
};

/// What a page is sorted by, as its rows call it.
const AT: &str = "at";
/// What decides between rows of one moment, as they call it.
const ASSET: &str = "asset";

impl Database {
    pub(crate) async fn find_page(&self, workspace: WorkspaceId, query: &ListQuery) -> Result<ListPage, Fault> {
        let listing = Listing { backend: self.backend(), workspace, query };
        let reader = self.read(Scope::Tenant(workspace));
        let mut rows = listing.rows_of_page(&reader).await?;
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let is_last = rows.len() <= limit;
        rows.truncate(limit);
        let next = match rows.last().filter(|_| !is_last) {
            Some((at, id, _)) => Some(Position { at: moment(*at)?, id: AssetId::new(*id) }),
            None => None,
        };
        let items = rows.into_iter().map(|(_, _, kept)| kept.into_asset(workspace)).collect::<Result<_, _>>()?;
        let total = if query.with_total { Some(count(&reader, &listing).await?) } else { None };
        Ok(ListPage { items, next, total })
    }
}

async fn count(reader: &Reader, listing: &Listing<'_>) -> Result<u64, Fault> {
    let row = reader.query_one(&listing.count()).await?.ok_or_else(|| Fault::row("a count without a row"))?;
    crate::entity::number(row.try_get_by_index(0)?)
}

/// What a page needs of an asset: what it is sorted by, and the asset.
type PageRow = (i64, Uuid, Snapshot<'static>);

/// A list as statements.
pub(crate) struct Listing<'a> {
    pub(crate) backend: DbBackend,
    pub(crate) workspace: WorkspaceId,
    pub(crate) query: &'a ListQuery,
}

impl Listing<'_> {
    /// One page, and one row more if there is a next one.
    ///
    /// Where one of several types or statuses will do, each is a walk of its own, and the walks are merged in order.
    pub(crate) fn page(&self) -> SelectStatement {
        let filter = &self.query.filter;
        let leading_tag = filter.tags.first().filter(|_| self.query.sort == Sort::CreatedAt);
        let mut page = match (&filter.terms, leading_tag) {
            (Some(terms), _) if self.asks_for_words_alone() => self.newest_rows_with(terms),
            (Some(_), _) => self.rows(self.one_of_types().add(self.one_of_statuses())),
            (None, Some(tag)) => self.rows_with(tag),
            (None, None) => self.merged_rows(),
        };
        let order = match self.query.sort {
            Sort::CreatedAt => Order::Desc,
            Sort::SubmittedAt => Order::Asc,
        };
        if self.walks_by_words() {
            page.order_by((search::TEXT, "rowid"), order);
        } else {
            page.order_by(Alias::new(AT), order.clone());
            page.order_by(Alias::new(ASSET), order);
        }
        page.limit(self.rows_wanted()).to_owned()
    }

    /// The rows of a page, and one more if there is a next page.
    ///
    /// A walk by words comes by the rows of one moment in any order, so if the page ends among them, all of that moment
    /// are read.
    async fn rows_of_page(&self, reader: &Reader) -> Result<Vec<PageRow>, Fault> {
        let page = self.page();
        let mut rows = self.rows_of(reader, page.clone()).await?;
        let limit = usize::try_from(self.query.limit).unwrap_or(usize::MAX);
        if let [.., (last, ..), (next, ..)] = rows.get(..=limit).unwrap_or_default()
            && self.walks_by_words()
            && last == next
        {
            let moment = *next;
            rows.retain(|(at, ..)| *at > moment);
            rows.extend(self.rows_of(reader, within(place::of_moment(moment), page).reset_limit().to_owned()).await?);
        }
        Ok(rows)
    }

    /// The rows of a statement. The driver of SQLite hands over each row from one thread to another, so there all of them
    /// come as one.
    async fn rows_of(&self, reader: &Reader, page: SelectStatement) -> Result<Vec<PageRow>, Fault> {
        if self.backend == DbBackend::Sqlite {
            let row = reader.query_one(&self.as_one(page)).await?;
            let rows: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
            return Ok(serde_json::from_str(&format!("[{}]", rows.unwrap_or_default()))?);
        }
        let rows = reader.query_all(&page).await?;
        let read = |row: &QueryResult| {
            let (at, id, body): (i64, Uuid, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            Ok((at, id, serde_json::from_str(&body)?))
        };
        rows.iter().map(read).collect()
    }

    /// A page as one row of JSON texts behind each other, for SQLite.
    fn as_one(&self, page: SelectStatement) -> SelectStatement {
        let rows = format!(
            "string_agg('[' || {AT} || ',\"' || hex({ASSET}) || '\",' || body || ']', ',' ORDER BY {AT} {way}, {ASSET} {way})",
            way = self.way()
        );
        Query::select().expr(Expr::cust(rows)).from_subquery(page, "page").to_owned()
    }

    const fn way(&self) -> &'static str {
        match self.query.sort {
            Sort::CreatedAt => "DESC",
            Sort::SubmittedAt => "ASC",
        }
    }

    /// How many rows there are in all.
    pub(crate) fn count(&self) -> SelectStatement {
        self.source()
            .expr(Expr::col((listing::Entity, listing::Column::Id)).count())
            .cond_where(self.condition(self.query.filter.tags.iter()).add(self.one_of_types()).add(self.one_of_statuses()))
            .to_owned()
    }

    fn sorted_by(&self) -> listing::Column {
        match self.query.sort {
            Sort::CreatedAt => listing::Column::CreatedAt,
            Sort::SubmittedAt => listing::Column::SubmittedAt,
        }
    }

    /// The rows among which to look: all, or those that have the words.
    fn source(&self) -> SelectStatement {
        match &self.query.filter.terms {
            Some(terms) => self.search(terms).matching(self.backend),
            None => Query::select().from(listing::Entity).to_owned(),
        }
    }

    const fn search<'t>(&self, terms: &'t SearchTerms) -> Search<'t> {
        Search { workspace: self.workspace, view: self.query.view, terms }
    }

    /// Whether the rows are come by in the order of their ids.
    fn walks_by_words(&self) -> bool {
        self.backend == DbBackend::Sqlite && self.query.filter.terms.is_some() && self.query.sort == Sort::CreatedAt
    }

    /// The ids among which a walk by words looks.
    fn created(&self) -> RangeInclusive<i64> {
        let Filter { created_after, created_before, .. } = &self.query.filter;
        let earliest = created_after.map_or(i64::MIN, |bound| *place::of_moment(micros(bound)).start());
        let ends = [created_before.map(micros), self.query.after.map(|place| micros(place.at))];
        earliest..=ends.into_iter().flatten().min().map_or(i64::MAX, |bound| *place::of_moment(bound).end())
    }

    /// Whether PostgreSQL need not look at the rows themselves to find those of a page.
    fn asks_for_words_alone(&self) -> bool {
        let terms = self.query.filter.terms.clone();
        self.backend == DbBackend::Postgres
            && self.query.sort == Sort::CreatedAt
            && self.query.filter == Filter { terms, ..Filter::default() }
    }

    fn newest_rows_with(&self, terms: &SearchTerms) -> SelectStatement {
        let newest = self.search(terms).newest(&self.behind(search::CREATED_AT, search::ASSET_ID), self.rows_wanted());
        Query::select()
            .expr_as(Expr::col(search::CREATED_AT), AT)
            .expr_as(Expr::col(search::ASSET_ID), ASSET)
            .column(listing::Column::Body)
            .from_subquery(newest, search::TEXT)
            .cross_join(listing::Entity)
            .and_where(Expr::col(search::ID).equals((listing::Entity, listing::Column::Id)))
            .cond_where(self.condition(std::iter::empty()))
            .to_owned()
    }

    /// As many as a page has, and one to see whether there is a next page.
    fn rows_wanted(&self) -> u64 {
        u64::from(self.query.limit).saturating_add(1)
    }

    fn merged_rows(&self) -> SelectStatement {
        let types: Vec<_> = self.query.filter.types.iter().map(|wanted| listing::Column::Type.eq(wanted.as_str())).collect();
        let statuses: Vec<_> = self.query.filter.statuses.iter().map(|wanted| listing::Column::Status.eq(wanted.as_str())).collect();
        let any = vec![Expr::value(true)];
        let or_any = |wanted: Vec<Expr>| if wanted.is_empty() { any.clone() } else { wanted };
        let (types, statuses) = (or_any(types), or_any(statuses));
        let mut walks = types.iter().flat_map(|wanted| {
            let both = statuses.iter().map(|status| Condition::all().add(wanted.clone()).add(status.clone()));
            both.map(|condition| self.rows(condition)).collect::<Vec<_>>()
        });
        let mut merged = walks.next().unwrap_or_else(|| self.rows(Condition::all()));
        for walk in walks {
            merged.union(UnionType::All, walk);
        }
        merged
    }

    fn rows(&self, condition: Condition) -> SelectStatement {
        let source = self.source();
        let mut source = if self.walks_by_words() { within(self.created(), source) } else { source };
        source
            .expr_as(Expr::col((listing::Entity, self.sorted_by())), AT)
            .expr_as(Expr::col((listing::Entity, listing::Column::AssetId)), ASSET)
            .column(listing::Column::Body)
            .cond_where(self.condition(self.query.filter.tags.iter()))
            .cond_where(self.behind((listing::Entity, self.sorted_by()), (listing::Entity, listing::Column::AssetId)))
            .cond_where(condition)
            .to_owned()
    }

    /// A walk along the rows of one tag. The order of a cross join is kept by SQLite.
    fn rows_with(&self, tag: &Tag) -> SelectStatement {
        use listing_tag::Column as Tagged;
        let others = self.query.filter.tags.iter().filter(|other| *other != tag);
        let of = |column: Tagged| Expr::col((listing_tag::Entity, column));
        Query::select()
            .expr_as(of(Tagged::CreatedAt), AT)
            .expr_as(of(Tagged::AssetId), ASSET)
            .expr(Expr::col((listing::Entity, listing::Column::Body)))
            .from(listing_tag::Entity)
            .cross_join(listing::Entity)
            .and_where(of(Tagged::ListingId).equals((listing::Entity, listing::Column::Id)))
            .and_where(of(Tagged::WorkspaceId).eq(self.workspace.as_uuid()))
            .and_where(of(Tagged::View).eq(code(self.query.view)))
            .and_where(of(Tagged::Tag).eq(tag.as_str()))
            .cond_where(self.condition(others))
            .cond_where(self.behind((listing_tag::Entity, Tagged::CreatedAt), (listing_tag::Entity, Tagged::AssetId)))
            .cond_where(self.one_of_types().add(self.one_of_statuses()))
            .to_owned()
    }

    fn behind(&self, at: impl IntoColumnRef, id: impl IntoColumnRef) -> Condition {
        let Some(Position { at: after, id: asset }) = self.query.after else { return Condition::all() };
        let place = Expr::tuple([Expr::col(at), Expr::col(id)]);
        let after = Expr::tuple([Expr::value(micros(after)), Expr::value(asset.as_uuid())]);
        Condition::all().add(match self.query.sort {
            Sort::CreatedAt => place.lt(after),
            Sort::SubmittedAt => place.gt(after),
        })
    }

    fn one_of_types(&self) -> Condition {
        let wanted = self.query.filter.types.iter().map(|wanted| wanted.as_str());
        Condition::all().add_option((!self.query.filter.types.is_empty()).then(|| listing::Column::Type.is_in(wanted)))
    }

    fn one_of_statuses(&self) -> Condition {
        let wanted = self.query.filter.statuses.iter().copied().map(Status::as_str);
        Condition::all().add_option((!self.query.filter.statuses.is_empty()).then(|| listing::Column::Status.is_in(wanted)))
    }

    /// Everything a row must be besides one of the wanted types and statuses, and behind a place.
    fn condition<'t>(&self, tags: impl Iterator<Item = &'t Tag>) -> Condition {
        use listing::Column as Row;
        let Filter { agent, run_id, campaign_id, brand_id, brief_id, model, .. } = &self.query.filter;
        let filter = &self.query.filter;
        let labels = [
            (Row::Agent, agent),
            (Row::RunId, run_id),
            (Row::CampaignId, campaign_id),
            (Row::BrandId, brand_id),
            (Row::BriefId, brief_id),
            (Row::Model, model),
        ];
        let mut all = Condition::all().add(Row::WorkspaceId.eq(self.workspace.as_uuid())).add(Row::View.eq(code(self.query.view)));
        for (column, label) in labels {
            all = all.add_option(label.as_ref().map(|label| column.eq(label.as_str())));
        }
        for tag in tags {
            all = all.add(Expr::exists(with_tag(tag)));
        }
        all.add_option(filter.digest.map(|digest| Row::Digest.eq(digest.as_bytes().to_vec())))
            .add_option(filter.has_approved.map(|wanted| Row::HasApproved.eq(wanted)))
            .add_option(filter.created_after.map(|bound| Row::CreatedAt.gt(micros(bound))))
            .add_option(filter.created_before.map(|bound| Row::CreatedAt.lt(micros(bound))))
            .add_option(filter.updated_after.map(|bound| Row::UpdatedAt.gt(micros(bound))))
            .add_option(filter.updated_before.map(|bound| Row::UpdatedAt.lt(micros(bound))))
            .add_option((self.query.sort == Sort::SubmittedAt).then(|| Row::SubmittedAt.is_not_null()))
    }
}

/// Only the rows of a walk by words that have these ids.
fn within(ids: RangeInclusive<i64>, mut rows: SelectStatement) -> SelectStatement {
    rows.and_where(Expr::col((search::TEXT, "rowid")).between(*ids.start(), *ids.end())).to_owned()
}

/// Whether the row at hand has a tag. Its other name keeps it apart from the tag that a walk goes along.
fn with_tag(tag: &Tag) -> SelectStatement {
    let other = || Alias::new("other_tag");
    Query::select()
        .expr(Expr::value(1))
        .from_as(listing_tag::Entity, other())
        .and_where(Expr::col((other(), listing_tag::Column::ListingId)).equals((listing::Entity, listing::Column::Id)))
        .and_where(Expr::col((other(), listing_tag::Column::Tag)).eq(tag.as_str()))
        .to_owned()
}
