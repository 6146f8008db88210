//! The half that runs in the service: it copies, starts, waits, and hands on.

mod bench;
mod child;
mod helpers;
mod portion;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use assets_domain::{
    AssetType, MediaType, Variant,
    ports::{Breakage, RandomRead, RenderOrder, Renderer, Rendering, Shortfall, Tool},
};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use crate::{
    Tools,
    job::{Answer, CONTENT, DECK, Job, PRINT, companions},
};
use bench::Bench;
use child::Ending;
use portion::Portion;

/// How many jobs are at work at once.
const SEATS: usize = 2;
/// For how long somebody who sends a PDF waits for a seat.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes the orders, and has them carried out in children that are walled in.
pub struct Workshop {
    program: PathBuf,
    scratch: PathBuf,
    tools: Tools,
    seats: Semaphore,
    /// Whoever sends a PDF waits for its pages: not behind all that is drawn.
    counting_seats: Semaphore,
    /// The cards that say nothing, by their longest side.
    nothing: Mutex<HashMap<u32, Bytes>>,
}

/// What came of an attempt: what was made, or why nothing was.
type Attempt = Result<Vec<Variant>, Shortfall>;

impl Workshop {
    /// Starts `program` with [`WORKER_ARGUMENT`](crate::WORKER_ARGUMENT) for each job, in a folder of its own in `scratch`, which must
    /// be there and must have room for the largest content that is looked at, twice.
    #[must_use]
    pub fn new(program: PathBuf, scratch: PathBuf, tools: Tools) -> Self {
        Self { program, scratch, tools, seats: Semaphore::new(SEATS), counting_seats: Semaphore::new(SEATS), nothing: Mutex::default() }
    }

    /// Removes what processes that were killed more than an hour ago left in the scratch folder.
    pub fn clear(&self) {
        bench::clear(&self.scratch);
    }

    /// How many pages a PDF has; `None` if that cannot be made out in two seconds, or so many wait that its turn does not come.
    ///
    /// # Errors
    /// The content cannot be read; no child can be started.
    pub async fn pages(&self, content: &dyn RandomRead) -> Result<Option<u32>, Breakage> {
        let Some(portion) = Portion::of(MediaType::Pdf, content.size_bytes()) else { return Ok(None) };
        let Ok(seat) = timeout(PATIENCE, self.counting_seats.acquire()).await else { return Ok(None) };
        let _seat = seat.map_err(|closed| Breakage::Unavailable(Box::new(closed)))?;
        let bench = Bench::new(&self.scratch)?;
        bench.lay(CONTENT, portion, content).await?;
        Ok(match self.ask(&bench, Job::Pages).await? {
            Ok(Answer::Pages(pages)) => Some(pages),
            _ => None,
        })
    }

