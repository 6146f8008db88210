//! The worker that the tests start; with the argument `probe`, one that tries to break out and says what it could do, and with
//! `spin`, one that does not end.

use std::{
    io::Write,
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::net::UnixDatagram,
    process::{Command, ExitCode},
};

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some(assets_render::WORKER_ARGUMENT) => assets_render::work(),
        Some("probe") => said(assets_render::confine(probe)),
        Some("spin") => said(assets_render::confine(|| {
            loop {
                std::hint::spin_loop();
            }
        })),
        Some("swell") => said(assets_render::confine(|| format!("{}", vec![1_u8; 400 << 20].len()))),
        _ => ExitCode::FAILURE,
    }
}

fn said(answer: std::io::Result<String>) -> ExitCode {
    let Ok(answer) = answer else { return ExitCode::from(70) };
    if std::io::stdout().write_all(answer.as_bytes()).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What could be done of what may not.
fn probe() -> String {
    let tried = [
        ("listen", TcpListener::bind("127.0.0.1:0").is_ok()),
        ("connect", TcpStream::connect("127.0.0.1:22").is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)),
        ("datagram", UdpSocket::bind("127.0.0.1:0").is_ok()),
        ("local", UnixDatagram::unbound().is_ok()),
        ("start", Command::new("/bin/true").status().is_ok()),
        ("thread", std::thread::Builder::new().spawn(|| ()).is_ok()),
        ("read", std::fs::read("/etc/passwd").is_ok()),
        ("leave", std::fs::write("../left-behind", "x").is_ok()),
        ("lead", std::os::unix::fs::symlink("/etc/passwd", "away").is_ok()),
        ("write", std::fs::write("own", "x").is_ok()),
    ];
    tried.into_iter().filter(|(_, could)| *could).map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}
