//! Lists: every one a walk along one index, from where the last page ended.

use std::ops::RangeInclusive;

use assets_domain::{
    Filter, ListPage, ListQuery, Position, SearchTerms, Sort, Status, Tag, WorkspaceId,
    ports::{Listed, ListedPage},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QuerySelect,
    sea_query::{Alias, Condition, Expr, ExprTrait, IntoColumnRef, JoinType, Order, Query, SelectStatement, UnionType},
};

use crate::{
    Database,
    entity::{approver, listing, listing_tag, micros, number, workspace},
    error::Fault,
    listing::code,
    page::{AS_ONE, ASSET, AT, IS_READY, PageRow, TEXT},
    place,
    scope::{Reader, Scope},
    search::{self, Search},
    snapshot,
};

/// What the statement of a page is called within another.
const PAGE: &str = "page";

impl Database {
    pub(crate) async fn find_page(&self, workspace: WorkspaceId, query: &ListQuery) -> Result<ListPage, Fault> {
        let found = self.look(&Listing { backend: self.backend(), workspace, query, edition: None }).await?;
        let read = |row: PageRow| snapshot::read(workspace, &row.text);
        let items = found.rows.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(ListPage { items, next: found.next, total: found.total })
    }

    pub(crate) async fn find_listed(&self, workspace: WorkspaceId, query: &ListQuery, edition: i32) -> Result<ListedPage, Fault> {
        let found = self.look(&Listing { backend: self.backend(), workspace, query, edition: Some(edition) }).await?;
        let read = |row: PageRow| match row.is_ready {
            true => Ok(Listed::Ready(row.text)),
            false => snapshot::read(workspace, &row.text).map(|asset| Listed::Stale(Box::new(asset))),
        };
        let items = found.rows.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(ListedPage { items, next: found.next, total: found.total, changes: found.changes })
    }

    pub(crate) async fn count_changes(&self, workspace: WorkspaceId) -> Result<u64, Fault> {
        let changes = workspace::Entity::find_by_id(workspace.as_uuid()).select_only().column(workspace::Column::EventSequence);
        let changes: Option<i64> = changes.into_tuple().one(&self.read(Scope::Tenant(workspace))).await?;
        number(changes.unwrap_or_default())
    }

    async fn look(&self, listing: &Listing<'_>) -> Result<Found, Fault> {
        let reader = self.read(Scope::Tenant(listing.workspace));
        let (changes, mut rows) = listing.rows_of_page(&reader).await?;
        let limit = usize::try_from(listing.query.limit).unwrap_or(usize::MAX);
        let is_last = rows.len() <= limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| !is_last).map(PageRow::position).transpose()?;
        let total = if listing.query.with_total { Some(count(&reader, listing).await?) } else { None };
        Ok(Found { rows, next, total, changes })
    }
}

/// What was found for a page.
struct Found {
    rows: Vec<PageRow>,
    next: Option<Position>,
    total: Option<u64>,
    changes: u64,
}

async fn count(reader: &Reader, listing: &Listing<'_>) -> Result<u64, Fault> {
    let row = reader.query_one(&listing.count()).await?.ok_or_else(|| Fault::row("a count without a row"))?;
    number(row.try_get_by_index(0)?)
}

