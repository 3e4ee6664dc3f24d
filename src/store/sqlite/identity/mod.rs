//! How a guest proves to be one they were before, and how two identities become one.
//!
//! In: a code or a link that was sent to an address. Out: one guest where there were two, with all that both
//! had said and read (the rules of [`domain::join`] for conversations). Never: half of it; everything happens
//! in one transaction, and words on their way from the old identity find the new one (`batch`).

mod join;

use super::{Sqlite, conversation::update, guest::current, push::put_alias, put_audit};
use crate::store::{Audit, Identities, OneTime, Result, Tried, Update};
use domain::{ConversationId, GuestId, HotelId, Millis};
use join::join;
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

/// Wrong codes before a code is worth nothing.
const TRIES: i64 = 5;

#[async_trait::async_trait]
impl Identities for Sqlite {
    async fn emails(&self, guest: GuestId) -> Result<Vec<String>> {
        let emails =
            sqlx::query_scalar("SELECT email FROM guest_email WHERE guest = $1 ORDER BY confirmed_at")
                .bind(guest.0)
                .fetch_all(&self.readers)
                .await?;
        Ok(emails)
    }

    async fn forget_codes(&self, before: Millis) -> Result<()> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("DELETE FROM email_code WHERE expires_at < $1")
                    .bind(before.0)
                    .execute(db)
                    .await
                    .map(drop)
            })
        })
        .await
    }

    async fn put_code(&self, guest: GuestId, code: OneTime) -> Result<()> {
        self.write(move |db| {
            let code = code.clone();
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO email_code (guest, email, code, link, expires_at) VALUES ($1, $2, $3, $4, \
                     $5) \
                     ON CONFLICT (guest) DO UPDATE SET email = excluded.email, code = excluded.code, link = \
                     excluded.link, \
                     expires_at = excluded.expires_at, tries = 0",
                )
                .bind(guest.0)
                .bind(code.email)
                .bind(code.code.to_vec())
                .bind(code.link.to_vec())
                .bind(code.expires_at.0)
                .execute(db)
                .await
                .map(drop)
            })
        })
        .await
    }

    async fn code_sent_to(&self, guest: GuestId, at: Millis) -> Result<Option<String>> {
        let email = sqlx::query_scalar(
            "SELECT email FROM email_code WHERE guest = $1 AND expires_at > $2 AND tries < $3",
        )
        .bind(guest.0)
        .bind(at.0)
        .bind(TRIES)
        .fetch_optional(&self.readers)
        .await?;
        Ok(email)
    }

    async fn link_sent_to(&self, link: [u8; 32], at: Millis) -> Result<Option<(String, GuestId)>> {
        let sent: Option<(String, Uuid)> =
            sqlx::query_as("SELECT email, guest FROM email_code WHERE link = $1 AND expires_at > $2")
                .bind(link.as_slice())
                .bind(at.0)
                .fetch_optional(&self.readers)
                .await?;
        Ok(sent.map(|(email, asked)| (email, GuestId(asked))))
    }

    async fn try_code(&self, guest: GuestId, code: [u8; 32], at: Millis) -> Result<Tried> {
        self.work(move |db| {
            Box::pin(async move {
                // Counted before it is looked at: of two tries at once, each costs one.
                let sent: Option<(String, Vec<u8>, i64)> = sqlx::query_as(
                    "UPDATE email_code SET tries = tries + 1 WHERE guest = $1 AND expires_at > $2 AND tries \
                     < $3 \
                     RETURNING email, code, tries",
                )
                .bind(guest.0)
                .bind(at.0)
                .bind(TRIES)
                .fetch_optional(&mut *db)
                .await?;
                match sent {
                    None => Ok((Tried::Over, Vec::new())),
                    Some((email, right, _)) if right == code => confirm(db, &email, guest, guest, at).await,
                    Some((.., tries)) if tries >= TRIES => Ok((Tried::Over, Vec::new())),
                    Some((.., tries)) => Ok((Tried::Wrong { left: TRIES - tries }, Vec::new())),
                }
            })
        })
        .await
    }

    async fn try_link(&self, guest: GuestId, link: [u8; 32], at: Millis) -> Result<Tried> {
        self.work(move |db| {
            Box::pin(async move {
                let sent: Option<(String, Uuid)> =
                    sqlx::query_as("SELECT email, guest FROM email_code WHERE link = $1 AND expires_at > $2")
                        .bind(link.to_vec())
                        .bind(at.0)
                        .fetch_optional(&mut *db)
                        .await?;
                match sent {
                    None => Ok((Tried::Over, Vec::new())),
                    Some((email, asked)) => confirm(db, &email, guest, GuestId(asked), at).await,
                }
            })
        })
        .await
    }
}

