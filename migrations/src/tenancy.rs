//! The second wall between tenants, on PostgreSQL: row-level security.

/// The setting that says whose rows a transaction may touch: a workspace's UUID, or [`EVERY`]. Where it is not set,
/// every statement on a walled table fails; nothing is passed over in silence.
pub const SETTING: &str = "assets.workspace";

/// All rows, for the work of the installation itself.
pub const EVERY: &str = "*";

/// What row-level security asks of every row. Both questions about the setting are asked once a statement, not once a row.
pub(crate) fn wall(table: &str) -> String {
    let allowed = format!(
        "workspace_id = (SELECT NULLIF(current_setting('{SETTING}'), '{EVERY}')::uuid) \
         OR (SELECT current_setting('{SETTING}') = '{EVERY}')"
    );
    format!(
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; \
         CREATE POLICY tenant ON {table} USING ({allowed})"
    )
}
