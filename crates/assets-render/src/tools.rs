//! The programs that help, where they are installed.

use std::path::{Path, PathBuf};

use assets_domain::ports::Tool;

/// Which of the programs that help are at hand, and where.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    ffmpeg: Option<PathBuf>,
    soffice: Option<PathBuf>,
}

impl Tools {
    /// Looks in the folders of a `PATH`, in their order. Without the path of a folder from the root, a folder is passed over: what
    /// would be started depends on where the service stands.
    #[must_use]
    pub fn find(path_env: &str) -> Self {
        let find = |names: &[&str]| {
            let folders = || path_env.split(':').map(Path::new).filter(|folder| folder.is_absolute());
            names.iter().find_map(|name| folders().map(|folder| folder.join(name)).find(|program| is_program(program)))
        };
        Self { ffmpeg: find(&["ffmpeg"]), soffice: find(&["soffice", "libreoffice"]) }
    }

    /// No programs at all.
    #[must_use]
    pub const fn none() -> Self {
        Self { ffmpeg: None, soffice: None }
    }

    pub(crate) fn program(&self, tool: Tool) -> Option<&Path> {
        match tool {
            Tool::Ffmpeg => self.ffmpeg.as_deref(),
            Tool::LibreOffice => self.soffice.as_deref(),
        }
    }
}

fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_program_is_found_in_the_first_folder_that_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("ffmpeg");
        std::fs::write(&program, "").unwrap();
        let path = format!("relative:/nowhere:{}", folder.path().display());
        assert_eq!(Tools::find(&path).program(Tool::Ffmpeg), None, "it cannot be executed");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(Tools::find(&path).program(Tool::Ffmpeg), Some(program.as_path()));
        assert_eq!(Tools::find(&path).program(Tool::LibreOffice), None);
        assert_eq!(Tools::none().program(Tool::Ffmpeg), None);
    }
}
