use std::sync::atomic::{AtomicU32, Ordering};

use assets_domain::{
    Digest, KeyPrefix,
    ports::{KeyMint, MintedKey, PresentedKey},
};

/// Makes the same keys in every run: `tnx_K0000001_secret`, `tnx_K0000002_secret` and so on. They protect nothing.
#[derive(Debug, Default)]
pub struct TestMint {
    minted: AtomicU32,
}

impl KeyMint for TestMint {
    fn mint(&self) -> MintedKey {
        let place = self.minted.fetch_add(1, Ordering::Relaxed) + 1;
        let prefix = KeyPrefix::parse(format!("K{place:07}")).expect("8 letters and digits");
        let key = format!("tnx_{prefix}_secret");
        MintedKey { prefix, mac: mac(&key), key }
    }

    fn read(&self, presented: &str) -> Option<PresentedKey> {
        let (prefix, _secret) = presented.strip_prefix("tnx_")?.split_once('_')?;
        Some(PresentedKey { prefix: KeyPrefix::parse(prefix).ok()?, mac: mac(presented) })
    }

    fn matches(&self, kept: Option<&[u8; 32]>, presented: &PresentedKey) -> bool {
        kept == Some(&presented.mac)
    }
}

fn mac(key: &str) -> [u8; 32] {
    *Digest::of(key.as_bytes()).as_bytes()
}
