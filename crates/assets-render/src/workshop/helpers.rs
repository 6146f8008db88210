//! What is asked of the programs that help.

use std::path::Path;

use assets_domain::{
    MediaType,
    ports::{Breakage, Shortfall},
};

use super::{Bench, Ending, child};
use crate::job::{CONTENT, DECK, FRAME, Job, PRINT};

/// Has ffmpeg take a frame: the one after a second, since many begin black, or else the first.
pub(super) async fn take_frame(
    worker: &Path,
    ffmpeg: &Path,
    bench: &Bench,
    media_type: MediaType,
) -> Result<Result<(), Shortfall>, Breakage> {
    let starts: &[&str] = if media_type == MediaType::Avif { &["0"] } else { &["1", "0"] };
    let mut shortfall = Shortfall::Unreadable;
    for start in starts {
        let job = Job::Ffmpeg(ffmpeg.to_owned(), frame_arguments(start));
        shortfall = match child::run(worker, bench, job).await? {
            Ending::Stopped => Shortfall::TooSlow,
            Ending::Done(_) if bench.has(FRAME) => return Ok(Ok(())),
            Ending::Done(_) | Ending::Failed => Shortfall::Unreadable,
        };
        bench.remove(FRAME);
    }
    Ok(Err(shortfall))
}

/// Only what is a movie by its own bytes is read, and only from this file: a playlist could name others.
fn frame_arguments(start: &str) -> Vec<String> {
    let fit = "scale=w='iw*sar':h=ih,setsar=1,scale=w='min(1600,iw)':h='min(1600,ih)':force_original_aspect_ratio=decrease";
    let input =
        ["-nostdin", "-v", "error", "-threads", "1", "-protocol_whitelist", "file", "-format_whitelist", MOVIES, "-max_pixels", "67108864"];
    let output =
        ["-ss", start, "-i", CONTENT, "-map", "0:v:0", "-frames:v", "1", "-vf", fit, "-threads", "1", "-f", "image2", "-c:v", "png", FRAME];
    input.into_iter().chain(output).map(str::to_owned).collect()
}

/// What ffmpeg calls the kinds of movie that are taken.
const MOVIES: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avif";

/// Has LibreOffice print a deck.
pub(super) async fn print_deck(worker: &Path, office: &Path, bench: &Bench) -> Result<Result<(), Shortfall>, Breakage> {
    let job = Job::LibreOffice(office.to_owned(), print_arguments(bench.path()));
    Ok(match child::run(worker, bench, job).await? {
        Ending::Stopped => Err(Shortfall::TooSlow),
        Ending::Done(_) if bench.has(PRINT) => Ok(()),
        Ending::Done(_) | Ending::Failed => Err(Shortfall::Unreadable),
    })
}

fn print_arguments(folder: &Path) -> Vec<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let address: String = folder.as_os_str().as_encoded_bytes().iter().copied().map(escape).collect();
    let before = ["--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"].map(str::to_owned);
    let after = ["--convert-to", "pdf", "--outdir", ".", DECK].map(str::to_owned);
    before.into_iter().chain([format!("-env:UserInstallation=file://{address}/profile")]).chain(after).collect()
}
