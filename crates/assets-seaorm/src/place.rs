//! Where rows lie on SQLite.
//!
//! Rows of the listing lie in the order of lists. Full text gives its rows in the order of their ids and in no other. So the
//! id of a row is the moment of its creation, and whoever walks along the ids walks from asset to asset in order. Rows of one
//! moment, of whatever tenant and view, lie beside each other as they came, and are put in order by whoever reads them.
//!
//! Versions and decisions of one asset are put beside each other, however far apart in time they come: a history is read from
//! few pages. That is all their place is good for. Whatever finds its place taken lies behind all others, and so does what is
//! copied.

use std::ops::RangeInclusive;

use assets_domain::AssetId;
use sea_orm::{
    DbBackend, EntityTrait, IdenStatic, ModelTrait,
    sea_query::{Expr, ExprTrait, Func, InsertStatement, Query, SelectStatement, SimpleExpr},
};

use crate::{entity::listing, error::Fault};

/// How many bits of a place are the number of a row of its asset; what has a greater number lies elsewhere.
const NUMBER_BITS: u32 = 14;
/// How many bits tell assets apart that came within the same 8 milliseconds.
const NEIGHBOUR_BITS: u32 = 8;
/// How many bits of the time are left for 63 in all: until the year 2527.
const TIME_BITS: u32 = 63 - NEIGHBOUR_BITS - NUMBER_BITS;

/// How many bits of an id tell rows of one moment apart. The others hold the microseconds until the year 2112.
const TIES_BITS: u32 = 11;

/// The ids that rows of a moment may have. No row is of a moment before 1827 or after 2112; whoever asks for one asks for the
/// ends.
pub(crate) fn of_moment(micros: i64) -> RangeInclusive<i64> {
    let first = micros.clamp(i64::MIN >> TIES_BITS, i64::MAX >> TIES_BITS) << TIES_BITS;
    first..=first | ((1 << TIES_BITS) - 1)
}

/// The id of the next row of a moment. Where 2048 are there already it is that of the last one, which is taken.
pub(crate) fn next_free(micros: i64) -> SelectStatement {
    let ids = of_moment(micros);
    let behind = Func::coalesce([Expr::col(listing::Column::Id).max().add(1), Expr::value(*ids.start())]);
    Query::select()
        .expr(Func::cust("min").arg(behind).arg(*ids.end()))
        .from(listing::Entity)
        .and_where(Expr::col(listing::Column::Id).between(*ids.start(), *ids.end()))
        .to_owned()
}

/// The place of a row among those of its asset, unless it is taken.
pub(crate) fn beside<E: EntityTrait>(asset: AssetId, number: u64) -> SimpleExpr {
    let place = place_of(asset, number);
    let free = format!("(SELECT ? WHERE NOT EXISTS (SELECT 1 FROM {} WHERE rowid = ?))", E::default().as_str());
    Expr::cust_with_values(free, [place, place])
}

/// The id of an asset begins with the milliseconds of its creation, and ends with chance.
const fn place_of(asset: AssetId, number: u64) -> i64 {
    const fn last(bits: u32, of: u64) -> u64 {
        of & ((1 << bits) - 1)
    }
    let (time, chance) = asset.as_uuid().as_u64_pair();
    let neighbourhood = last(TIME_BITS, time >> 19) << NEIGHBOUR_BITS | last(NEIGHBOUR_BITS, chance);
    (neighbourhood << NUMBER_BITS | last(NUMBER_BITS, number)).cast_signed()
}

/// Puts in a row, on SQLite at a place.
pub(crate) fn insert<E: EntityTrait>(
    backend: DbBackend,
    row: &E::Model,
    columns: Vec<E::Column>,
    place: SimpleExpr,
) -> Result<InsertStatement, Fault> {
    let mut values: Vec<_> = columns.iter().map(|column| Expr::value(row.get(*column))).collect();
    let mut names: Vec<_> = columns.iter().map(|column| column.as_str()).collect();
    if backend == DbBackend::Sqlite {
        names.push("rowid");
        values.push(place);
    }
    let mut insert = Query::insert();
    insert.into_table(E::default()).columns(names).values(values).map_err(Fault::row)?;
    Ok(insert)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_an_asset_lies_together() {
        let [first, second] =
            ["019b76da-a800-7000-8000-0000000000fe", "019b76da-a800-7000-8000-0000000000ff"].map(|id| id.parse().unwrap());
        assert_eq!(place_of(first, 1) + 1, place_of(first, 2));
        assert!((1..300).all(|number| place_of(first, number) < place_of(second, 1)));
        assert!(place_of(AssetId::new(uuid::Uuid::max()), u64::MAX) > 0);
    }

    #[test]
    fn ids_follow_the_moments_up_to_the_year_2112() {
        let last_micros = (1 << 52) - 1;
        for micros in [0, 1_767_225_600_000_000, last_micros - 1] {
            assert!(*of_moment(micros).end() < *of_moment(micros + 1).start());
            assert_eq!(of_moment(micros).count(), 2048);
        }
        assert_eq!(*of_moment(last_micros).end(), i64::MAX);
        assert_eq!(*of_moment(i64::MAX).end(), i64::MAX);
        assert_eq!(*of_moment(i64::MIN).start(), i64::MIN);
    }
}
