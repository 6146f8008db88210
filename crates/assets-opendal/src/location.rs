//! Where a store lies, as a setting says it.

use std::{error::Error, fmt, path::PathBuf};

use reqwest::Url;

/// Where a store lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// `file:DIRECTORY`: a folder on a local disk.
    Disk(PathBuf),
    /// `s3://bucket/prefix?endpoint=…&region=…`: a part of a bucket.
    S3(Bucket),
}

/// A part of a bucket, and how to reach it. Who may reach it, the environment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The name of the bucket.
    pub bucket: String,
    /// What every key begins with, without slashes around it; may be empty.
    pub prefix: String,
    /// The address of the store; AWS, or what `AWS_ENDPOINT_URL` says, if there is none.
    pub endpoint: Option<String>,
    /// The region that requests are signed for; what `AWS_REGION` says, if there is none.
    pub region: Option<String>,
    /// Whether the bucket is part of the host name instead of the path.
    pub virtual_host: bool,
}

/// What is wrong with the location of a store. Says nothing of the values in it, among which a secret could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationError(String);

impl fmt::Display for LocationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for LocationError {}

impl Location {
    /// Reads `file:DIRECTORY` or `s3://bucket/prefix?endpoint=URL&region=NAME&virtual_host=true`; prefix and parameters may be left out.
    ///
    /// # Errors
    /// It is neither; a part is missing, unknown, given twice or malformed; there are credentials in it.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        match text.split_once(':') {
            Some(("file", path)) => match path.strip_prefix("//").unwrap_or(path) {
                "" => Err(wrong("file: must name a directory")),
                path => Ok(Self::Disk(path.into())),
            },
            Some(("s3", rest)) if rest.starts_with("//") => Bucket::parse(text).map(Self::S3),
            _ => Err(wrong("must be file:DIRECTORY or s3://BUCKET/PREFIX?endpoint=URL&region=NAME")),
        }
    }
}

impl Bucket {
    fn parse(text: &str) -> Result<Self, LocationError> {
        let url = Url::parse(text).map_err(|error| wrong(format!("is no URL: {error}")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(credentials());
        }
        if url.port().is_some() || url.fragment().is_some() {
            return Err(wrong("takes no port and no fragment; the address of the store is the parameter endpoint"));
        }
        let bucket =
            url.host_str().filter(|bucket| is_plain(bucket)).ok_or_else(|| wrong("s3:// must be followed by the name of a bucket"))?;
        let prefix = url.path().trim_matches('/');
        if !prefix.is_empty() && !prefix.split('/').all(is_plain) {
            return Err(wrong("the prefix may have letters, digits, '-', '_' and '.' between single slashes"));
        }
        let mut location = Self { bucket: bucket.to_owned(), prefix: prefix.to_owned(), endpoint: None, region: None, virtual_host: false };
        let mut seen = Vec::new();
        for (name, value) in url.query_pairs() {
            if seen.contains(&name) {
                return Err(wrong(format!("the parameter {name} is given twice")));
            }
            location.set(&name, &value)?;
            seen.push(name);
        }
        Ok(location)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), LocationError> {
        match name {
            "endpoint" => self.endpoint = Some(endpoint(value)?),
            "region" if is_plain(value) => self.region = Some(value.to_owned()),
            "region" => return Err(wrong("the parameter region must be the name of a region")),
            "virtual_host" => {
                self.virtual_host = value.parse().map_err(|_| wrong("the parameter virtual_host must be true or false"))?;
            }
            "access_key_id" | "secret_access_key" | "session_token" => return Err(credentials()),
            // Whoever mistypes a name may have typed a secret into it: it is not repeated.
            _ => return Err(wrong("has an unknown parameter; there are endpoint, region and virtual_host")),
        }
        Ok(())
    }
}

fn endpoint(value: &str) -> Result<String, LocationError> {
    let rule = || wrong("the parameter endpoint must be like https://store.example, without path");
    let url = Url::parse(value).map_err(|_| rule())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(credentials());
    }
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !is_bare || !matches!(url.scheme(), "http" | "https") {
        return Err(rule());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Names that stand for themselves in a URL, and that no store could take for a path.
fn is_plain(name: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.chars().all(safe) && name.chars().any(|c| c != '.')
}

fn credentials() -> LocationError {
    wrong("must not hold credentials: they come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
}

fn wrong(why: impl Into<String>) -> LocationError {
    LocationError(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Location::parse(text).expect_err(text).to_string()
    }

    #[test]
    fn a_folder_is_named_with_or_without_slashes() {
        assert_eq!(Location::parse("file:blobs"), Ok(Location::Disk("blobs".into())));
        assert_eq!(Location::parse("file:/var/blobs"), Ok(Location::Disk("/var/blobs".into())));
        assert_eq!(Location::parse("file:///var/blobs"), Ok(Location::Disk("/var/blobs".into())));
    }

    #[test]
    fn a_bucket_is_named_with_all_that_reaching_it_takes() {
        let whole = "s3://assets/live/blobs?endpoint=http://127.0.0.1:3900&region=garage&virtual_host=true";
        let bucket = Bucket {
            bucket: "assets".to_owned(),
            prefix: "live/blobs".to_owned(),
            endpoint: Some("http://127.0.0.1:3900".to_owned()),
            region: Some("garage".to_owned()),
            virtual_host: true,
        };
        assert_eq!(Location::parse(whole), Ok(Location::S3(bucket)));
        let least = Bucket { bucket: "assets".to_owned(), prefix: String::new(), endpoint: None, region: None, virtual_host: false };
        for text in ["s3://assets", "s3://assets/"] {
            assert_eq!(Location::parse(text), Ok(Location::S3(least.clone())), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_words() {
        for (text, said) in [
            ("", "file:DIRECTORY or s3:"),
            ("https://assets.example", "file:DIRECTORY or s3:"),
            ("s3:assets", "file:DIRECTORY or s3:"),
            ("file:", "a directory"),
            ("s3://", "name of a bucket"),
            ("s3:///prefix", "name of a bucket"),
            ("s3://as%20sets", "name of a bucket"),
            ("s3://assets:9000", "no port"),
            ("s3://assets/a//b", "single slashes"),
            ("s3://assets/a%2Fb", "single slashes"),
            ("s3://assets?region=a&region=b", "region is given twice"),
            ("s3://assets?region=", "name of a region"),
            ("s3://assets?virtual_host=yes", "true or false"),
            ("s3://assets?endpoint=store.example", "endpoint must be"),
            ("s3://assets?endpoint=ftp://store.example", "endpoint must be"),
            ("s3://assets?endpoint=https://store.example/path", "endpoint must be"),
        ] {
            assert!(refused(text).contains(said), "{text}: {}", refused(text));
        }
    }

    #[test]
    fn credentials_are_refused_and_never_repeated() {
        for text in [
            "s3://hunter2@assets",
            "s3://key:hunter2@assets",
            "s3://assets?secret_access_key=hunter2",
            "s3://assets?access_key_id=hunter2",
            "s3://assets?endpoint=https://key:hunter2@store.example",
        ] {
            assert!(refused(text).contains("AWS_SECRET_ACCESS_KEY"), "{text}");
        }
        for text in ["s3://assets?hunter2", "s3://assets?secret=hunter2", "s3://assets?region=hunter2!"] {
            assert!(!refused(text).contains("hunter2"), "{text}");
        }
    }
}
