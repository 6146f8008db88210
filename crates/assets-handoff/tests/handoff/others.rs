//! Others, who know nothing of this crate, read what it writes.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

use crate::{
    parcel::{ATTESTATIONS, MANIFEST, Parcel},
    studio::{key, ours, published},
    tampered::Tampering,
};

const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clients");
const SCHEMA: &str = include_str!("../../../../openapi/export-manifest.schema.json");

/// Where `just setup` puts Python and its libraries.
fn tools() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "where the tools are depends on the machine")]
    let (cache, home) = (std::env::var_os("ASSETS_CI_CACHE"), std::env::var_os("HOME").unwrap());
    cache.map_or_else(|| Path::new(&home).join(".cache/assets-ci"), Into::into).join("tools")
}

fn checked_by_python(folder: &Path, archive: &[u8]) -> Output {
    let (file, keys) = (folder.join("export.zip"), folder.join("keys.json"));
    std::fs::write(&file, archive).unwrap();
    std::fs::write(&keys, published().to_json()).unwrap();
    Command::new(tools().join("python/bin/python")).arg(format!("{CLIENTS}/check_statements.py")).args([file, keys]).output().unwrap()
}

#[test]
#[ignore = "needs Python"]
fn a_client_that_knows_the_standards_alone_comes_to_the_same_end() {
    let folder = tempfile::tempdir().unwrap();
    let output = checked_by_python(folder.path(), &Parcel::sample().pack());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "4 files, 4 statements and 1 seal hold\n", "{output:?}");
    let tampered: [(Tampering, &str); 5] = [
        (|p| p.files[0].1[0] ^= 1, "was changed"),
        (|p| p.seal(&key(66), |_| ()), "none of the keys"),
        (|p| p.statement(0, &key(66), |_| ()), "none of the keys"),
        (|p| p.text(ATTESTATIONS, |text| text.replacen(&ours().public().kid(), &key(2).public().kid(), 1)), "does not hold"),
        (|p| p.manifest(|m| m.assets[1].description = None), "the manifest says of"),
    ];
    for (place, (tamper, expected)) in tampered.into_iter().enumerate() {
        let mut parcel = Parcel::sample();
        tamper(&mut parcel);
        // The seal is the first thing that the client looks at after the digests, so all but a few are settled.
        match place {
            0 | 1 => {}
            _ => parcel.settle_as_the_service(),
        }
        let output = checked_by_python(folder.path(), &parcel.pack());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.starts_with("refused: ") && said.contains(expected), "{expected}: {output:?}");
    }
}

/// Whether an object has the members of a shape, and the shape takes no others.
fn has_shape(schema: &Value, shape: &Value, object: &Value) {
    let (properties, object) = (shape["properties"].as_object().unwrap(), object.as_object().unwrap());
    assert_eq!(shape["additionalProperties"], false, "{shape}");
    for name in shape["required"].as_array().into_iter().flatten() {
        assert!(object.contains_key(name.as_str().unwrap()), "{name} in {object:?}");
    }
    for (name, value) in object {
        assert!(properties.contains_key(name), "{name} is no property");
        let shape = resolved(schema, &properties[name]);
        if value.is_object() {
            has_shape(schema, shape, value);
        }
        for item in value.as_array().into_iter().flatten().filter(|item| item.is_object()) {
            has_shape(schema, resolved(schema, &shape["items"]), item);
        }
    }
}

fn resolved<'a>(schema: &'a Value, shape: &'a Value) -> &'a Value {
    shape["$ref"].as_str().map_or(shape, |path| schema.pointer(path.strip_prefix('#').unwrap()).unwrap())
}

#[test]
fn the_manifest_has_the_published_shape() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(schema["$id"], assets_handoff::manifest::SCHEMA);
    let manifest: Value = serde_json::from_slice(Parcel::sample().bytes(MANIFEST)).unwrap();
    has_shape(&schema, &schema, &manifest);
}
