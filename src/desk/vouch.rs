//! A hotel's own site may vouch for a guest it knows.
//!
//! In: a JSON Web Token (RFC 7519), HS256, signed with the hotel's key. Out: what this hotel now knows of the
//! guest. Never: anything for another hotel (rule H8), and never an identity: an address that one hotel
//! vouches for is no proof to the others. A token that does not hold is passed over, with one line in the
//! log. And never one guest's words to another whom the site speaks of in the same browser.

use super::{Answer, Desk};
use crate::store::{Purpose, Vouched};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{GuestId, Hotel, HotelId, StaffId, StayChange, one_line};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

/// What a token may say. Unknown claims are passed over.
#[derive(Debug, serde::Deserialize)]
struct Claims {
    #[serde(default)]
    sub: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    reservation: String,
    #[serde(default)]
    language: String,
}

impl Desk {
    /// What a token says, if it holds for this hotel now.
    pub async fn vouched(&self, hotel: &Hotel, token: &str) -> Answer<Option<Vouched>> {
        let Some((key, _)) = self.store.secret(hotel.id, Purpose::Vouch).await? else {
            tracing::info!(hotel = %hotel.slug, "a guest token was passed over: \
                the hotel has no key for them");
            return Ok(None);
        };
        let mut rules = Validation::new(Algorithm::HS256);
        // `exp` must be there. Clocks of two servers may differ by a little.
        rules.leeway = 30;
        rules.validate_aud = false;
        match decode::<Claims>(token, &DecodingKey::from_secret(&key), &rules) {
            Ok(token) => Ok(Some(self.cut(token.claims))),
            Err(why) => {
                tracing::info!(hotel = %hotel.slug, %why, "a guest token was passed over");
                Ok(None)
            }
        }
    }

    /// A browser in which somebody else was vouched for before is another guest's now.
    pub async fn is_somebody_else(&self, guest: GuestId, hotel: HotelId, vouched: &Vouched) -> Answer<bool> {
        let before = self.store.vouched(guest, hotel).await?;
        Ok(before.is_some_and(|before| !is_same(&before, vouched)))
    }

    pub async fn vouch(&self, guest: GuestId, hotel: &Hotel, vouched: Vouched) -> Answer<()> {
        Ok(self.store.vouch(guest, hotel.id, vouched, self.clock.now()).await?)
    }

    /// A new key for a hotel's tokens, as text to be shown once. Tokens signed with the one before are worth
    /// nothing.
    pub async fn new_vouch_key(&self, hotel: &Hotel, by: StaffId) -> Answer<String> {
        // The text itself is the secret: that is what people paste into their own program's settings.
        let key = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        self.store
            .set_secret(hotel.id, Purpose::Vouch, key.clone().into_bytes(), Some(by), self.clock.now())
            .await?;
        Ok(key)
    }

    /// The hotel signs for what it says, but not for its length.
    fn cut(&self, claims: Claims) -> Vouched {
        let line = |text: &str, max: usize| one_line(text).chars().take(max).collect::<String>();
        Vouched {
            name: line(&claims.name, 80),
            subject: line(&claims.sub, 254),
            email: line(&claims.email, 254).to_lowercase(),
            reference: line(&claims.reservation, StayChange::REFERENCE),
            language: line(&claims.language, 35),
        }
    }
}

/// Whether two tokens speak of one person: by the strongest claim that both carry. With none in common nobody
/// can know, and they are two. Names count only where neither token says more; two guests may well have one
/// name.
fn is_same(one: &Vouched, other: &Vouched) -> bool {
    let claims = |v: &Vouched| [v.subject.clone(), v.email.clone(), v.reference.clone()];
    let (one_says, other_says) = (claims(one), claims(other));
    let both = one_says.iter().zip(&other_says).find(|(a, b)| !a.is_empty() && !b.is_empty());
    match both {
        Some((a, b)) => a == b,
        None => one_says.iter().chain(&other_says).all(String::is_empty) && one.name == other.name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_claim_that_both_tokens_carry_says_who_it_is() {
        let of = |subject: &str, email: &str, reference: &str, name: &str| Vouched {
            subject: subject.into(),
            email: email.into(),
            reference: reference.into(),
            name: name.into(),
            ..Vouched::default()
        };
        for (one, other, same) in [
            (of("7", "a@x", "R1", "Ann"), of("7", "b@x", "R2", "Bob"), true),
            (of("7", "a@x", "R1", "Ann"), of("8", "a@x", "R1", "Ann"), false),
            (of("7", "a@x", "", "Ann"), of("", "a@x", "", "Ann"), true),
            (of("", "a@x", "R1", "Ann"), of("", "b@x", "R1", "Ann"), false),
            (of("", "", "R1", "Yuki"), of("", "", "R1", "Yuki T"), true),
            (of("", "", "R1", "Yuki"), of("", "", "R2", "Yuki"), false),
            (of("7", "", "", "Ann"), of("", "a@x", "", "Ann"), false),
            (of("", "a@x", "", "Ann"), of("", "", "R1", "Ann"), false),
            (of("", "a@x", "", "Ann"), of("", "", "", "Ann"), false),
            (of("", "", "", "Ann"), of("", "", "", "Ann"), true),
            (of("", "", "", "Ann"), of("", "", "", "Bob"), false),
        ] {
            assert_eq!(is_same(&one, &other), same, "{one:?} and {other:?}");
            assert_eq!(is_same(&other, &one), same, "{other:?} and {one:?}");
        }
    }
}
