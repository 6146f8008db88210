//! What is to be known to decide about assets: one statement, for one of them as for many.

use assets_domain::{Actor, AssetId, KeyPrefix, Policy, View, WorkspaceId, ports::Case};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::{Database, error::Fault, listing::code, scope::Scope, snapshot};

/// How many assets one statement asks for. It is padded to one of these, so that there are few statements to prepare.
const SIZES: [usize; 4] = [1, 8, 64, 512];

/// A row of the working view has the digest of the latest version, and by whose keys it was approved so far: those of four people
/// at most, since a fifth is enough whatever is asked for.
const CASES: &str = "SELECT l.body, w.policy, \
    EXISTS (SELECT 1 FROM authors a WHERE a.workspace_id = l.workspace_id AND a.asset_id = l.asset_id AND a.digest = l.digest \
        AND (a.key_prefix = $3 OR a.name_folded = $4)), \
    CASE WHEN l.approvers IS NOT NULL THEN \
        (SELECT string_agg(k.prefix, ',') FROM keys k WHERE k.revoked_at IS NOT NULL AND k.workspace_id = l.workspace_id AND k.prefix IN \
         (substr(l.approvers, 1, 8), substr(l.approvers, 10, 8), substr(l.approvers, 19, 8), substr(l.approvers, 28, 8))) END \
    FROM listing l JOIN workspaces w ON w.id = l.workspace_id \
    WHERE l.workspace_id = $1 AND l.view = $2 AND l.asset_id IN ";

impl Database {
    pub(crate) async fn find_cases(&self, workspace: WorkspaceId, ids: &[AssetId], actor: &Actor) -> Result<Vec<Case>, Fault> {
        let mut cases: Vec<Case> = Vec::with_capacity(ids.len());
        let mut policies = Policies::default();
        let [.., most] = SIZES;
        for ids in ids.chunks(most) {
            let statement = self.asking_for(workspace, ids, actor);
            for row in self.read(Scope::Tenant(workspace)).query_all_raw(statement).await? {
                cases.push(case(workspace, &row, &mut policies)?);
            }
        }
        Ok(cases)
    }

    fn asking_for(&self, workspace: WorkspaceId, ids: &[AssetId], actor: &Actor) -> Statement {
        let size = SIZES.into_iter().find(|size| *size >= ids.len()).unwrap_or(ids.len());
        let mut values: Vec<Value> =
            vec![workspace.as_uuid().into(), code(View::Working).into(), actor.key_prefix.as_str().into(), actor.name.folded().into()];
        let first = values.len() + 1;
        values.extend(ids.iter().cycle().take(size).map(|id| Value::from(id.as_uuid())));
        let places: Vec<String> = (first..first + size).map(|place| format!("${place}")).collect();
        Statement::from_sql_and_values(self.backend(), format!("{CASES}({})", places.join(",")), values)
    }
}

/// The policy that was read last: of a workspace there is one, unless it changes meanwhile.
#[derive(Default)]
struct Policies {
    last: Option<(String, Policy)>,
}

impl Policies {
    fn read(&mut self, text: String) -> Result<Policy, Fault> {
        match &self.last {
            Some((known, policy)) if *known == text => Ok(policy.clone()),
            _ => {
                let policy: Policy = serde_json::from_str(&text)?;
                self.last = Some((text, policy.clone()));
                Ok(policy)
            }
        }
    }
}

fn case(workspace: WorkspaceId, row: &QueryResult, policies: &mut Policies) -> Result<Case, Fault> {
    let body: String = row.try_get_by_index(0)?;
    let revoked: Option<String> = row.try_get_by_index(3)?;
    let revoked = revoked.iter().flat_map(|prefixes| prefixes.split(',')).map(KeyPrefix::parse);
    Ok(Case {
        asset: snapshot::read(workspace, &body)?,
        policy: policies.read(row.try_get_by_index(1)?)?,
        by_author: row.try_get_by_index(2)?,
        revoked: revoked.collect::<Result<_, _>>().map_err(Fault::row)?,
    })
}