    async fn seat(&self) -> Result<SemaphorePermit<'_>, Breakage> {
        self.seats.acquire().await.map_err(|closed| Breakage::Unavailable(Box::new(closed)))
    }

    /// Has a pure job done.
    async fn ask(&self, bench: &Bench, job: Job) -> Result<Result<Answer, Shortfall>, Breakage> {
        Ok(match child::run(&self.program, bench, job).await? {
            Ending::Done(said) => serde_json::from_slice(&said).map_err(|_| Shortfall::Unreadable),
            Ending::Failed => Err(Shortfall::Unreadable),
            Ending::Stopped => Err(Shortfall::TooSlow),
        })
    }

    /// Has something drawn.
    async fn draw(&self, bench: &Bench, job: Job) -> Result<Attempt, Breakage> {
        Ok(match self.ask(bench, job).await? {
            Ok(Answer::Made(names)) => Ok(names.iter().filter_map(|name| Variant::parse(name)).filter(|made| bench.holds(*made)).collect()),
            Ok(Answer::Short(name)) => Err(Shortfall::parse(&name).unwrap_or(Shortfall::Unreadable)),
            Ok(Answer::Pages(_)) => Err(Shortfall::Unreadable),
            Err(shortfall) => Err(shortfall),
        })
    }

    async fn attempt(&self, order: RenderOrder, content: &dyn RandomRead, bench: &Bench) -> Result<Attempt, Breakage> {
        let is_moving = matches!(order.media_type, MediaType::Avif | MediaType::Mp4 | MediaType::Webm | MediaType::QuickTime);
        // The page around what has pictures is composed elsewhere, from the pictures.
        let is_pictured = matches!(order.asset_type, AssetType::Image | AssetType::Slide | AssetType::Video);
        if (is_pictured && order.variant == Variant::Page) || (is_moving && !Variant::PICTURES.contains(&order.variant)) {
            return Ok(Err(Shortfall::Unreadable));
        }
        let Some(portion) = Portion::of(order.media_type, content.size_bytes()) else { return Ok(Err(Shortfall::TooLarge)) };
        if is_moving {
            let Some(ffmpeg) = self.tools.program(Tool::Ffmpeg) else { return Ok(Err(Shortfall::Needs(Tool::Ffmpeg))) };
            bench.lay(CONTENT, portion, content).await?;
            return match helpers::take_frame(&self.program, ffmpeg, bench, order.media_type).await? {
                Ok(()) => self.draw(bench, Job::DrawFrame(order.into())).await,
                Err(shortfall) => Ok(Err(shortfall)),
            };
        }
        let office =
            self.tools.program(Tool::LibreOffice).filter(|_| order.media_type == MediaType::Pptx && order.variant != Variant::Text);
        let Some(office) = office else {
            bench.lay(CONTENT, portion, content).await?;
            return self.draw(bench, Job::Draw(order.into())).await;
        };
        bench.lay(DECK, portion, content).await?;
        if let Err(shortfall) = helpers::print_deck(&self.program, office, bench).await? {
            return Ok(Err(shortfall));
        }
        bench.rename(DECK, CONTENT)?;
        let printed = self.draw(bench, Job::DrawPrint(order.into())).await;
        bench.remove(PRINT);
        printed
    }

    /// What was made of an order, with cards in place of what was not.
    async fn fill(&self, order: RenderOrder, attempt: Attempt, bench: Bench) -> Result<Vec<Rendering>, Breakage> {
        let (mut made, shortfall) = match attempt {
            Ok(made) if made.contains(&order.variant) => return Ok(bench.hand_over(&made, &[], None)),
            // Others were made, but not this: the deck has no such slide, or time was up before it.
            Ok(made) => (made, Shortfall::Unreadable),
            Err(shortfall) => (Vec::new(), shortfall),
        };
        // Cards are made together, and what a child that was stopped left half done makes room for them.
        made.retain(|variant| !companions(order.variant).contains(variant));
        companions(order.variant).into_iter().for_each(|variant| bench.remove(&variant.to_string()));
        let cards = self.draw(&bench, Job::Card(order.into(), shortfall.as_str().to_owned())).await?;
        match cards {
            Ok(cards) if cards.contains(&order.variant) => Ok(bench.hand_over(&made, &cards, Some(shortfall))),
            _ => Err(Breakage::Unavailable("a card could not be drawn".into())),
        }
    }
}

#[async_trait]
impl Renderer for Workshop {
    fn edition(&self) -> i32 {
        1
    }

    fn has(&self, tool: Tool) -> bool {
        self.tools.program(tool).is_some()
    }

    async fn render(&self, order: RenderOrder, content: &dyn RandomRead) -> Result<Vec<Rendering>, Breakage> {
        if order.variant == Variant::Original {
            return Err(Breakage::Failed("the original is not made, it is there".into()));
        }
        let _seat = self.seat().await?;
        let bench = Bench::new(&self.scratch)?;
        let attempt = self.attempt(order, content, &bench).await?;
        self.fill(order, attempt, bench).await
    }

    async fn nothing(&self, variant: Variant) -> Result<Bytes, Breakage> {
        let side = variant.longest_side().unwrap_or(1600);
        let known = self.nothing.lock().unwrap_or_else(PoisonError::into_inner).get(&side).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let variant = Variant::PICTURES.into_iter().find(|picture| picture.longest_side() == Some(side)).unwrap_or(Variant::Large);
        // It takes no seat: nobody's content is looked at, and it is drawn once for each size.
        let bench = Bench::new(&self.scratch)?;
        let made = self.draw(&bench, Job::Nothing(variant.to_string())).await?;
        if made.is_err() {
            return Err(Breakage::Unavailable("a card could not be drawn".into()));
        }
        let card = bench.read(variant)?;
        self.nothing.lock().unwrap_or_else(PoisonError::into_inner).insert(side, card.clone());
        Ok(card)
    }
}

impl std::fmt::Debug for Workshop {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Workshop").field("program", &self.program).field("tools", &self.tools).finish_non_exhaustive()
    }
}

/// What broke in the folder of a job.
fn broken(error: std::io::Error) -> Breakage {
    if error.kind() == std::io::ErrorKind::StorageFull { Breakage::Full(Box::new(error)) } else { Breakage::Unavailable(Box::new(error)) }
}

/// The folder of a job, kept until the last of what lies in it was read.
type Folder = Arc<tempfile::TempDir>;
