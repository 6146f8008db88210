//! What lists and histories show is ready, and is what the asset is.

use assets_domain::{
    Asset, Filter, ListQuery, Sort, Transition, View,
    ports::{AssetRepository, Listed, Presenter},
};
use assets_testkit::PlainPresenter;

use super::Desk;

async fn listed(desk: &Desk, view: View, edition: i32) -> Vec<Listed> {
    let query = ListQuery { view, filter: Filter::default(), sort: Sort::CreatedAt, limit: 50, after: None, with_total: false };
    desk.database.listed(desk.workspace, &query, edition).await.unwrap().items
}

fn ready(asset: &Asset, view: View) -> Listed {
    Listed::Ready(PlainPresenter.present(&asset.clone().seen_as(view).unwrap()).into())
}

#[tokio::test]
async fn what_lists_show_is_ready_after_every_change() {
    let desk = Desk::new().await;
    let asset = desk.create("spring").await;
    assert_eq!(listed(&desk, View::Working, PlainPresenter::EDITION).await, [ready(&asset, View::Working)]);
    let asset = desk.decide(asset, Transition::Submit).await;
    let asset = desk.decide(asset, Transition::Approve).await;
    let asset = desk.add_version(asset, "summer").await;
    for view in [View::Working, View::Published] {
        assert_eq!(listed(&desk, view, PlainPresenter::EDITION).await, [ready(&asset, view)]);
    }
    let asset = desk.decide(asset, Transition::Revoke).await;
    assert_eq!(listed(&desk, View::Working, PlainPresenter::EDITION).await, [ready(&asset, View::Working)]);
    assert_eq!(listed(&desk, View::Published, PlainPresenter::EDITION).await, []);
}

#[tokio::test]
async fn what_another_edition_made_is_never_given_out() {
    let desk = Desk::new().await;
    let asset = desk.create("spring").await;
    let stale = [Listed::Stale(Box::new(asset))];
    assert_eq!(listed(&desk, View::Working, PlainPresenter::EDITION + 1).await, stale);
    desk.write("UPDATE listing SET presented = NULL, edition = NULL").await.unwrap();
    assert_eq!(listed(&desk, View::Working, PlainPresenter::EDITION).await, stale);
}

#[tokio::test]
async fn a_history_is_ready_after_every_change() {
    history_is_ready(Desk::new().await).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_history_is_ready_after_every_change_on_postgres() {
    history_is_ready(Desk::on_postgres().await).await;
}

async fn history_is_ready(desk: Desk) {
    let ready_history = async |asset: &Asset, edition| desk.database.ready_history(desk.workspace, asset.id(), edition).await.unwrap();
    let asset = desk.create("spring").await;
    assert!(ready_history(&asset, PlainPresenter::EDITION).await.is_some());
    let asset = desk.decide(asset, Transition::Submit).await;
    let asset = desk.decide(asset, Transition::Approve).await;
    let asset = desk.add_version(asset, "summer").await;
    let history = ready_history(&asset, PlainPresenter::EDITION).await.unwrap();
    assert_eq!(Listed::Ready(history.asset), ready(&asset, View::Working));
    assert_eq!((history.revision, history.versions.len(), history.decisions.len()), (asset.revision(), 2, 2));
    assert_eq!(ready_history(&asset, PlainPresenter::EDITION + 1).await, None);
}
