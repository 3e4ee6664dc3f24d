//! What is to happen on a day: made from a seed before it begins, and the same for the same seed.

/// Steps of a day.
const STEPS: usize = 1_200;

/// A step. Numbers pick from what is there when its turn comes.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    GuestSays(usize, usize),
    /// One of the guest's own messages goes out once more, as after a lost acknowledgement.
    GuestResends(usize, usize),
    GuestReads(usize, usize),
    GuestRates(usize, usize),
    /// A staff screen opens a conversation.
    Looks(usize, usize),
    Claims(usize, usize),
    TakesOver(usize, usize),
    Releases(usize, usize),
    Transfers(usize, usize, usize),
    Resolves(usize, usize),
    Reopens(usize, usize),
    Answers(usize, usize),
    /// As if a second window were behind: with an older epoch, or without having seen the last entries.
    AnswersBlind(usize, usize, i64),
    Notes(usize, usize),
    StaffReads(usize, usize),
    /// All staff screens reach for the same conversation at once.
    Race(usize),
    /// A screen asks for a conversation that is none of its reader's.
    Strays(usize, usize),
    /// A screen reads all that has come for it.
    Listens(usize),
    Cut(usize),
    Kill,
    /// Somebody loses a hotel, or is given it (back).
    Role(usize, usize, bool),
}

/// Numbers from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below as u64) as usize
    }
}

/// The day of a seed.
pub fn plan(seed: u64) -> Vec<Step> {
    let mut dice = Dice(seed);
    let mut steps = Vec::with_capacity(STEPS);
    for n in 0..STEPS {
        let (a, b, c) = (dice.roll(1_000), dice.roll(1_000), dice.roll(1_000));
        steps.push(match dice.roll(100) {
            _ if n == STEPS / 3 || n == 2 * STEPS / 3 => Step::Kill,
            0..22 => Step::GuestSays(a, b),
            22..26 => Step::GuestResends(a, b),
            26..30 => Step::GuestReads(a, b),
            30..32 => Step::GuestRates(a, b),
            32..40 => Step::Looks(a, b),
            40..47 => Step::Claims(a, b),
            47..51 => Step::TakesOver(a, b),
            51..54 => Step::Releases(a, b),
            54..57 => Step::Transfers(a, b, c),
            57..60 => Step::Resolves(a, b),
            60..63 => Step::Reopens(a, b),
            63..75 => Step::Answers(a, b),
            75..79 => Step::AnswersBlind(a, b, c as i64 % 3),
            79..83 => Step::Notes(a, b),
            83..86 => Step::StaffReads(a, b),
            86..88 => Step::Race(a),
            88..92 => Step::Listens(a),
            92..95 => Step::Strays(a, b),
            95..98 => Step::Cut(a),
            _ => Step::Role(a, b, c % 3 > 0),
        });
    }
    steps
}
