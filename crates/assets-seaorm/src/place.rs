//! Where a row of the listing lies on SQLite: in the order of lists.
//!
//! Full text gives its rows in the order of their ids and in no other. So the id of a row is the moment of its creation,
//! and whoever walks along the ids walks from asset to asset in order. Rows of one moment, of whatever tenant and view,
//! lie beside each other as they came, and are put in order by whoever reads them.

use std::ops::RangeInclusive;

use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement};

use crate::entity::listing;

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

#[cfg(test)]
mod tests {
    use super::*;

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
