use assets_domain::{Asset, Transition};

use super::Desk;

/// How many rows the writer has changed so far, those of triggers and full text included.
async fn changes(desk: &Desk) -> i64 {
    desk.write_as_a_commit("SELECT total_changes()").await[0].try_get_by_index(0).unwrap()
}

/// How many rows each decision of a round touches.
async fn round(desk: &Desk, mut asset: Asset) -> (Asset, Vec<i64>) {
    let mut touched = Vec::new();
    for action in [Transition::Submit, Transition::Withdraw, Transition::Submit, Transition::RequestChanges] {
        let before = changes(desk).await;
        asset = desk.decide(asset, action).await;
        touched.push(changes(desk).await - before);
    }
    (asset, touched)
}

#[tokio::test]
async fn a_transition_touches_as_many_rows_after_a_long_history_as_at_its_beginning() {
    let desk = Desk::new().await;
    let (mut asset, first) = round(&desk, desk.create("first").await).await;
    for text in 0..100 {
        asset = desk.add_version(asset, &format!("take {text}")).await;
    }
    let (_, last) = round(&desk, asset).await;
    assert_eq!(first, last);
    // Head, version, decision, listing, workspace, event and entry in the audit: one row each.
    assert_eq!(last, [7, 7, 7, 7]);
}

#[tokio::test]
async fn a_new_version_of_a_reviewed_asset_restates_one_row_however_many_there_are() {
    let desk = Desk::new().await;
    let asset = desk.create("first").await;
    let asset = desk.decide(asset, Transition::Submit).await;
    let asset = desk.decide(asset, Transition::Approve).await;
    let before = changes(&desk).await;
    let asset = desk.decide(asset, Transition::Revoke).await;
    let once = changes(&desk).await - before;

    let mut asset = asset;
    for text in 0..50 {
        asset = desk.add_version(asset, &format!("take {text}")).await;
    }
    let asset = desk.decide(asset, Transition::Submit).await;
    let asset = desk.decide(asset, Transition::Approve).await;
    let before = changes(&desk).await;
    desk.decide(asset, Transition::Revoke).await;
    assert_eq!(changes(&desk).await - before, once);
}
