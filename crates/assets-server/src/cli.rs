//! The command line.

use std::path::PathBuf;

use assets_domain::{KeyKind, KeyName, KeyPrefix, Quorum, Scope, WorkspaceName};
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Parser, Subcommand};

use crate::settings::{DEFAULT_FILE, RawSettings};

/// The asset store and sign-off service for everything generative agents produce.
#[derive(Parser)]
#[command(name = "assets", version, about, args_conflicts_with_subcommands = false)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) settings: RawSettings,
    /// Where settings are read from besides flags and environment.
    #[arg(long, global = true, value_name = "FILE", default_value = DEFAULT_FILE)]
    pub(crate) config: PathBuf,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the service (the default)
    Serve,
    /// Manage tenants
    #[command(subcommand)]
    Workspace(WorkspaceCommand),
    /// Manage API keys, also beside a running service
    #[command(subcommand)]
    Key(KeyCommand),
    /// Say how many people must approve what, also beside a running service
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Bring the schema of the database up to date
    Migrate,
    /// Sweep what nothing refers to; what one run finds, a run after as long again removes
    Gc(GcArguments),
    /// Check that every row has its whole bytes, or that nobody changed the audit
    Fsck(FsckArguments),
    /// Note how far the audit goes
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Copy a live installation, consistently, into a new directory
    Backup {
        /// Where to; it must not exist yet, or be empty.
        directory: PathBuf,
    },
    /// Take a live installation to another database and store; a further run brings the copy up to date
    Copy(CopyArguments),
    /// Print the OpenAPI document
    Openapi,
    /// Manage the keys that sign approvals and exports, also beside a running service
    #[command(subcommand)]
    AttestationKey(AttestationKeyCommand),
    /// Check an exported archive, without the service
    Verify {
        /// The archive.
        file: PathBuf,
        /// The keys of whoever made it, as published at /.well-known/assets-keys.json; without, those in the archive are
        /// named and must be compared.
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
    },
    /// Speak MCP on standard input and output, for the service at ASSETS_URL with the key in ASSETS_API_KEY
    Mcp,
    /// Fill a workspace with real sample assets of every type in every status
    Demo {
        /// Which workspace.
        #[arg(long, default_value = "default")]
        workspace: WorkspaceName,
    },
}

/// Each side is what its flags name and nothing else; what they leave open lies in the data directory.
#[derive(Args)]
pub(crate) struct CopyArguments {
    /// The database to copy to: sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE. In the environment, unlike here,
    /// nobody else on the machine can read the password.
    #[arg(long, value_name = "URL", env = "ASSETS_TO_DATABASE_URL", hide_env_values = true)]
    pub(crate) to_database_url: Option<String>,
    /// The content store to copy to: file:DIRECTORY or s3://BUCKET/PREFIX?endpoint=URL&region=NAME.
    #[arg(long, value_name = "URL")]
    pub(crate) to_store_url: Option<String>,
    /// The data directory to copy to, for whichever of the two is not given.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) to_data_dir: Option<PathBuf>,
    /// The database to copy from [without any --from: as the settings say].
    #[arg(long, value_name = "URL", env = "ASSETS_FROM_DATABASE_URL", hide_env_values = true)]
    pub(crate) from_database_url: Option<String>,
    /// The content store to copy from.
    #[arg(long, value_name = "URL")]
    pub(crate) from_store_url: Option<String>,
    /// The data directory to copy from.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) from_data_dir: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum WorkspaceCommand {
    /// Make a tenant
    Create {
        /// 1 to 63 of a-z, 0-9 and -.
        name: WorkspaceName,
    },
    /// List the tenants
    List,
    /// Say how much each tenant has, and how much it may have
    Usage,
    /// Say how much a tenant may have from now on; what is not named stays as it is
    Quota {
        /// Which tenant.
        name: WorkspaceName,
        /// The most bytes of content, or none for no end.
        #[arg(long, value_name = "N|none")]
        bytes: Option<Most>,
        /// The most assets, or none for no end.
        #[arg(long, value_name = "N|none")]
        assets: Option<Most>,
    },
    /// Say for how long a tenant keeps drafts that nobody changes and that were never approved
    Retention {
        /// Which tenant.
        name: WorkspaceName,
        /// For how many days, 1 to 3660, or none for ever.
        #[arg(long, value_name = "DAYS|none")]
        drafts: Most,
    },
}

/// A number, or no end.
#[derive(Clone, Copy)]
pub(crate) struct Most(pub(crate) Option<u64>);

impl std::str::FromStr for Most {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self(None)),
            number => number.parse().map(|most| Self(Some(most))).map_err(|_| "must be a whole number, or none"),
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key and print it, alone, on standard output
    Create(KeyCreate),
    /// List the keys of a workspace
    List {
        /// Which workspace.
        #[arg(long, default_value = "default")]
        workspace: WorkspaceName,
    },
    /// Revoke a key; when this is done, it fails everywhere
    Revoke {
        /// The 8 characters behind tnx_.
        prefix: KeyPrefixArgument,
    },
}

