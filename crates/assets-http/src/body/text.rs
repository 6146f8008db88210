//! Checked text as the document has it, where it stands in lists.

use utoipa::ToSchema;

/// What something is filed under: `namespace:value`, with a lower-case namespace.
#[derive(Debug, ToSchema)]
#[schema(as = Tag, value_type = String, max_length = 128,
    pattern = r"^[a-z0-9_-]{1,32}:[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$", example = "brand:acme")]
#[expect(dead_code, reason = "it documents what the domain reads")]
pub struct TagText(String);

/// Where something is published.
#[derive(Debug, ToSchema)]
#[schema(as = Channel, value_type = String, pattern = "^[a-z0-9._-]{1,64}$", example = "linkedin")]
#[expect(dead_code, reason = "it documents what the domain reads")]
pub struct ChannelText(String);

/// For whom something is published.
#[derive(Debug, ToSchema)]
#[schema(as = Market, value_type = String, pattern = "^[A-Z0-9_-]{1,64}$", example = "US-CA")]
#[expect(dead_code, reason = "it documents what the domain reads")]
pub struct MarketText(String);

/// What somebody's keys are called.
#[derive(Debug, ToSchema)]
#[schema(as = KeyName, value_type = String, min_length = 1, max_length = 100,
    pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$", example = "ann")]
#[expect(dead_code, reason = "it documents what the domain reads")]
pub struct KeyNameText(String);

/// What a campaign, a brand, a brief or a run is called.
#[derive(Debug, ToSchema)]
#[schema(as = Label, value_type = String, min_length = 1, max_length = 200,
    pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$", example = "spring")]
#[expect(dead_code, reason = "it documents what the domain reads")]
pub struct LabelText(String);
