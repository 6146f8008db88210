use assets_domain::{AssetType, Digest, MediaType, Revision, Tags, Terms, Transition, VersionNumber};
use assets_handoff::manifest::{DecisionBody, MemberBody};
use chrono::TimeDelta;

use super::{Tampering, check, kinds, other, packed, replace, settled};
use crate::{
    parcel::{MANIFEST, Parcel},
    studio::published,
};

fn asset(parcel: &mut Parcel, edit: fn(&mut MemberBody)) {
    parcel.manifest(|manifest| edit(&mut manifest.assets[0]));
}

fn image(parcel: &mut Parcel, edit: fn(&mut MemberBody)) {
    parcel.manifest(|manifest| edit(&mut manifest.assets[1]));
}

/// Tampers with the decision by which the image is there.
fn pinned(parcel: &mut Parcel, edit: fn(&mut DecisionBody)) {
    parcel.manifest(|manifest| {
        let member = &mut manifest.assets[1];
        edit(member.decisions.iter_mut().find(|decision| decision.revision == member.approval.revision).unwrap());
    });
}

#[test]
fn manifests_that_say_something_else_are_found() {
    let table: &[(&str, Tampering, &[&str])] = &[
        ("another title", |p| asset(p, |a| a.title = "Other".parse().unwrap()), &["ManifestDiffers"]),
        ("no description", |p| image(p, |a| a.description = None), &["ManifestDiffers"]),
        ("no tags", |p| image(p, |a| a.tags = Tags::default()), &["ManifestDiffers"]),
        ("another origin", |p| image(p, |a| a.provenance.model = None), &["ManifestDiffers"]),
        ("another source", |p| image(p, |a| a.provenance.derived_from.clear()), &["ManifestDiffers"]),
        ("another filename", |p| asset(p, |a| a.filename = "x".parse().unwrap()), &["ManifestDiffers"]),
        ("another type", |p| asset(p, |a| a.asset_type = AssetType::Blog), &["ManifestDiffers"]),
        ("another media type", |p| asset(p, |a| a.media_type = MediaType::Html), &["ManifestDiffers"]),
        ("another size", |p| asset(p, |a| a.size_bytes += 1), &["ManifestDiffers", "ManifestWrong"]),
        ("approved by another person", |p| pinned(p, |d| d.by.name = "Eve".parse().unwrap()), &["ManifestDiffers"]),
        ("approved at another moment", |p| pinned(p, |d| d.at += TimeDelta::microseconds(1)), &["ManifestDiffers"]),
        ("approved without naming the bytes", |p| pinned(p, |d| d.bytes_named = false), &["ManifestDiffers"]),
        ("approved with another comment", |p| pinned(p, |d| d.comment = None), &["ManifestDiffers"]),
        ("approved on no terms", |p| pinned(p, |d| d.terms = Terms::default()), &["ManifestDiffers"]),
        ("approved by rollback", |p| pinned(p, |d| d.carried_from = Some(VersionNumber::FIRST)), &["ManifestDiffers"]),
        ("approved as another version", |p| pinned(p, |d| d.version = VersionNumber::new(7).unwrap()), &["ManifestWrong"]),
        ("approved with other bytes", |p| pinned(p, |d| d.digest = Digest::of(b"other")), &["ManifestWrong"]),
        ("approved by a submission", |p| pinned(p, |d| d.action = Transition::Submit), &["ManifestWrong"]),
        ("approved by nothing", |p| asset(p, |a| a.decisions.clear()), &["ManifestWrong"]),
        ("an approval that is another", |p| asset(p, |a| a.approval.revision = Revision::new(2)), &["ManifestWrong", "OtherVersion"]),
        ("an approval that is not signed", |p| asset(p, |a| a.approval.is_signed = false), &["ManifestDiffers"]),
        ("another version", |p| asset(p, |a| a.version = VersionNumber::new(2).unwrap()), &["ManifestWrong", "OtherVersion"]),
        ("another digest", |p| asset(p, |a| a.sha256 = "0".repeat(64)), &["ManifestWrong", "OtherBytes"]),
        ("another asset", |p| asset(p, |a| a.asset_id = other()), &["MissingStatement", "StrayStatement"]),
        ("another path", |p| asset(p, |a| a.path.push('x')), &["Missing", "NotListed"]),
        ("two assets changed places", |p| p.manifest(|m| m.assets.swap(0, 1)), &["MisplacedStatement", "OutOfPlace"]),
        ("an asset is missing", |p| p.manifest(|m| drop(m.assets.pop())), &["ManifestWrong", "NotListed", "StrayStatement"]),
        ("an asset is there twice", |p| p.manifest(|m| m.assets.push(m.assets[3].clone())), &["ManifestWrong", "MissingStatement"]),
        ("another count", |p| p.manifest(|m| m.count += 1), &["ManifestWrong", "SealDiffers"]),
        ("another export", |p| p.manifest(|m| m.export.id = other()), &["SealDiffers"]),
        ("another workspace", |p| p.manifest(|m| m.export.workspace_id = other()), &["ManifestDiffers", "SealDiffers"]),
        ("another moment", |p| p.manifest(|m| m.export.created_at += TimeDelta::seconds(1)), &["SealDiffers"]),
        ("another person", |p| p.manifest(|m| m.export.created_by.name = "Eve".parse().unwrap()), &["SealDiffers"]),
        ("another schema", |p| replace(p, MANIFEST, ":v1", ":v2"), &["Unreadable"]),
        ("something unknown", |p| replace(p, MANIFEST, "\"sha256\"", "\"x\":1,\"sha256\""), &["Unreadable"]),
        ("something twice", |p| replace(p, MANIFEST, "\"sha256\"", "\"path\":\"x\",\"sha256\""), &["Unreadable"]),
        ("a comma too few", |p| replace(p, MANIFEST, "}},\n", "}}\n"), &["Unreadable"]),
        ("a comma too many", |p| replace(p, MANIFEST, "\n]}", ",\n]}"), &["Unreadable"]),
        ("more behind its end", |p| p.bytes(MANIFEST).extend(b"{}\n"), &["Unreadable"]),
        ("no end", |p| p.bytes(MANIFEST).truncate(3000), &["Unreadable"]),
        ("nothing", |p| p.bytes(MANIFEST).clear(), &["Unreadable"]),
    ];
    check(table, settled);
    let (title, expected): (Tampering, _) = (|p| asset(p, |a| a.title = "Other".parse().unwrap()), ["Changed", "ManifestDiffers"]);
    assert_eq!(kinds(&packed(title), Some(&published())), expected, "whoever has no key is found twice");
}
