//! The programs that help, where they are installed.

use std::path::{Path, PathBuf};

use assets_domain::ports::Tool;

/// Where programs are installed that the walls let run.
pub(crate) const INSTALLED: [&str; 4] = ["/usr", "/lib", "/lib64", "/bin"];

/// Which of the programs that help are at hand, and where.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    ffmpeg: Option<PathBuf>,
    soffice: Option<PathBuf>,
}

impl Tools {
    /// Looks in the folders of a `PATH`, in their order. What is not installed below `/usr` is passed over: it could not run.
    /// Without the path of a folder from the root, a folder is passed over: what
    /// would be started depends on where the service stands.
    #[must_use]
    pub fn find(path_env: &str) -> Self {
        let find = |names: &[&str]| {
            let folders = || path_env.split(':').map(Path::new).filter(|folder| folder.is_absolute());
            names.iter().find_map(|name| folders().map(|folder| folder.join(name)).find(|program| is_program(program) && may_run(program)))
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

/// Whether the walls let a program run that lies there, wherever links to it are.
fn may_run(program: &Path) -> bool {
    !cfg!(target_os = "linux") || program.canonicalize().is_ok_and(|program| INSTALLED.iter().any(|folder| program.starts_with(folder)))
}

fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_program_is_found_where_it_is_installed_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("ffmpeg");
        std::fs::write(&program, "").unwrap();
        let path = format!("relative:/nowhere:{}", folder.path().display());
        assert!(!is_program(&program), "it cannot be executed");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(is_program(&program));
        let found = if cfg!(target_os = "linux") { None } else { Some(program.as_path()) };
        assert_eq!(Tools::find(&path).program(Tool::Ffmpeg), found, "the walls would not let it run");
        assert!(may_run(Path::new("/bin/sh")) && is_program(Path::new("/bin/sh")));
        assert_eq!(Tools::none().program(Tool::Ffmpeg), None);
    }
}
