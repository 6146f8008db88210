//! Paths, operations, parameters, bodies, answers and keys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Comparison, Direction, items, members, resolved, words};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl Comparison<'_> {
    pub(super) fn operations(&self) {
        self.report_if(
            self.before["servers"] != self.after["servers"] && words_of_servers(self.before) != words_of_servers(self.after),
            "server-changed",
            "servers",
        );
        let (before, after) = (paths(self.before), paths(self.after));
        for (shape, (path, item)) in &before {
            let Some((renamed, new)) = after.get(shape) else {
                self.report("path-removed", path);
                continue;
            };
            self.report_if(path != renamed, "path-parameter-renamed", path);
            for method in METHODS.into_iter().filter(|method| item.get(*method).is_some()) {
                let place = item[method]["operationId"].as_str().unwrap_or(path);
                match new.get(method) {
                    Some(new) => self.operation(&item[method], new, place),
                    None => self.report("method-removed", place),
                }
            }
        }
        for (name, scheme) in members(&self.before["components"]["securitySchemes"]) {
            self.rest(scheme, &self.after["components"]["securitySchemes"][name], &["bearerFormat"], &format!("security scheme {name}"));
        }
    }

    fn operation(&self, before: &Value, after: &Value, place: &str) {
        self.report_if(before["operationId"] != after["operationId"], "operation-id-changed", place);
        self.report_if(before["tags"] != after["tags"], "tag-changed", place);
        self.lifetime(before, after, place);
        let ways = |document: &Value, operation: &Value| -> Vec<Value> {
            items(operation.get("security").unwrap_or(&document["security"])).to_vec()
        };
        let (old, new) = (ways(self.before, before), ways(self.after, after));
        let is_kept =
            if old.is_empty() { new.is_empty() || new.contains(&serde_json::json!({})) } else { old.iter().all(|way| new.contains(way)) };
        self.report_if(!is_kept, "security-added", place);
        self.parameters(before, after, place);
        self.request_body(&before["requestBody"], &after["requestBody"], place);
        self.responses(&before["responses"], &after["responses"], place);
        self.rest(before, after, &["operationId", "tags", "security", "parameters", "requestBody", "responses"], place);
    }

    fn parameters(&self, before: &Value, after: &Value, place: &str) {
        let (old, new) = (parameters(self.before, before), parameters(self.after, after));
        for ((kind, name), parameter) in &old {
            let place = format!("{place} {kind} {name}");
            // Its name stands in the path, and is compared there.
            let found = new.get(&(*kind, name.clone())).or_else(|| if *kind == "path" { Some(parameter) } else { None });
            let Some(now) = found else {
                self.report("parameter-removed", &place);
                continue;
            };
            self.report_if(now["required"] == true && parameter["required"] != true, "parameter-became-required", &place);
            self.lifetime(parameter, now, &place);
            self.schema(&parameter["schema"], &now["schema"], Direction::Request, &place);
            self.rest(parameter, now, &["name", "in", "required", "schema"], &place);
        }
        for ((kind, name), parameter) in new.iter().filter(|(key, _)| !old.contains_key(key)) {
            self.report_if(parameter["required"] == true && *kind != "path", "new-required-parameter", &format!("{place} {kind} {name}"));
        }
    }

    fn request_body(&self, before: &Value, after: &Value, place: &str) {
        let ((_, before), (_, after)) = (resolved(self.before, before), resolved(self.after, after));
        let place = format!("{place} body");
        self.report_if(!before.is_null() && after.is_null(), "request-body-removed", &place);
        self.report_if(after["required"] == true && before["required"] != true, "request-body-became-required", &place);
        if before.is_null() || after.is_null() {
            return;
        }
        for (media_type, content) in members(&before["content"]) {
            let place = format!("{place} {media_type}");
            match after["content"].get(media_type) {
                Some(now) => {
                    self.schema(&content["schema"], &now["schema"], Direction::Request, &place);
                    self.rest(content, now, &["schema"], &place);
                }
                None => self.report("request-media-type-removed", &place),
            }
        }
    }

    fn responses(&self, before: &Value, after: &Value, place: &str) {
        for (status, response) in members(before) {
            let place = format!("{place} {status}");
            let Some(now) = after.get(status) else {
                self.report("response-status-removed", &place);
                continue;
            };
            let ((_, response), (_, now)) = (resolved(self.before, response), resolved(self.after, now));
            for (media_type, content) in members(&response["content"]) {
                let place = format!("{place} {media_type}");
                match now["content"].get(media_type) {
                    Some(now) => self.schema(&content["schema"], &now["schema"], Direction::Response, &place),
                    None => self.report("response-media-type-removed", &place),
                }
            }
            for (name, header) in members(&response["headers"]) {
                let place = format!("{place} header {name}");
                match now["headers"].get(name) {
                    Some(now) => {
                        self.report_if(header["required"] == true && now["required"] != true, "response-header-became-optional", &place);
                        self.schema(&header["schema"], &now["schema"], Direction::Response, &place);
                    }
                    None => self.report("response-header-removed", &place),
                }
            }
        }
        // A refusal that is new is a problem like any other; an answer that is new is one that nobody reads.
        for status in members(after).into_keys().filter(|status| before.get(*status).is_none()) {
            self.report_if(!status.starts_with(['4', '5']), "success-status-added", &format!("{place} {status}"));
        }
    }
}

/// Paths by their shape, in which parameters have no name.
fn paths(document: &Value) -> BTreeMap<String, (&str, &Value)> {
    let shape = |path: &str| path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/");
    members(&document["paths"]).into_iter().map(|(path, item)| (shape(path), (path, item))).collect()
}

/// Parameters by place and name. Names of headers have no case.
fn parameters<'d>(document: &'d Value, operation: &'d Value) -> BTreeMap<(&'d str, String), &'d Value> {
    let key = |parameter: &'d Value| {
        let (kind, name) = (parameter["in"].as_str().unwrap_or_default(), parameter["name"].as_str().unwrap_or_default());
        (kind, if kind == "header" { name.to_ascii_lowercase() } else { name.to_owned() })
    };
    items(&operation["parameters"])
        .iter()
        .map(|parameter| resolved(document, parameter).1)
        .map(|parameter| (key(parameter), parameter))
        .collect()
}

fn words_of_servers(document: &Value) -> BTreeSet<&str> {
    items(&document["servers"]).iter().filter_map(|server| server["url"].as_str()).collect()
}

/// The properties that have to be there.
pub(super) fn required(schema: &Value) -> BTreeSet<&str> {
    words(&schema["required"])
}