#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Print the policy of a workspace, as JSON
    Show {
        /// Which workspace.
        #[arg(long, default_value = "default")]
        workspace: WorkspaceName,
    },
    /// Change the policy of a workspace, for what is decided from now on, and print it
    Set(PolicySet),
}

#[derive(Args)]
pub(crate) struct PolicySet {
    /// What is to change, as a JSON merge patch: members that are not named stay, null gives the usual back, a list takes the place
    /// of the whole list before; - reads it from standard input. E.g. '{"rules": [{"types": ["video"], "required_approvals": 2}]}'.
    pub(crate) patch: Option<String>,
    /// How many people must approve, 1 to 5.
    #[arg(long, value_parser = quorum)]
    pub(crate) required_approvals: Option<Quorum>,
    /// Whether an author of the bytes may approve them: true or false.
    #[arg(long)]
    pub(crate) allow_self_approval: Option<bool>,
    /// Whether decisions must name the digest they are about: true or false.
    #[arg(long)]
    pub(crate) require_digest: Option<bool>,
    /// Change it only if it is still at this revision.
    #[arg(long, value_name = "REVISION")]
    pub(crate) if_revision: Option<u64>,
    /// Which workspace.
    #[arg(long, default_value = "default")]
    pub(crate) workspace: WorkspaceName,
}

#[derive(Subcommand)]
pub(crate) enum AttestationKeyCommand {
    /// Make a new key, which is made known for ten minutes and then signs; what others signed stays good
    Rotate {
        /// Let it sign at once: for when the one before is in wrong hands. What it signs in the first minutes may be taken for
        /// foreign by whoever looked the keys up before.
        #[arg(long)]
        now: bool,
    },
    /// List the keys by their thumbprints, and from when on each signs
    List,
}

#[derive(Args)]
pub(crate) struct KeyCreate {
    /// Which workspace.
    #[arg(long, default_value = "default")]
    pub(crate) workspace: WorkspaceName,
    /// What it is called; two keys with one name belong to one person.
    #[arg(long)]
    pub(crate) name: KeyName,
    /// What will hold it: agent, person or service.
    #[arg(long, value_parser = kind)]
    pub(crate) kind: KeyKind,
    /// What it may do; repeat for several: assets:read, assets:read:approved, assets:write, assets:approve, admin, *.
    #[arg(long = "scope", required = true, value_parser = scope)]
    pub(crate) scopes: Vec<Scope>,
    /// From when on it is refused, e.g. 2027-01-31T00:00:00Z.
    #[arg(long)]
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

#[derive(Args)]
pub(crate) struct GcArguments {
    /// Leave alone what is younger, and what was found to be nobody's since: a number and s, m, h or d.
    #[arg(long, default_value = "24h", value_parser = duration)]
    pub(crate) older_than: TimeDelta,
}

#[derive(Args)]
pub(crate) struct FsckArguments {
    /// Walk along the audit of every workspace instead, and tell whatever is edited, missing, swapped or cut off.
    #[arg(long)]
    pub(crate) audit: bool,
    /// Checkpoints that were kept elsewhere: lines of them, answers of the service, or a log. May be repeated.
    #[arg(long, value_name = "FILE", requires = "audit")]
    pub(crate) checkpoint: Vec<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Seal everything now, and print a signed checkpoint of every workspace, to be kept elsewhere
    Checkpoint,
}

/// The prefix of a key, checked.
#[derive(Clone)]
pub(crate) struct KeyPrefixArgument(pub(crate) KeyPrefix);

impl std::str::FromStr for KeyPrefixArgument {
    type Err = assets_domain::KeyPrefixError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        KeyPrefix::parse(text).map(Self)
    }
}

fn quorum(text: &str) -> Result<Quorum, String> {
    text.parse().ok().and_then(|people| Quorum::new(people).ok()).ok_or_else(|| assets_domain::QuorumError.to_string())
}

fn kind(text: &str) -> Result<KeyKind, String> {
    KeyKind::parse(text).ok_or_else(|| "must be agent, person or service".to_owned())
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| {
        let all: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        format!("must be one of {}", all.join(", "))
    })
}

/// Reads `90s`, `15m`, `24h` or `7d`.
fn duration(text: &str) -> Result<TimeDelta, String> {
    let wrong = || "must be a number and s, m, h or d, e.g. 24h".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: i64 = text.strip_suffix(unit).and_then(|number| number.parse().ok()).filter(|number| *number >= 0).ok_or_else(wrong)?;
    let delta = match unit {
        's' => TimeDelta::try_seconds(number),
        'm' => TimeDelta::try_minutes(number),
        'h' => TimeDelta::try_hours(number),
        'd' => TimeDelta::try_days(number).filter(|delta| *delta < TimeDelta::days(36_500)),
        _ => None,
    };
    delta.ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn an_age_is_a_number_and_a_unit() {
        assert_eq!(duration("24h"), Ok(TimeDelta::days(1)));
        assert_eq!(duration("0s"), Ok(TimeDelta::zero()));
        for bad in ["", "24", "h", "-1h", "1w", "9999999999999999999d"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