/// The address is `guest`'s: kept for them, or they become the one it belongs to. The code that `asked` is
/// used up.
async fn confirm(
    db: &mut SqliteConnection,
    email: &str,
    guest: GuestId,
    asked: GuestId,
    at: Millis,
) -> Result<(Tried, Vec<Update>)> {
    sqlx::query("DELETE FROM email_code WHERE guest = $1").bind(asked.0).execute(&mut *db).await?;
    let guest = current(db, guest).await?;
    let owner: Option<Uuid> = sqlx::query_scalar("SELECT guest FROM guest_email WHERE email = $1")
        .bind(email)
        .fetch_optional(&mut *db)
        .await?;
    let owner = match owner {
        Some(owner) => Some(current(db, GuestId(owner)).await?),
        None => None,
    };
    match owner {
        Some(owner) if owner != guest => {
            let told = become_one(db, guest, owner, at).await?;
            Ok((Tried::Right { guest: owner, joined: Some(guest) }, told))
        }
        Some(_) => Ok((Tried::Right { guest, joined: None }, Vec::new())),
        None => {
            sqlx::query("INSERT INTO guest_email (email, guest, confirmed_at) VALUES ($1, $2, $3)")
                .bind(email)
                .bind(guest.0)
                .bind(at.0)
                .execute(&mut *db)
                .await?;
            let detail = guest.to_string();
            put_audit(db, Audit { at, what: "guest_email_confirmed", by: None, hotel: None, detail }).await?;
            Ok((Tried::Right { guest, joined: None }, Vec::new()))
        }
    }
}

