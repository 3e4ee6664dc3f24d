//! Letters to guests.
//!
//! In: a letter. Out: it is handed to the hotel's mail server; without one, as in development, it is written
//! to a folder and into the log. Never: a guest who waits for a mail server, or a letter's content in the log
//! of a real installation.

use crate::config::MailSettings;
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp,
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// How long a mail server may take for a word.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub body: String,
    /// By which a mail server knows it again.
    pub id: Option<Uuid>,
}

impl Letter {
    /// The one-time code, and the link beside it.
    pub fn code(to: &str, code: &str, link: &str) -> Self {
        let body = format!(
            "Your code is {code}.\n\n\
             Type it where you asked for it, and your conversations with our hotels go on there.\n\
             On another device, open this link instead:\n\n{link}\n\n\
             Both work once, for ten minutes. If you did not ask for this, do nothing: without the code \
             nothing happens. \
             Nobody of ours will ever ask you for it.\n"
        );
        Letter { to: to.to_owned(), subject: format!("Your code is {code}"), body, id: None }
    }
}

/// Why letters cannot be sent, in one line for the operator.
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

    /// Sends a letter in the background. A failure is logged; whoever waits for the letter asks for another.
    pub fn send(&self, letter: Letter) {
        let post = self.0.clone();
        tokio::spawn(async move {
            if let Err(e) = post.send(&letter).await {
                tracing::error!(error = %e, "a letter could not be sent");
            }
        });
    }

    /// Sends a letter; whoever does waits for the mail server.
    pub async fn send_now(&self, letter: &Letter) -> Result<(), NotSent> {
        self.0.send(letter).await.map_err(|e| {
            tracing::warn!(error = %e, "a letter was not taken");
            let Some(smtp) = e.downcast_ref::<smtp::Error>() else { return NotSent::Refused(String::new()) };
            let code = smtp.status().map(|code| code.to_string()).unwrap_or_default();
            // Nothing was said yet; the library shows this kind in words only.
            let unreached = smtp.is_tls() || smtp.to_string().starts_with("Connection error");
            match () {
                () if smtp.is_permanent() => NotSent::Refused(code),
                () if smtp.is_transient() => NotSent::Busy(code),
                () if unreached => NotSent::Busy("it is not reached".into()),
                () => NotSent::Unknown,
            }
        })
    }
}

/// Why a letter was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// It may be tried again. With the server's code, or why it was not asked.
    Busy(String),
    /// It will be refused again. With the server's code, if it had one.
    Refused(String),
    /// It may have been taken.
    Unknown,
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

impl Post {
    async fn send(&self, letter: &Letter) -> Result<(), Failed> {
        let host = self.from.email.domain();
        let message = Message::builder()
            .message_id(letter.id.map(|id| format!("<{id}@{host}>")))
            .from(self.from.clone())
            .to(Mailbox::new(None, letter.to.parse()?))
            .subject(&letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())?;
        match &self.way {
            Way::Server(server) => {
                server.send(message).await?;
            }
            Way::Folder(folder) => {
                tokio::fs::create_dir_all(folder).await?;
                let id = AsyncFileTransport::<Tokio1Executor>::new(folder).send(message).await?;
                let (to, body, file) = (&letter.to, &letter.body, format!("{folder}/{id}.eml"));
                tracing::info!(%to, %file, %body, "no mail server is set; a letter was written to a file");
            }
        }
        Ok(())
    }
}
