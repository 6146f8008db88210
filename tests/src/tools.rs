use std::path::{Path, PathBuf};

/// Where `just setup` puts what others made: clients, and what makes them.
pub fn tools() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "where the tools are depends on the machine")]
    let (cache, home) = (std::env::var_os("ASSETS_CI_CACHE"), std::env::var_os("HOME").unwrap());
    cache.map_or_else(|| Path::new(&home).join(".cache/assets-ci"), Into::into).join("tools")
}
