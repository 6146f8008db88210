use crate::{
    ApiKeyList, Call, CreatedApiKey, Error, NewApiKey, Whoami,
    operation::{CREATE_API_KEY, LIST_API_KEYS, REVOKE_API_KEY, WHOAMI},
};

group! {
    /// Who may do what.
    Keys
}

impl Keys<'_> {
    /// Makes a key, which is shown this once.
    pub fn create(&self, key: &NewApiKey) -> Call<CreatedApiKey> {
        Call::of(self.0, &CREATE_API_KEY, &[], key)
    }

    /// Every key of the workspace.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn list(&self) -> Result<ApiKeyList, Error> {
        self.0.get(&LIST_API_KEYS, &[]).await
    }

    /// Revokes a key, by its prefix.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn revoke(&self, prefix: &str) -> Result<(), Error> {
        self.0.delete(&REVOKE_API_KEY, &[prefix]).await
    }

    /// Whose key this is.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn whoami(&self) -> Result<Whoami, Error> {
        self.0.get(&WHOAMI, &[]).await
    }
}
