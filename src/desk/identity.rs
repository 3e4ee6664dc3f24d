//! One guest on several devices: an address, a one-time code, and two identities that become one.
//!
//! In: an e-mail address, then the code or the link that was sent there. Out: the guest this browser is now.
//! Never: a word on whether an address is known here; and never a link that does anything for a device it was
//! not opened on.

use super::{Answer, Desk, to_its_end};
use crate::{
    hub::Reason,
    store::{OneTime, Tried},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Email, GuestId, Millis, Refusal};
use rand::RngExt as _;
use sha2::{Digest as _, Sha256};
use std::{net::IpAddr, sync::Arc};

/// How long a code lives, in milliseconds.
const LIVES: i64 = 10 * Millis::MINUTE;

impl Desk {
    /// Sends a code to an address. What comes back is the same whether the address is known or not.
    pub async fn send_code(&self, guest: GuestId, address: IpAddr, email: &str) -> Answer<String> {
        let email = self.line(email, 254)?.to_lowercase();
        if !is_address(&email) {
            return Err(Refusal::Invalid {
                field: "E-mail".into(),
                why: "this is not an e-mail address".into(),
            }
            .into());
        }
        self.limits.code(address, guest, &email)?;
        let code = format!("{:06}", rand::rng().random_range(0..1_000_000));
        let link = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let one_time = OneTime {
            email: email.clone(),
            code: hash_code(guest, &code),
            link: hash_link(&link),
            expires_at: Millis(self.clock.now().0 + LIVES),
        };
        self.store.put_code(guest, one_time).await?;
        let link = format!("{}/stays/link/{link}", self.public_url);
        self.mail.send(one_time_email(&email, &code, &link));
        Ok(email)
    }

    pub async fn try_code(self: &Arc<Self>, guest: GuestId, code: &str) -> Answer<Tried> {
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        let (desk, code) = (self.clone(), hash_code(guest, &digits));
        to_its_end(async move { desk.after(desk.store.try_code(guest, code, desk.clock.now()).await?) }).await
    }

    pub async fn try_link(self: &Arc<Self>, guest: GuestId, link: &str) -> Answer<Tried> {
        let (desk, link) = (self.clone(), hash_link(link));
        to_its_end(async move { desk.after(desk.store.try_link(guest, link, desk.clock.now()).await?) }).await
    }

    /// The address a link was sent to, while it lives, and who asked for it.
    pub async fn link_sent_to(&self, link: &str) -> Answer<Option<(String, GuestId)>> {
        Ok(self.store.link_sent_to(hash_link(link), self.clock.now()).await?)
    }

    /// Pages of both start anew: one is another guest now, and what the other shows may have gone on
    /// elsewhere.
    fn after(&self, tried: Tried) -> Answer<Tried> {
        if let Tried::Right { guest, joined: Some(before) } = tried {
            self.hub.close_guest(before, Reason::Joined);
            self.hub.close_guest(guest, Reason::Joined);
        }
        Ok(tried)
    }
}

/// The code, and the link beside it.
fn one_time_email(to: &str, code: &str, link: &str) -> Email {
    let text = format!(
        "Your code is {code}.\n\n\
         Enter it on the page where you requested it. You’ll see your conversations with our hotels there.\n\
         On another device, open this link instead:\n\n{link}\n\n\
         The code and the link each work once and expire in ten minutes. If you didn’t request this, you can \
         ignore this e-mail. We’ll never ask you for this code.\n"
    );
    Email { to: to.to_owned(), subject: format!("Your code is {code}"), text }
}

/// With the guest in it, so that a code of one is none of another's.
fn hash_code(guest: GuestId, code: &str) -> [u8; 32] {
    Sha256::new().chain_update(guest.0.as_bytes()).chain_update(code.as_bytes()).finalize().into()
}

fn hash_link(link: &str) -> [u8; 32] {
    Sha256::digest(link.as_bytes()).into()
}

/// Whether mail could be sent there; whether it arrives, the code shows.
fn is_address(email: &str) -> bool {
    email.parse::<lettre::Address>().is_ok()
}
