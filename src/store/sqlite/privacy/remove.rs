//! What is taken away, row by row, inside the writer's transaction. Who may have it taken away is asked
//! before.

use crate::store::{Gone, Result};
use domain::{GuestId, HotelId};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

/// Entries taken away in one transaction: a few milliseconds of the writer.
const STEP: i64 = 200;

/// Takes conversations away, until a step's entries are gone. A very long one goes piece by piece, its end
/// first, and itself at last. With those that are gone, and the stays that stood beside them.
pub(super) async fn remove_conversations(
    db: &mut SqliteConnection,
    ids: &[Uuid],
) -> Result<(Gone, Vec<Uuid>, Vec<Uuid>)> {
    let mut gone = Gone::default();
    let (mut removed, mut stays) = (Vec::new(), Vec::new());
    for id in ids {
        let left = STEP - gone.entries;
        if left <= 0 {
            break;
        }
        let taken = sqlx::query(
            "DELETE FROM entry WHERE conversation = $1 AND seq IN (SELECT seq FROM entry WHERE conversation \
             = $1 ORDER BY seq DESC LIMIT $2)",
        )
        .bind(id)
        .bind(left)
        .execute(&mut *db)
        .await?
        .rows_affected() as i64;
        gone.entries += taken;
        if taken >= left {
            // What is left is a conversation without gaps, should nothing come after this.
            sqlx::query(
                "UPDATE conversation SET last_line = '', rev = rev + 1, last_seq = e.seq, last_staff_seq = \
                 min(last_staff_seq, e.seq), \
                 last_other_seq = min(last_other_seq, e.seq), last_answer_seq = min(last_answer_seq, e.seq), \
                 guest_read = min(guest_read, e.seq), staff_read = min(staff_read, e.seq) \
                 FROM (SELECT COALESCE(max(seq), 0) AS seq FROM entry WHERE conversation = $1) e \
                 WHERE id = $1",
            )
            .bind(id)
            .execute(&mut *db)
            .await?;
            sqlx::query(
                "DELETE FROM read_mark WHERE conversation = $1 AND seq > (SELECT last_seq \
                 FROM conversation WHERE id = $1)",
            )
            .bind(id)
            .execute(&mut *db)
            .await?;
            break;
        }
        let stay: Option<Uuid> = sqlx::query_scalar("SELECT stay FROM conversation WHERE id = $1")
            .bind(id)
            .fetch_one(&mut *db)
            .await?;
        stays.extend(stay);
        let requests: Vec<Uuid> = sqlx::query_scalar("SELECT request FROM leg WHERE conversation = $1")
            .bind(id)
            .fetch_all(&mut *db)
            .await?;
        for statement in [
            "DELETE FROM read_mark WHERE conversation = $1",
            "DELETE FROM conversation_tag WHERE conversation = $1",
            "DELETE FROM delivery WHERE conversation = $1",
            // What was joined to it holds no entries any more, and points nowhere without it.
            "UPDATE conversation SET joined_to = NULL WHERE joined_to = $1",
            "DELETE FROM bid WHERE leg IN (SELECT id FROM leg WHERE conversation = $1)",
            "DELETE FROM leg WHERE conversation = $1",
            "DELETE FROM conversation WHERE id = $1",
        ] {
            sqlx::query(statement).bind(id).execute(&mut *db).await?;
        }
        // The hotel is out of the guest's requests; of one that asked nobody else nothing is left.
        for request in requests {
            sqlx::query(
                "DELETE FROM request WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM leg WHERE request = $1)",
            )
            .bind(request)
            .execute(&mut *db)
            .await?;
            // Whose bid was to be waited for may be gone: the clock looks at it.
            sqlx::query("UPDATE request SET due = 0 WHERE id = $1 AND due IS NOT NULL")
                .bind(request)
                .execute(&mut *db)
                .await?;
        }
        gone.conversations += 1;
        removed.push(*id);
    }
    Ok((gone, removed, stays))
}

