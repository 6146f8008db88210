use assets_domain::{
    AssetType, Facts, MediaType, SearchText,
    ports::{Breakage, Measured, MediaInspector, RandomRead, Unfit},
};
use async_trait::async_trait;

/// Believes what it is told: content is of its declared media type, or else of the first that its asset may have.
///
/// It counts the words of text and measures nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainInspector;

#[async_trait]
impl MediaInspector for PlainInspector {
    fn sniff(&self, asset_type: AssetType, declared: Option<MediaType>, _head: &[u8]) -> Result<MediaType, Unfit> {
        let media_type = declared.unwrap_or(asset_type.media_types()[0]);
        if asset_type.takes(media_type) { Ok(media_type) } else { Err(Unfit::Type { asset_type, found: media_type.as_str().to_owned() }) }
    }

    async fn measure(
        &self,
        asset_type: AssetType,
        media_type: MediaType,
        content: &dyn RandomRead,
    ) -> Result<Result<Measured, Unfit>, Breakage> {
        if !media_type.is_text() {
            return Ok(Ok(Measured::default()));
        }
        let bytes = content.read(0..content.size_bytes()).await?;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return Ok(Err(Unfit::Malformed("the text is not UTF-8".into())));
        };
        let words = text.split_whitespace().count().try_into().ok();
        let searched = if asset_type.is_searched_by_text() { SearchText::of(text) } else { SearchText::default() };
        Ok(Ok(Measured { facts: Facts { words, ..Facts::default() }, text: searched }))
    }
}
