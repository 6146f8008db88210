//! The tools, in the order in which they are listed: the one table of what there is.

mod decide;
mod read;
mod write;

use crate::tool::Tool;

/// Every tool.
pub(crate) fn all() -> Vec<Tool> {
    [read::tools(), write::tools(), decide::tools()].into_iter().flatten().collect()
}
