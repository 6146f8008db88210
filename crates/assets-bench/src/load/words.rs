//! Text that is spread like natural text: few words often, most words seldom.

/// How many words there are.
const VOCABULARY: u64 = 20_000;
/// The weight of the most frequent word; the n-th has one n-th of it (Zipf's law).
const TOP_WEIGHT: u64 = 1_000_000;
const ONSETS: [&str; 16] = ["b", "br", "c", "d", "f", "g", "gr", "l", "m", "n", "p", "pl", "r", "s", "st", "t"];
const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "ai", "ea", "ou"];
const CODAS: [&str; 8] = ["", "n", "r", "l", "s", "t", "nd", "ng"];

/// Numbers that look random and are the same in every run (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound, which is not zero.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// A vocabulary with the weight of each word.
pub(crate) struct Words {
    /// The sum of the weights up to and with each word.
    sums: Vec<u64>,
    words: Vec<String>,
}

impl Words {
    pub(crate) fn new() -> Self {
        let mut sum = 0;
        let sums = (1..=VOCABULARY).map(|rank| {
            sum += TOP_WEIGHT / rank;
            sum
        });
        Self { sums: sums.collect(), words: (0..VOCABULARY).map(spelled).collect() }
    }

    /// The word of a rank, the most frequent being 0.
    pub(crate) fn of_rank(&self, rank: usize) -> &str {
        self.words.get(rank).map_or("word", String::as_str)
    }

    fn any(&self, dice: &mut Dice) -> &str {
        let weight = dice.below(self.sums.last().copied().unwrap_or(1));
        self.of_rank(self.sums.partition_point(|sum| *sum <= weight))
    }

    /// So many words in a row.
    pub(crate) fn text(&self, dice: &mut Dice, count: usize) -> String {
        (0..count).map(|_| self.any(dice)).collect::<Vec<_>>().join(" ")
    }
}

/// A word for each number below 16 × 8 × 8 × 16 × 8 × 8: two syllables, the frequent ones only one.
fn spelled(rank: u64) -> String {
    let syllable = |number: u64| {
        let pick = |from: &[&'static str], number: u64| -> &'static str {
            let place = usize::try_from(number).unwrap_or(0) % from.len().max(1);
            from.get(place).copied().unwrap_or_default()
        };
        format!("{}{}{}", pick(&ONSETS, number), pick(&VOWELS, number / 16), pick(&CODAS, number / 128))
    };
    if rank < 1024 { syllable(rank) } else { format!("{}{}", syllable(rank % 1024), syllable(rank / 1024 * 37 % 1024)) }
}
