//! E-mail, handed over.
//!
//! In: an e-mail. Out: it is handed to the mail server; without one, as in development, it is written to a
//! folder and into the log. Never: a guest who waits for a mail server, or an e-mail's content in the log of
//! a real installation.

use crate::config::MailSettings;
use domain::Email;
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp,
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// How long a mail server may take for a word.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why no e-mail can be sent, in one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the sender {0:?} is not an address; it looks like Bellhop <chat@hotel.example>")]
    From(String),
    #[error(
        "the mail server's address is not understood ({0}); it looks like smtps://user:password@mail.example"
    )]
    Server(lettre::transport::smtp::Error),
}

#[derive(Clone, Debug)]
pub struct Mail(Arc<Post>);

#[derive(Debug)]
struct Post {
    from: Mailbox,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Server(AsyncSmtpTransport<Tokio1Executor>),
    Folder(String),
}

impl Mail {
    pub fn new(settings: &MailSettings) -> Result<Self, MailError> {
        let from = settings.mail_from.parse().map_err(|_| MailError::From(settings.mail_from.clone()))?;
        let way = match &settings.smtp_url {
            Some(url) => Way::Server(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(MailError::Server)?
                    .timeout(Some(PATIENCE))
                    .build(),
            ),
            None => Way::Folder(settings.mail_dir.clone()),
        };
        Ok(Mail(Arc::new(Post { from, way })))
    }

    /// Sends an e-mail in the background. A failure is logged; whoever waits for it asks for another.
    pub fn send(&self, email: Email) {
        let post = self.0.clone();
        tokio::spawn(async move {
            if let Err(e) = post.send(&email, None).await {
                tracing::error!(error = %e, "an e-mail could not be sent");
            }
        });
    }

    /// Sends an e-mail; whoever does waits for the mail server, which knows it again by `id`.
    pub async fn send_now(&self, email: &Email, id: Uuid) -> Result<(), NotSent> {
        self.0.send(email, Some(id)).await.map_err(|e| {
            tracing::warn!(error = %e, "an e-mail was not taken");
            if e.is::<lettre::address::AddressError>() {
                return NotSent::Refused("the address is not one".into());
            }
            let Some(smtp) = e.downcast_ref::<smtp::Error>() else {
                return NotSent::Busy("the e-mail could not be written down".into());
            };
            let answer = || format!("the mail server answers {}", smtp.status().map_or(0, u16::from));
            match () {
                () if smtp.is_permanent() => NotSent::Refused(answer()),
                () if smtp.is_transient() => NotSent::Busy(answer()),
                // Nothing was said yet; the library shows this kind in words only.
                () if smtp.is_tls() || smtp.to_string().starts_with("Connection error") => {
                    NotSent::Busy("the mail server is not reached".into())
                }
                () => NotSent::Unknown,
            }
        })
    }
}

/// Why an e-mail was not sent, in words that name no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// It may be tried again.
    Busy(String),
    /// It will be refused again.
    Refused(String),
    /// It may have been taken.
    Unknown,
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

impl Post {
    async fn send(&self, email: &Email, id: Option<Uuid>) -> Result<(), Failed> {
        let host = self.from.email.domain();
        let message = Message::builder()
            .message_id(id.map(|id| format!("<{id}@{host}>")))
            .from(self.from.clone())
            .to(Mailbox::new(None, email.to.parse()?))
            .subject(&email.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(email.text.clone())?;
        match &self.way {
            Way::Server(server) => {
                server.send(message).await?;
            }
            Way::Folder(folder) => {
                tokio::fs::create_dir_all(folder).await?;
                let id = AsyncFileTransport::<Tokio1Executor>::new(folder).send(message).await?;
                let (to, body, file) = (&email.to, &email.text, format!("{folder}/{id}.eml"));
                tracing::info!(%to, %file, %body, "no mail server is set; an e-mail was written to a file");
            }
        }
        Ok(())
    }
}
