//! Settings: from flags, then environment, then a file; checked once, and then data.

use std::{
    env::VarError,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use assets_domain::Catalog;
use assets_opendal::Location;
use assets_seal::Secret;
use assets_seaorm::DatabaseOptions;
use assets_webhooks::Guard;
use ipnet::IpNet;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use tracing_subscriber::EnvFilter;
use url::Url;

/// The database of an installation, below its data directory.
pub(crate) const DATABASE_FILE: &str = "assets.sqlite";
/// The content of an installation, below its data directory.
pub(crate) const BLOBS_FOLDER: &str = "blobs";
const SQLITE: &str = "sqlite:";
/// What is logged: a request has its line already, whatever the library of MCP says of it besides.
const DEFAULT_LOG: &str = "info,rmcp=warn";
/// Where settings are read from unless told otherwise. This file may be missing.
pub(crate) const DEFAULT_FILE: &str = "assets.toml";

/// A setting that makes no sense, or a file of settings that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// A setting that makes no sense.
    #[error("{name}: {why}")]
    Wrong {
        /// Its name in the environment.
        name: &'static str,
        /// What it should be.
        why: String,
    },
    /// The file cannot be read.
    #[error("{}: {why}", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

macro_rules! settings {
    ($( $(#[$doc:meta])* $field:ident = $variable:literal, $value:literal; )*) => {
        /// The settings as somebody wrote them, each perhaps.
        #[derive(Debug, Default, Clone, clap::Args, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct RawSettings {
            $(
                $(#[$doc])*
                #[arg(long, global = true, value_name = $value)]
                #[serde(default, deserialize_with = "text")]
                $field: Option<String>,
            )*
        }

        impl RawSettings {
            /// What is set here, and for the rest what is set there.
            fn or(self, other: Self) -> Self {
                Self { $( $field: self.$field.or(other.$field), )* }
            }

            /// What the environment sets.
            fn from_environment() -> Result<Self, SettingsError> {
                Ok(Self { $( $field: variable($variable)?, )* })
            }
        }

        /// The names of the settings in the environment.
        mod name {
            $( #[expect(non_upper_case_globals, reason = "named like the setting")] pub(super) const $field: &str = $variable; )*
        }
    };
}

settings! {
    /// Where the service listens [127.0.0.1:8080]
    listen = "ASSETS_LISTEN", "ADDRESS:PORT";
    /// Where metrics are served without a key, apart from the service; off unless set
    metrics_listen = "ASSETS_METRICS_LISTEN", "ADDRESS:PORT";
    /// Where database, content and signing key are kept unless set otherwise [./assets-data]
    data_dir = "ASSETS_DATA_DIR", "DIRECTORY";
    /// The database: sqlite:FILE [in the data directory] or postgres://USER:PASSWORD@HOST/DATABASE
    database_url = "ASSETS_DATABASE_URL", "URL";
    /// How many connections to the database this process opens at most [SQLite: 4 to read; PostgreSQL: 16]
    database_connections = "ASSETS_DATABASE_CONNECTIONS", "NUMBER";
    /// The content store: file:DIRECTORY [in the data directory] or s3://BUCKET/PREFIX?endpoint=URL&region=NAME
    store_url = "ASSETS_STORE_URL", "URL";
    /// Whether content is fetched from the store by links of at most 60 seconds, where it can make them [false]
    store_links = "ASSETS_STORE_LINKS", "BOOL";
    /// Under which address the service is reached; links begin with it [http:// and the listen address]
    public_url = "ASSETS_PUBLIC_URL", "URL";
    /// Another origin at which content is shown by its links; this service answers there as well [that of the public address]
    content_url = "ASSETS_CONTENT_URL", "URL";
    /// Whether pictures of what comes in are made before somebody asks for them [true]
    previews_ahead = "ASSETS_PREVIEWS_AHEAD", "BOOL";
    /// Origins that may frame previews, separated by commas
    embed_origins = "ASSETS_EMBED_ORIGINS", "ORIGINS";
    /// Origins whose scripts may call the service, separated by commas
    cors_origins = "ASSETS_CORS_ORIGINS", "ORIGINS";
    /// Networks of proxies whose X-Forwarded-For is believed, separated by commas
    trusted_proxies = "ASSETS_TRUSTED_PROXIES", "NETWORKS";
    /// Networks that webhooks may reach although they are not public, in any way and at any port, separated by commas
    webhook_allow = "ASSETS_WEBHOOK_ALLOW", "NETWORKS";
    /// Ports that webhooks may go to over the Internet, separated by commas [443]
    webhook_ports = "ASSETS_WEBHOOK_PORTS", "PORTS";
    /// 64 hex digits from which every secret is derived [made and kept in the data directory; required with postgres://]
    signing_key = "ASSETS_SIGNING_KEY", "HEX";
    /// Requests a minute and key; 0 lifts every rate and connection limit [1000]
    rate_limit = "ASSETS_RATE_LIMIT", "NUMBER";
    /// The most bytes of one content [5368709120]
    max_content_bytes = "ASSETS_MAX_CONTENT_BYTES", "BYTES";
    /// What is logged: error, warn, info, debug, or per module [info]
    log = "ASSETS_LOG", "LEVEL";
}

/// Where a service is, and the key for it: what a command needs that speaks to one.
pub(crate) struct ServiceSettings {
    pub(crate) url: Url,
    pub(crate) key: SecretString,
}

impl ServiceSettings {
    const URL: &str = "ASSETS_URL";
    const KEY: &str = "ASSETS_API_KEY";

    /// Reads and checks them.
    ///
    /// # Errors
    /// The first that is missing or makes no sense, by name.
    pub(crate) fn read() -> Result<Self, SettingsError> {
        let given = |name| variable(name).map(|text| text.filter(|text| !text.is_empty()));
        let url = given(Self::URL)?.ok_or_else(|| wrong(Self::URL, "must be set, e.g. to http://127.0.0.1:8080"))?;
        let key = given(Self::KEY)?.filter(|key| key.starts_with("tnx_") && key.bytes().all(|byte| byte.is_ascii_graphic()));
        let key = key.ok_or_else(|| wrong(Self::KEY, "must be set to a key, which begins with tnx_"))?;
        Ok(Self { url: public(Self::URL, &url)?, key: key.into() })
    }
}

fn variable(name: &'static str) -> Result<Option<String>, SettingsError> {
    #[expect(clippy::disallowed_methods, reason = "this is where configuration is read, once")]
    match std::env::var(name) {
        Ok(text) => Ok(Some(text)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(wrong(name, "must be UTF-8")),
    }
}

/// Numbers, truths and lists in a file count as the text they are written as.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Number(u64),
        Truth(bool),
        List(Vec<String>),
    }
    Ok(Some(match Written::deserialize(deserializer)? {
        Written::Text(text) => text,
        Written::Number(number) => number.to_string(),
        Written::Truth(truth) => truth.to_string(),
        Written::List(items) => items.join(","),
    }))
}

/// The settings, checked.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) metrics_listen: Option<SocketAddr>,
    pub(crate) data_dir: PathBuf,
    /// `None`: a file in the data directory.
    database_url: Option<String>,
    /// `None`: the usual number.
    pub(crate) database_connections: Option<u32>,
    /// `None`: a folder in the data directory.
    store: Option<Location>,
    pub(crate) store_links: bool,
    /// `None`: `http://` and the address that is listened on.
    pub(crate) public_url: Option<Url>,
    pub(crate) content_url: Option<Url>,
    pub(crate) previews_ahead: bool,
    pub(crate) embed_origins: Vec<String>,
    pub(crate) cors_origins: Vec<String>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) webhook_allow: Vec<IpNet>,
    pub(crate) webhook_ports: Vec<u16>,
    /// `None`: made and kept in the data directory.
    pub(crate) signing_key: Option<Secret>,
    pub(crate) rate_limit: u32,
    pub(crate) max_content_bytes: u64,
    pub(crate) log: EnvFilter,
}

impl Settings {
    /// Under which address what is signed says that it was signed.
    pub(crate) fn issuer(&self) -> String {
        self.public_url.as_ref().map_or_else(|| format!("http://{}", self.listen), ToString::to_string)
    }

    /// The database: the one that is set, or the file in the data directory.
    pub(crate) fn database_url(&self) -> String {
        self.database_url.clone().unwrap_or_else(|| format!("{SQLITE}{}", self.data_dir.join(DATABASE_FILE).display()))
    }

    /// The file of the database, if it is a file.
    pub(crate) fn database_file(&self) -> Option<PathBuf> {
        self.database().file()
    }

    /// The content store: the one that is set, or the folder in the data directory.
    pub(crate) fn store(&self) -> Location {
        self.store.clone().unwrap_or_else(|| Location::Disk(self.data_dir.join(BLOBS_FOLDER)))
    }

    /// How the database is used.
    pub(crate) fn database(&self) -> DatabaseOptions {
        let usual = DatabaseOptions::new(self.database_url());
        DatabaseOptions { connections: self.database_connections.unwrap_or(usual.connections), ..usual }
    }

    /// Reads and checks the settings.
    ///
    /// # Errors
    /// The first that makes no sense, by name.
    pub(crate) fn read(flags: RawSettings, file: &std::path::Path) -> Result<Self, SettingsError> {
        Self::check(flags.or(RawSettings::from_environment()?).or(from_file(file)?))
    }

    fn check(raw: RawSettings) -> Result<Self, SettingsError> {
        let address = |name, text: Option<String>| parsed(name, text, "must be an address and a port, e.g. 127.0.0.1:8080");
        let database_url = raw.database_url.map(database).transpose()?;
        if database_url.as_ref().is_some_and(|url| !url.starts_with(SQLITE)) && raw.signing_key.is_none() {
            return Err(wrong(name::signing_key, "must be set with postgres://, to the same 64 hex digits for every process"));
        }
        Ok(Self {
            listen: address(name::listen, raw.listen)?.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            metrics_listen: address(name::metrics_listen, raw.metrics_listen)?,
            data_dir: match raw.data_dir.as_deref() {
                Some("") => return Err(wrong(name::data_dir, "must name a directory")),
                Some(directory) => PathBuf::from(directory),
                None => PathBuf::from("assets-data"),
            },
            database_url,
            database_connections: connections(raw.database_connections)?,
            store: raw.store_url.map(|url| store(&url)).transpose()?,
            store_links: parsed(name::store_links, raw.store_links, "must be true or false")?.unwrap_or(false),
            public_url: raw.public_url.map(|url| public(name::public_url, &url)).transpose()?,
            content_url: raw.content_url.map(|url| public(name::content_url, &url)).transpose()?,
            previews_ahead: parsed(name::previews_ahead, raw.previews_ahead, "must be true or false")?.unwrap_or(true),
            embed_origins: origins(name::embed_origins, raw.embed_origins)?,
            cors_origins: origins(name::cors_origins, raw.cors_origins)?,
            trusted_proxies: networks(name::trusted_proxies, raw.trusted_proxies)?,
            webhook_allow: networks(name::webhook_allow, raw.webhook_allow)?,
            webhook_ports: ports(raw.webhook_ports)?,
            signing_key: raw
                .signing_key
                .map(|digits| Secret::from_hex(&digits).map_err(|_| wrong(name::signing_key, "must be 64 hex digits")))
                .transpose()?,
            rate_limit: parsed(name::rate_limit, raw.rate_limit, "must be a whole number of requests a minute")?.unwrap_or(1000),
            max_content_bytes: parsed(name::max_content_bytes, raw.max_content_bytes, "must be a whole number of bytes")?
                .unwrap_or(Catalog::DEFAULT_MAX_CONTENT_BYTES),
            log: EnvFilter::try_new(raw.log.as_deref().unwrap_or(DEFAULT_LOG)).map_err(|error| wrong(name::log, error.to_string()))?,
        })
    }
}

fn wrong(name: &'static str, why: impl Into<String>) -> SettingsError {
    SettingsError::Wrong { name, why: why.into() }
}

fn parsed<T: std::str::FromStr>(name: &'static str, text: Option<String>, rule: &str) -> Result<Option<T>, SettingsError> {
    text.map(|text| text.parse().map_err(|_| wrong(name, format!("{rule}, not \"{text}\"")))).transpose()
}

fn list(text: Option<String>) -> impl Iterator<Item = String> {
    text.unwrap_or_default().split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect::<Vec<_>>().into_iter()
}

fn origins(name: &'static str, text: Option<String>) -> Result<Vec<String>, SettingsError> {
    list(text)
        .map(|origin| match Url::parse(&origin) {
            Ok(url) if url.has_host() && url.origin().ascii_serialization() == origin => Ok(origin),
            _ => Err(wrong(name, format!("must be origins such as https://example.com, without a path, not \"{origin}\""))),
        })
        .collect()
}

/// Networks, or addresses alone.
fn networks(name: &'static str, text: Option<String>) -> Result<Vec<IpNet>, SettingsError> {
    let network = |text: String| {
        let alone = || text.parse::<IpAddr>().ok().map(IpNet::from);
        let rule = || wrong(name, format!("must be networks such as 10.0.0.0/8, separated by commas, not \"{text}\""));
        text.parse().ok().or_else(alone).ok_or_else(rule)
    };
    list(text).map(network).collect()
}

/// The ports that webhooks may go to: that of https unless others are named.
fn ports(text: Option<String>) -> Result<Vec<u16>, SettingsError> {
    let port = |text: String| match text.parse() {
        Ok(0) | Err(_) => Err(wrong(name::webhook_ports, format!("must be ports such as 443, separated by commas, not \"{text}\""))),
        Ok(port) => Ok(port),
    };
    let named = list(text).map(port).collect::<Result<Vec<_>, _>>()?;
    Ok(if named.is_empty() { Guard::PORTS.to_vec() } else { named })
}

fn database(url: String) -> Result<String, SettingsError> {
    let is_server = Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"));
    if is_server || url.starts_with(SQLITE) {
        return Ok(url);
    }
    // Not the URL itself: there may be a password in it.
    Err(wrong(name::database_url, "must be sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE"))
}

fn connections(text: Option<String>) -> Result<Option<u32>, SettingsError> {
    let rule = "must be a whole number from 1 to 1000";
    match parsed(name::database_connections, text, rule)? {
        Some(number) if !(1..=1000).contains(&number) => Err(wrong(name::database_connections, rule)),
        number => Ok(number),
    }
}

fn store(url: &str) -> Result<Location, SettingsError> {
    Location::parse(url).map_err(|error| wrong(name::store_url, error.to_string()))
}

fn public(name: &'static str, url: &str) -> Result<Url, SettingsError> {
    let rule = || wrong(name, format!("must be like https://assets.example.com, not \"{url}\""));
    let parsed = Url::parse(url).map_err(|_| rule())?;
    let plain = matches!(parsed.scheme(), "http" | "https") && parsed.has_host() && parsed.query().is_none() && parsed.fragment().is_none();
    if plain && parsed.username().is_empty() { Ok(parsed) } else { Err(rule()) }
}

fn from_file(file: &std::path::Path) -> Result<RawSettings, SettingsError> {
    let broken = |why: String| SettingsError::File { file: file.to_owned(), why };
    match std::fs::read_to_string(file) {
        Ok(text) => toml::from_str(&text).map_err(|error| broken(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.as_os_str() == DEFAULT_FILE => Ok(RawSettings::default()),
        Err(error) => Err(broken(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<RawSettings, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn flags_win_over_the_file() {
        let flags = RawSettings { listen: Some("127.0.0.1:1".into()), ..RawSettings::default() };
        let settings =
            Settings::check(flags.or(file("listen = \"127.0.0.1:2\"\nrate_limit = 7\npreviews_ahead = false").unwrap())).unwrap();
        assert_eq!((settings.listen.port(), settings.rate_limit, settings.previews_ahead), (1, 7, false));
    }

    #[test]
    fn an_unknown_name_in_the_file_stops_the_start() {
        assert!(file("lisen = \"127.0.0.1:2\"").unwrap_err().to_string().contains("lisen"));
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (text, name) in [
            ("listen = \"here\"", "ASSETS_LISTEN"),
            ("signing_key = \"abc\"", "ASSETS_SIGNING_KEY"),
            ("rate_limit = \"many\"", "ASSETS_RATE_LIMIT"),
            ("public_url = \"example.com\"", "ASSETS_PUBLIC_URL"),
            ("embed_origins = [\"https://example.com/x\"]", "ASSETS_EMBED_ORIGINS"),
            ("content_url = \"content.example.com\"", "ASSETS_CONTENT_URL"),
            ("trusted_proxies = \"home\"", "ASSETS_TRUSTED_PROXIES"),
            ("webhook_allow = \"home\"", "ASSETS_WEBHOOK_ALLOW"),
            ("webhook_ports = [\"443\", \"https\"]", "ASSETS_WEBHOOK_PORTS"),
            ("store_url = \"ftp://x\"", "ASSETS_STORE_URL"),
            ("database_url = \"mysql://x\"", "ASSETS_DATABASE_URL"),
            ("database_url = \"postgres://x/y\"", "ASSETS_SIGNING_KEY"),
            ("database_connections = 0", "ASSETS_DATABASE_CONNECTIONS"),
        ] {
            let said = Settings::check(file(text).unwrap()).unwrap_err().to_string();
            assert!(said.starts_with(name), "{said}");
        }
    }
}
