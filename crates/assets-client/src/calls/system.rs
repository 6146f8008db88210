use crate::{
    Error, Health,
    operation::{HEALTHZ, READYZ},
};

group! {
    /// The service itself.
    System
}

impl System<'_> {
    /// That its process is alive.
    ///
    /// # Errors
    /// It is not.
    pub async fn alive(&self) -> Result<Health, Error> {
        self.0.get(&HEALTHZ, &[]).await
    }

    /// That it can do its work: database and store answer.
    ///
    /// # Errors
    /// It cannot.
    pub async fn ready(&self) -> Result<Health, Error> {
        self.0.get(&READYZ, &[]).await
    }
}