/// A list as statements.
pub(crate) struct Listing<'a> {
    pub(crate) backend: DbBackend,
    pub(crate) workspace: WorkspaceId,
    pub(crate) query: &'a ListQuery,
    /// As which edition shows the assets; without, the assets themselves.
    pub(crate) edition: Option<i32>,
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

    /// How many changes there had been in the workspace, and the rows of a page and one more if there is a next page.
    ///
    /// A walk by words comes by the rows of one moment in any order, so if the page ends among them, all of that moment
    /// are read.
    async fn rows_of_page(&self, reader: &Reader) -> Result<(u64, Vec<PageRow>), Fault> {
        let page = self.page();
        let (changes, mut rows) = self.rows_of(reader, page.clone()).await?;
        let limit = usize::try_from(self.query.limit).unwrap_or(usize::MAX);
        if let [.., last, next] = rows.get(..=limit).unwrap_or_default()
            && self.walks_by_words()
            && last.at == next.at
        {
            let moment = next.at;
            rows.retain(|row| row.at > moment);
            let (_, all) = self.rows_of(reader, within(place::of_moment(moment), page).reset_limit().to_owned()).await?;
            rows.extend(all);
        }
        Ok((changes, rows))
    }

    /// How many changes there had been in the workspace, and the rows of a page, by one statement.
    async fn rows_of(&self, reader: &Reader, page: SelectStatement) -> Result<(u64, Vec<PageRow>), Fault> {
        let rows = reader.query_all(&self.with_changes(page)).await?;
        let changes = rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
        let mut page = match self.backend {
            DbBackend::Sqlite => {
                let one: Option<String> = rows.first().map(|row| row.try_get_by_index(1)).transpose()?.flatten();
                PageRow::all_of(one.unwrap_or_default())?
            }
            _ => rows.iter().filter_map(|row| PageRow::of(row, 1).transpose()).collect::<Result<_, _>>()?,
        };
        // What a statement is wrapped in does not promise to keep its order.
        match self.query.sort {
            Sort::CreatedAt => page.sort_by(|one, other| other.cmp(one)),
            Sort::SubmittedAt => page.sort(),
        }
        Ok((number(changes)?, page))
    }

    pub(crate) fn with_changes(&self, page: SelectStatement) -> SelectStatement {
        let of_workspace = Expr::col((workspace::Entity, workspace::Column::Id)).eq(self.workspace.as_uuid());
        let changes = (workspace::Entity, workspace::Column::EventSequence);
        if self.backend == DbBackend::Sqlite {
            let changes = Query::select().column(changes).from(workspace::Entity).and_where(of_workspace).to_owned();
            return Query::select().expr(changes).expr(Expr::cust(AS_ONE)).from_subquery(page, PAGE).to_owned();
        }
        Query::select()
            .column(changes)
            .columns([AT, ASSET, IS_READY, TEXT].map(|column| (PAGE, column)))
            .from(workspace::Entity)
            .join_subquery(JoinType::LeftJoin, page, PAGE, Expr::value(true))
            .and_where(of_workspace)
            .to_owned()
    }

    /// What a row tells of its asset: how it is shown, if it is ready, else the asset.
    fn tell(&self, rows: &mut SelectStatement) {
        let column = |column| Expr::col((listing::Entity, column));
        let Some(edition) = self.edition else {
            rows.expr_as(Expr::value(0), IS_READY).expr_as(column(listing::Column::Body), TEXT);
            return;
        };
        let is_ready = || column(listing::Column::Edition).eq(edition);
        rows.expr_as(Expr::case(is_ready(), 1).finally(0), IS_READY);
        rows.expr_as(Expr::case(is_ready(), column(listing::Column::Presented)).finally(column(listing::Column::Body)), TEXT);
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
        let mut rows = Query::select();
        rows.expr_as(Expr::col(search::CREATED_AT), AT).expr_as(Expr::col(search::ASSET_ID), ASSET);
        self.tell(&mut rows);
        rows.from_subquery(newest, search::TEXT)
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
        let mut rows = if self.walks_by_words() { within(self.created(), source) } else { source };
        rows.expr_as(Expr::col((listing::Entity, self.sorted_by())), AT)
            .expr_as(Expr::col((listing::Entity, listing::Column::AssetId)), ASSET);
        self.tell(&mut rows);
        rows.cond_where(self.condition(self.query.filter.tags.iter()))
            .cond_where(self.behind((listing::Entity, self.sorted_by()), (listing::Entity, listing::Column::AssetId)))
            .cond_where(condition)
            .to_owned()
    }

    /// A walk along the rows of one tag. The order of a cross join is kept by SQLite.
    fn rows_with(&self, tag: &Tag) -> SelectStatement {
        use listing_tag::Column as Tagged;
        let others = self.query.filter.tags.iter().filter(|other| *other != tag);
        let of = |column: Tagged| Expr::col((listing_tag::Entity, column));
        let mut rows = Query::select();
        rows.expr_as(of(Tagged::CreatedAt), AT).expr_as(of(Tagged::AssetId), ASSET);
        self.tell(&mut rows);
        rows.from(listing_tag::Entity)
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

    /// The assets whose standing approval rests on the word of one of those who are asked for.
    fn approved_by(&self) -> SelectStatement {
        let keys = self.query.filter.approved_by.iter().map(|key| key.as_str().to_owned());
        Query::select()
            .column(approver::Column::AssetId)
            .from(approver::Entity)
            .and_where(Expr::col((approver::Entity, approver::Column::WorkspaceId)).eq(self.workspace.as_uuid()))
            .and_where(Expr::col((approver::Entity, approver::Column::KeyPrefix)).is_in(keys))
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
            .add_option((!filter.approved_by.is_empty()).then(|| Row::AssetId.in_subquery(self.approved_by())))
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
