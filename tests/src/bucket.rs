//! A place in a bucket, reached past the service by requests that are signed here (AWS Signature Version 4).

use std::collections::BTreeMap;

use assets_domain::Digest;
use chrono::Utc;
use reqwest::{Method, Response, Url};

use crate::door::client;

/// What lies below a prefix of a bucket. Addressed by path, as every store understands.
#[derive(Debug)]
pub struct Bucket {
    endpoint: Url,
    region: String,
    bucket: String,
    prefix: String,
    key_id: String,
    secret: String,
    client: reqwest::Client,
}

impl Bucket {
    /// A prefix of its own within what a store URL names, `s3://bucket/prefix?endpoint=…&region=…`.
    pub(crate) fn within(store: &str, own: &str, key_id: &str, secret: &str) -> Self {
        let url = Url::parse(store).unwrap_or_else(|error| panic!("{store} is no store URL: {error}"));
        let parameter = |wanted: &str| {
            let found = url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
            found.unwrap_or_else(|| panic!("{store} does not say its {wanted}"))
        };
        let outer = url.path().trim_matches('/');
        Self {
            endpoint: parameter("endpoint").parse().unwrap(),
            region: parameter("region"),
            bucket: url.host_str().unwrap().to_owned(),
            prefix: if outer.is_empty() { own.to_owned() } else { format!("{outer}/{own}") },
            key_id: key_id.to_owned(),
            secret: secret.to_owned(),
            client: client(),
        }
    }

    /// The store URL of this place.
    pub(crate) fn url(&self) -> String {
        let endpoint = self.endpoint.as_str().trim_end_matches('/');
        format!("s3://{}/{}?endpoint={endpoint}&region={}", self.bucket, self.prefix, self.region)
    }

    /// What the service needs to get in, by the names of the environment.
    pub(crate) fn credentials(&self) -> [(&'static str, &str); 2] {
        [("AWS_ACCESS_KEY_ID", &self.key_id), ("AWS_SECRET_ACCESS_KEY", &self.secret)]
    }

    pub(crate) async fn list(&self) -> BTreeMap<String, u64> {
        let prefix = format!("{}/", self.prefix);
        let mut found = BTreeMap::new();
        let mut last = String::new();
        loop {
            let mut query = vec![("list-type", "2"), ("prefix", prefix.as_str())];
            if !last.is_empty() {
                query.push(("start-after", &last));
            }
            let page = self.send(Method::GET, "", &query, Vec::new()).await.text().await.unwrap();
            let Some(objects) = page.split_once("<Contents>").map(|(_, objects)| objects) else { break };
            for object in objects.split("<Contents>") {
                let key = element(object, "Key");
                let size_bytes = element(object, "Size").parse().unwrap();
                found.insert(key.strip_prefix(&prefix).unwrap().to_owned(), size_bytes);
                key.clone_into(&mut last);
            }
        }
        found
    }

    pub(crate) async fn get(&self, key: &str) -> Vec<u8> {
        self.send(Method::GET, key, &[], Vec::new()).await.bytes().await.unwrap().to_vec()
    }

    pub(crate) async fn put(&self, key: &str, bytes: Vec<u8>) {
        self.send(Method::PUT, key, &[], bytes).await;
    }

    pub(crate) async fn delete(&self, key: &str) {
        self.send(Method::DELETE, key, &[], Vec::new()).await;
    }

    /// The query is in order of its names.
    async fn send(&self, method: Method, key: &str, query: &[(&str, &str)], body: Vec<u8>) -> Response {
        let path = if key.is_empty() { format!("/{}", self.bucket) } else { format!("/{}/{}/{key}", self.bucket, self.prefix) };
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let query = query.join("&");
        let mut url = self.endpoint.join(&path).unwrap();
        url.set_query((!query.is_empty()).then_some(&query));
        #[expect(clippy::disallowed_methods, reason = "the store compares the moment of the signature with its own clock")]
        let moment = Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
        let digest = Digest::of(&body).to_hex();
        let host = format!("{}:{}", self.endpoint.host_str().unwrap(), self.endpoint.port_or_known_default().unwrap());
        let request =
            format!("{method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{digest}\nx-amz-date:{moment}\n\n{SIGNED}\n{digest}");
        let authorization = self.authorization(&moment, &request);
        let request = self.client.request(method, url).header("x-amz-date", moment).header("x-amz-content-sha256", digest);
        let answer = request.header("authorization", authorization).body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "the store answered {}: {}", answer.status(), answer.text().await.unwrap());
        answer
    }

    fn authorization(&self, moment: &str, request: &str) -> String {
        let day = moment.get(..8).unwrap();
        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let signed = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}", Digest::of(request.as_bytes()).to_hex());
        let first = format!("AWS4{}", self.secret).into_bytes();
        let key = [day, &self.region, "s3", "aws4_request"].iter().fold(first, |key, part| mac(&key, part).as_bytes().to_vec());
        let signature = mac(&key, &signed).to_hex();
        format!("AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={SIGNED},Signature={signature}", self.key_id)
    }
}

const SIGNED: &str = "host;x-amz-content-sha256;x-amz-date";

/// HMAC-SHA-256, after RFC 2104: of a key beyond 64 bytes, its digest is the key.
fn mac(key: &[u8], message: &str) -> Digest {
    let key = if key.len() > 64 { Digest::of(key).as_bytes().to_vec() } else { key.to_vec() };
    let padded = |pad: u8| (0..64).map(|place| key.get(place).copied().unwrap_or(0) ^ pad).collect::<Vec<u8>>();
    let inner = Digest::of(&[padded(0x36), message.as_bytes().to_vec()].concat());
    Digest::of(&[padded(0x5c), inner.as_bytes().to_vec()].concat())
}

/// Percent-encoded, as it is signed.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(escape).collect()
}

/// What stands in the first element of a name.
fn element<'x>(xml: &'x str, name: &str) -> &'x str {
    let rest = xml.split_once(&format!("<{name}>")).map(|(_, rest)| rest);
    rest.and_then(|rest| rest.split_once("</")).unwrap_or_else(|| panic!("there is no {name} in {xml}")).0
}