pub(super) async fn remove_stay(db: &mut SqliteConnection, stay: Uuid) -> Result<()> {
    for statement in [
        "UPDATE acquaintance SET stay = NULL WHERE stay = $1",
        "UPDATE conversation SET stay = NULL WHERE stay = $1",
        "DELETE FROM stay_event WHERE stay = $1",
        // What the API has answered about it, under whatever key.
        "DELETE FROM api_call WHERE stay = $1",
        "DELETE FROM stay WHERE id = $1",
    ] {
        sqlx::query(statement).bind(stay).execute(&mut *db).await?;
    }
    Ok(())
}

/// A stay may be somebody else's too: a couple writes from two phones. How many were removed.
pub(super) async fn remove_stay_unless_shared(
    db: &mut SqliteConnection,
    guest: GuestId,
    stay: Uuid,
) -> Result<i64> {
    let shared: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM acquaintance WHERE stay = $1 AND guest <> $2) \
         OR EXISTS (SELECT 1 FROM conversation WHERE stay = $1) OR NOT EXISTS (SELECT 1 FROM stay \
         WHERE id = $1)",
    )
    .bind(stay)
    .bind(guest.0)
    .fetch_one(&mut *db)
    .await?;
    if !shared {
        remove_stay(db, stay).await?;
    }
    Ok(i64::from(!shared))
}

/// What a hotel knows of a guest without conversations; and the guest, if no other hotel knows them.
pub(super) async fn forget_guest(db: &mut SqliteConnection, hotel: HotelId, guest: GuestId) -> Result<Gone> {
    let stay: Option<Option<Uuid>> =
        sqlx::query_scalar("DELETE FROM acquaintance WHERE hotel = $1 AND guest = $2 RETURNING stay")
            .bind(hotel.0)
            .bind(guest.0)
            .fetch_optional(&mut *db)
            .await?;
    for statement in [
        "DELETE FROM frame_token WHERE hotel = $1 AND guest = $2",
        "DELETE FROM delivery WHERE hotel = $1 AND guest = $2",
        "DELETE FROM guest_alias WHERE hotel = $1 AND guest = $2",
        // What was brought and not said.
        "DELETE FROM attachment WHERE hotel = $1 AND by_id = $2 AND conversation IS NULL",
    ] {
        sqlx::query(statement).bind(hotel.0).bind(guest.0).execute(&mut *db).await?;
    }
    let mut gone = Gone { guests: i64::from(stay.is_some()), ..Gone::default() };
    if let Some(stay) = stay.flatten() {
        gone.stays = remove_stay_unless_shared(db, guest, stay).await?;
    }
    let known: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM acquaintance WHERE guest = $1) OR EXISTS (SELECT 1 \
         FROM conversation WHERE guest = $1)",
    )
    .bind(guest.0)
    .fetch_one(&mut *db)
    .await?;
    if !known {
        remove_guest(db, guest.0).await?;
    }
    Ok(gone)
}

/// A guest no hotel knows, and who they were before they were one.
pub(super) async fn remove_guest(db: &mut SqliteConnection, guest: Uuid) -> Result<()> {
    for statement in [
        "DELETE FROM guest_token WHERE guest = $1 OR guest IN (SELECT id FROM guest WHERE joined_to = $1)",
        "DELETE FROM frame_token WHERE guest = $1 OR guest IN (SELECT id FROM guest WHERE joined_to = $1)",
        "DELETE FROM guest_email WHERE guest = $1 OR guest IN (SELECT id FROM guest WHERE joined_to = $1)",
        "DELETE FROM guest_alias WHERE guest = $1",
        "DELETE FROM delivery WHERE guest = $1",
        "DELETE FROM email_code WHERE guest = $1 OR guest IN (SELECT id FROM guest WHERE joined_to = $1)",
        "DELETE FROM request WHERE guest = $1 OR guest IN (SELECT id FROM guest WHERE joined_to = $1)",
        "DELETE FROM guest WHERE joined_to = $1",
        "DELETE FROM guest WHERE id = $1",
    ] {
        sqlx::query(statement).bind(guest).execute(&mut *db).await?;
    }
    Ok(())
}
