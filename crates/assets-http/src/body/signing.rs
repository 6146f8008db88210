use utoipa::ToSchema;

/// The keys by which an installation signs: a JWK Set (RFC 7517).
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents what the notary writes")]
pub struct SigningKeys {
    /// The first signs now.
    keys: Vec<SigningKey>,
}

/// The public half of a key that signs: a JWK (RFC 8037).
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents what the notary writes")]
pub struct SigningKey {
    /// The kind of key.
    #[schema(example = "OKP")]
    kty: String,
    /// The curve.
    #[schema(example = "Ed25519")]
    crv: String,
    /// What it signs by.
    #[schema(example = "EdDSA")]
    alg: String,
    /// What it is for.
    #[schema(rename = "use", example = "sig")]
    purpose: String,
    /// How signatures name it: its thumbprint (RFC 7638).
    kid: String,
    /// The key itself, in base64url.
    x: String,
}
