use assets_domain::{
    Checkpoint, Digest, Endorsement, Export, Release,
    ports::{Breakage, Exhibit, Notary},
};

/// Writes down in plain words what is approved and what leaves, and signs nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainNotary;

impl Notary for PlainNotary {
    fn attest(&self, endorsement: &Endorsement<'_>) -> Result<String, Breakage> {
        let Endorsement { asset, version, decision, .. } = endorsement;
        Ok(format!("{} approved version {} of {asset}: {}", decision.by.name, version.number, version.content.digest))
    }

    fn ticket(&self, release: &Release) -> Result<String, Breakage> {
        Ok(format!("{} for {}", release.digest, release.channel))
    }

    fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<String, Breakage> {
        let Checkpoint { workspace, sequence, hash, at } = checkpoint;
        Ok(format!("{workspace}:{sequence}:{hash}:{}", at.timestamp()))
    }

    fn manifest_head(&self, export: &Export) -> Result<String, Breakage> {
        Ok(format!("{} members\n", export.count))
    }

    fn manifest_entry(&self, exhibit: &Exhibit) -> Result<String, Breakage> {
        Ok(format!("{} {}", exhibit.member.name, exhibit.version.content.digest))
    }

    fn manifest_tail(&self) -> String {
        "\n".to_owned()
    }

    fn public_keys(&self) -> Result<String, Breakage> {
        Ok("none\n".to_owned())
    }

    fn readme(&self, export: &Export) -> String {
        format!("An export of {} members.\n", export.count)
    }

    fn seal(&self, export: &Export, sums: &Digest) -> Result<String, Breakage> {
        Ok(format!("{} {sums}", export.id))
    }
}