/// All that `from` has and is becomes `into`'s.
///
/// Both are somebody now: a guest who was joined before is not joined again, so no chain and no circle comes
/// of it.
async fn become_one(
    db: &mut SqliteConnection,
    from: GuestId,
    into: GuestId,
    at: Millis,
) -> Result<Vec<Update>> {
    // Conversations first: while both are open they are two people's, and no rule is broken on the way.
    let both: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT a.id, b.id FROM conversation a JOIN conversation b ON b.hotel = a.hotel AND b.guest = $2 \
         AND b.status <> 'resolved' WHERE a.guest = $1 AND a.status <> 'resolved'",
    )
    .bind(from.0)
    .bind(into.0)
    .fetch_all(&mut *db)
    .await?;
    let mut joined = Vec::with_capacity(both.len());
    for (a, b) in both {
        joined.push(join(db, a, b, at).await?);
    }
    let moved: Vec<(Uuid, String)> = sqlx::query_as(
        "UPDATE conversation SET guest = $2, rev = rev + 1 WHERE guest = $1 RETURNING id, status",
    )
    .bind(from.0)
    .bind(into.0)
    .fetch_all(&mut *db)
    .await?;

    let hotels: Vec<Uuid> = sqlx::query_scalar("SELECT hotel FROM acquaintance WHERE guest = $1")
        .bind(from.0)
        .fetch_all(&mut *db)
        .await?;
    for statement in [
        // What was told before stands; what was not comes along.
        "INSERT INTO acquaintance (guest, hotel, name, language, email, stay, scanned_room, seen_at, \
         subject, reservation, vouched_name, vouched_at) SELECT $2, hotel, name, language, email, stay, \
         scanned_room, seen_at, \
         subject, reservation, vouched_name, vouched_at FROM acquaintance WHERE guest = $1 \
         ON CONFLICT (guest, hotel) DO UPDATE SET \
         name = CASE WHEN acquaintance.name = '' THEN excluded.name ELSE acquaintance.name END, \
         language = CASE WHEN acquaintance.language = '' THEN excluded.language ELSE acquaintance.language \
         END, \
         email = CASE WHEN acquaintance.email = '' THEN excluded.email ELSE acquaintance.email END, \
         vouched_at = COALESCE(acquaintance.vouched_at, excluded.vouched_at), \
         vouched_name = CASE WHEN acquaintance.vouched_at IS NULL THEN excluded.vouched_name ELSE \
         acquaintance.vouched_name END, \
         subject = CASE WHEN acquaintance.subject = '' THEN excluded.subject ELSE acquaintance.subject END, \
         reservation = CASE WHEN acquaintance.reservation = '' THEN excluded.reservation ELSE \
         acquaintance.reservation END, \
         stay = COALESCE(acquaintance.stay, excluded.stay), seen_at = max(acquaintance.seen_at, \
         excluded.seen_at), \
         scanned_room = COALESCE(excluded.scanned_room, acquaintance.scanned_room)",
        "DELETE FROM acquaintance WHERE guest = $1 AND $2 IS NOT NULL",
        // The author of one's own words, so that a resend is known again (H5).
        "UPDATE entry SET by_id = $2 WHERE by_id = $1 AND conversation IN (SELECT id FROM conversation \
         WHERE guest = $2)",
        "INSERT INTO read_mark (conversation, reader, seq, at) SELECT conversation, $2, seq, at FROM \
         read_mark \
         WHERE reader = $1 AND conversation IN (SELECT id FROM conversation WHERE guest = $2) \
         ON CONFLICT (conversation, reader, seq) DO UPDATE SET at = min(read_mark.at, excluded.at)",
        "DELETE FROM read_mark WHERE reader = $1 AND conversation IN (SELECT id FROM conversation \
         WHERE guest = $2)",
        "UPDATE request SET guest = $2 WHERE guest = $1",
        "UPDATE guest_token SET guest = $2 WHERE guest = $1",
        "UPDATE frame_token SET guest = $2 WHERE guest = $1",
        "UPDATE guest_email SET guest = $2 WHERE guest = $1",
        "UPDATE guest_alias SET guest = $2 WHERE guest = $1",
        "UPDATE delivery SET guest = $2 WHERE guest = $1",
        "UPDATE attachment SET by_id = $2 WHERE by_id = $1 AND conversation IS NULL",
        "DELETE FROM email_code WHERE guest = $1 AND $2 IS NOT NULL",
        "UPDATE guest SET joined_to = $2 WHERE id = $1 OR joined_to = $1",
    ] {
        sqlx::query(statement).bind(from.0).bind(into.0).execute(&mut *db).await?;
    }
    // The open conversation shows the guest as the hotel knows them now.
    for hotel in hotels {
        // By the id a hotel knew them by it still finds them.
        put_alias(db, HotelId(hotel), from, into).await?;
        sqlx::query(
            "UPDATE conversation SET guest_name = a.name, guest_language = a.language, stay = \
             COALESCE(conversation.stay, a.stay), \
             scanned_room = COALESCE(conversation.scanned_room, a.scanned_room) FROM acquaintance a \
             WHERE a.guest = $1 AND a.hotel = $2 AND conversation.guest = $1 AND conversation.hotel = $2 \
             AND conversation.status <> 'resolved'",
        )
        .bind(into.0)
        .bind(hotel)
        .execute(&mut *db)
        .await?;
    }
    put_audit(
        db,
        Audit { at, what: "guests_joined", by: None, hotel: None, detail: format!("{from} into {into}") },
    )
    .await?;

    let mut told = Vec::new();
    for joined in &joined {
        told.push(update(db, joined.ended, Vec::new(), false).await?);
    }
    for joined in joined {
        told.push(update(db, joined.kept, joined.entries, true).await?);
    }
    for (id, status) in moved {
        let id = ConversationId(id);
        if status != "resolved" && !told.iter().any(|g| g.conversation.id == id) {
            told.push(update(db, id, Vec::new(), true).await?);
        }
    }
    Ok(told)
}
