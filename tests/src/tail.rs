//! The feed as it comes, read line by line.

use serde_json::Value;

/// A stream of events that is open.
#[derive(Debug)]
pub struct Tail {
    answer: reqwest::Response,
    begun: Vec<u8>,
}

/// What stands between two empty lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Up to where the reader has everything.
    pub id: Option<u64>,
    /// The type of the event.
    pub event: Option<String>,
    /// The event.
    pub data: Option<Value>,
    /// For how long to wait before coming again.
    pub retry: Option<u64>,
    /// Whether there is a comment.
    pub is_alive: bool,
}

impl Tail {
    pub(crate) const fn of(answer: reqwest::Response) -> Self {
        Self { answer, begun: Vec::new() }
    }

    /// A header of the answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// What comes next, event or not; `None` once the stream has ended, however it did.
    pub async fn told(&mut self) -> Option<Told> {
        loop {
            if let Some(end) = self.begun.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = self.begun.drain(..end + 2).collect();
                return Some(read(std::str::from_utf8(&block).unwrap()));
            }
            let piece = self.answer.chunk().await.ok().flatten()?;
            self.begun.extend_from_slice(&piece);
        }
    }

    /// The next event; `None` once the stream has ended.
    pub async fn event(&mut self) -> Option<Value> {
        loop {
            let told = self.told().await?;
            if let Some(data) = told.data {
                assert_eq!(told.id, data.get("sequence").and_then(Value::as_u64), "the id is the number");
                assert_eq!(told.event.as_deref(), data.get("type").and_then(Value::as_str), "the event is the type");
                return Some(data);
            }
        }
    }

    /// The next so many events.
    pub async fn events(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::with_capacity(count);
        while events.len() < count {
            events.push(self.event().await.unwrap_or_else(|| panic!("the stream ended behind {events:?}")));
        }
        events
    }
}

fn read(block: &str) -> Told {
    let mut told = Told::default();
    for line in block.lines().filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap();
        let value = value.trim_start();
        match name {
            "" => told.is_alive = true,
            "id" => told.id = Some(value.parse().unwrap()),
            "event" => told.event = Some(value.to_owned()),
            "data" => told.data = Some(serde_json::from_str(value).unwrap()),
            "retry" => told.retry = Some(value.parse().unwrap()),
            other => panic!("what is {other}? {block}"),
        }
    }
    told
}
