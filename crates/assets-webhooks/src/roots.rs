//! Whom TLS trusts.

use rustls::{ClientConfig, RootCertStore, crypto::ring};

/// The authorities that the machine trusts; where it knows none, those that come along with the program.
pub(crate) fn trusting() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    // One that cannot be read is one less.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = std::sync::Arc::new(ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
