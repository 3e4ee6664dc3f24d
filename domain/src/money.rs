//! Money: whole minor units of a currency (ISO 4217), never a fraction of one and never a float.
//!
//! In: what somebody typed, a currency's code. Out: an amount that is exact. Never: a conversion; amounts of
//! different currencies are not compared.

use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, fmt, str::FromStr};

/// A currency of ISO 4217: its place among [`CODES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(u8);

/// How many digits a currency's minor unit has, where it is not two.
const DIGITS: [(&str, u32); 24] = [
    ("BIF", 0),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("ISK", 0),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("PYG", 0),
    ("RWF", 0),
    ("UGX", 0),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
    ("BHD", 3),
    ("IQD", 3),
    ("JOD", 3),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("TND", 3),
    ("UYI", 0),
];

/// Codes in circulation, as of ISO 4217 amendment 176: no funds, no metals, no test codes.
const CODES: [&str; 156] = [
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF",
    "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY", "COP",
    "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP",
    "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD",
    "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK",
    "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR",
    "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP",
    "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP",
    "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD",
    "TWD", "TZS", "UAH", "UGX", "USD", "UYI", "UYU", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF", "XCD",
    "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW",
];

impl Currency {
    pub fn code(self) -> &'static str {
        CODES.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// Digits behind the point: 0, 2 or 3.
    pub fn digits(self) -> u32 {
        DIGITS.iter().find(|(code, _)| *code == self.code()).map_or(2, |(_, digits)| *digits)
    }
}

impl FromStr for Currency {
    type Err = NoMoney;

    fn from_str(code: &str) -> Result<Self, NoMoney> {
        let code = code.trim().to_ascii_uppercase();
        CODES.iter().position(|known| *known == code).map(|at| Currency(at as u8)).ok_or(NoMoney::Currency)
    }
}

impl TryFrom<String> for Currency {
    type Error = NoMoney;

    fn try_from(code: String) -> Result<Self, NoMoney> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

/// So much of a currency: above nothing, at most [`Amount::MOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Told")]
pub struct Amount {
    /// In the currency's smallest unit.
    pub minor: i64,
    pub currency: Currency,
}

/// An amount as somebody says it is.
#[derive(Deserialize)]
struct Told {
    minor: i64,
    currency: Currency,
}

impl TryFrom<Told> for Amount {
    type Error = NoMoney;

    fn try_from(told: Told) -> Result<Self, NoMoney> {
        Amount::new(told.minor, told.currency)
    }
}

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMoney {
    /// Not a number.
    Unclear,
    /// `1,234` may be either: how many digits follow the point.
    Ambiguous,
    /// More digits behind the point than the currency has.
    TooFine(u32),
    /// Nothing, or more than anybody asks.
    OutOfRange,
    /// No code of ISO 4217.
    Currency,
}

impl fmt::Display for NoMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoMoney::Unclear => f.write_str("write an amount such as 1234.50"),
            NoMoney::Ambiguous => f.write_str("write 1234 or 1.234: this could be either"),
            NoMoney::TooFine(0) => f.write_str("this currency has no smaller unit"),
            NoMoney::TooFine(digits) => write!(f, "this currency has {digits} digits behind the point"),
            NoMoney::OutOfRange => f.write_str("above nothing and at most ten billion"),
            NoMoney::Currency => f.write_str("a currency's three letters, such as EUR"),
        }
    }
}

impl std::error::Error for NoMoney {}

impl Amount {
    /// In minor units: what a page's numbers carry exactly, with room for sums.
    pub const MOST: i64 = 10_000_000_000_000;

    pub fn new(minor: i64, currency: Currency) -> Result<Self, NoMoney> {
        if (1..=Self::MOST).contains(&minor) {
            Ok(Amount { minor, currency })
        } else {
            Err(NoMoney::OutOfRange)
        }
    }

    /// What somebody typed: digits, grouped by spaces or apostrophes or the other of point and comma, with at
    /// most the currency's digits behind the last point or comma.
    pub fn typed(text: &str, currency: Currency) -> Result<Self, NoMoney> {
        let text: String = text
            .trim()
            .chars()
            .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’'))
            .collect();
        if text.is_empty() || !text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
            return Err(NoMoney::Unclear);
        }
        let digits = currency.digits();
        let last = text.rfind(['.', ',']);
        let (whole, part) = match last {
            None => (Some(text.clone()), ""),
            Some(at) => {
                let mark = &text[at..=at];
                let (before, after) = (&text[..at], &text[at + 1..]);
                let other = if mark == "." { "," } else { "." };
                if before.contains(mark) {
                    // The same mark again: all of them group.
                    (ungrouped(&text, mark), "")
                } else if after.len() == 3 && digits != 3 && !before.contains(other) {
                    return Err(NoMoney::Ambiguous);
                } else {
                    (ungrouped(before, other), after)
                }
            }
        };
        let whole = whole.ok_or(NoMoney::Unclear)?;
        if part.len() > digits as usize {
            return Err(NoMoney::TooFine(digits));
        }
        let scale = 10_i64.pow(digits - part.len() as u32);
        let minor = format!("{whole}{part}").parse::<i64>().ok().and_then(|n| n.checked_mul(scale));
        Amount::new(minor.ok_or(NoMoney::OutOfRange)?, currency)
    }
}

