use utoipa::ToSchema;

/// Bytes as they are, in no other form.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it documents what is sent and received as it is")]
pub struct BinaryBody(Vec<u8>);
