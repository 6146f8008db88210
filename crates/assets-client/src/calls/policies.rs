use crate::{
    Edit, Error, Policy, UpdatePolicy,
    operation::{GET_POLICY, UPDATE_POLICY},
};

group! {
    /// How many people must approve what.
    Policies
}

impl Policies<'_> {
    /// What the workspace asks of its decisions.
    ///
    /// # Errors
    /// It is refused, or the service is not reached.
    pub async fn get(&self) -> Result<Policy, Error> {
        self.0.get(&GET_POLICY, &[]).await
    }

    /// Changes it: for what is decided from now on. Only a person's key can.
    pub fn update(&self, update: &UpdatePolicy) -> Edit<Policy> {
        Edit::of(self.0, &UPDATE_POLICY, &[], update)
    }
}