/// The digits without what groups them, if that is by three.
fn ungrouped(text: &str, mark: &str) -> Option<String> {
    let mut groups = text.split(mark);
    let first = groups.next()?;
    let alone = !text.contains(mark);
    let fits = !first.is_empty() && (alone || first.len() <= 3) && groups.all(|group| group.len() == 3);
    let digits: String = text.split(mark).collect();
    (fits && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

impl Amount {
    /// `EUR 1 234.50`, for people: grouped by a narrow space, which no reader takes for a point.
    pub fn grouped(&self) -> String {
        grouped(self.minor, self.currency)
    }
}

/// The same of a sum, which may be above any amount.
pub fn grouped(minor: i64, currency: Currency) -> String {
    let text = Amount { minor, currency }.to_string();
    let (whole, part) = match text.split_once('.') {
        Some((whole, part)) => (whole, format!(".{part}")),
        None => (text.as_str(), String::new()),
    };
    let (code, digits) = whole.split_at(4);
    let mut grouped = code.to_owned();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped + &part
}

/// `EUR 1234.50`, exact, for programs and for people who know no other.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.digits();
        let scale = 10_i64.pow(digits);
        let (whole, part) = (self.minor / scale, self.minor % scale);
        write!(f, "{} {whole}", self.currency.code())?;
        if digits > 0 { write!(f, ".{part:0width$}", width = digits as usize) } else { Ok(()) }
    }
}

/// Of different currencies neither is more.
impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Amount) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.minor.cmp(&other.minor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn typed(text: &str, code: &str) -> Result<i64, NoMoney> {
        Amount::typed(text, of(code)).map(|amount| amount.minor)
    }

    #[test]
    fn an_amount_is_what_was_typed_in_the_currencys_smallest_unit() {
        for (text, code, minor) in [
            ("1234.50", "EUR", 123_450),
            ("1234,5", "EUR", 123_450),
            ("1'234.50", "CHF", 123_450),
            ("1 234,50", "EUR", 123_450),
            ("1.234,50", "EUR", 123_450),
            ("1,234.50", "USD", 123_450),
            ("1.234.567", "EUR", 123_456_700),
            ("1234", "JPY", 1_234),
            ("12.345", "KWD", 12_345),
            ("12", "BHD", 12_000),
            ("0.01", "EUR", 1),
            ("1,234,567", "JPY", 1_234_567),
        ] {
            assert_eq!(typed(text, code), Ok(minor), "{text} {code}");
        }
    }

    #[test]
    fn what_could_be_two_amounts_is_none() {
        for (text, code, why) in [
            ("1,234", "EUR", NoMoney::Ambiguous),
            ("1.234", "JPY", NoMoney::Ambiguous),
            ("", "EUR", NoMoney::Unclear),
            ("-5", "EUR", NoMoney::Unclear),
            ("1e9", "EUR", NoMoney::Unclear),
            ("1.23456", "EUR", NoMoney::TooFine(2)),
            ("1.5", "JPY", NoMoney::TooFine(0)),
            ("0", "EUR", NoMoney::OutOfRange),
            (".", "EUR", NoMoney::Unclear),
            ("999999999999999999999", "EUR", NoMoney::OutOfRange),
            ("1..2", "EUR", NoMoney::Unclear),
            ("١٢", "EUR", NoMoney::Unclear),
        ] {
            assert_eq!(typed(text, code), Err(why), "{text} {code}");
        }
    }

    #[test]
    fn people_read_amounts_in_groups_and_can_type_them_so() {
        for (minor, code, text) in [
            (1, "EUR", "EUR 0.01"),
            (123_456_789, "EUR", "EUR 1\u{202f}234\u{202f}567.89"),
            (999, "JPY", "JPY 999"),
            (1_000, "JPY", "JPY 1\u{202f}000"),
        ] {
            let amount = Amount::new(minor, of(code)).unwrap();
            assert_eq!(amount.grouped(), text);
            assert_eq!(Amount::typed(&text[4..], of(code)), Ok(amount));
        }
    }

    #[test]
    fn every_amount_of_every_currency_is_read_as_it_was_written() {
        for code in CODES {
            let currency = of(code);
            let mut minor: i64 = 1;
            while minor <= Amount::MOST {
                let amount = Amount::new(minor, currency).unwrap();
                let text = amount.to_string();
                assert_eq!(Amount::typed(&text[4..], currency), Ok(amount), "{text}");
                minor = minor * 7 + 3;
            }
        }
    }

    #[test]
    fn currencies_are_those_of_the_standard_each_once_and_are_not_compared() {
        assert!(CODES.is_sorted_by(|a, b| a < b));
        assert!(DIGITS.iter().all(|(code, _)| CODES.contains(code)));
        assert_eq!("XXX".parse::<Currency>(), Err(NoMoney::Currency));
        assert_eq!(" chf ".parse(), Ok(of("CHF")));
        let (euro, franc) = (Amount::new(1, of("EUR")).unwrap(), Amount::new(2, of("CHF")).unwrap());
        assert_eq!(euro.partial_cmp(&franc), None);
        let text = serde_json::to_string(&euro).unwrap();
        assert_eq!(text, r#"{"minor":1,"currency":"EUR"}"#);
        assert_eq!(serde_json::from_str::<Amount>(&text).unwrap(), euro);
        for minor in ["0", "-1", "9223372036854775807", "1.5"] {
            let text = format!(r#"{{"minor":{minor},"currency":"EUR"}}"#);
            assert!(serde_json::from_str::<Amount>(&text).is_err(), "{text}");
        }
    }
}
