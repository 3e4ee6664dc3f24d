//! Tags of hotels, and of their conversations.

use super::super::{Audit, Done, Result, Tag, Tags, Viewer};
use super::{Sqlite, conversation::seen_by, conversation::updates, put_audit};
use domain::{ConversationId, HotelId, Millis, Refusal, StaffId};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

/// Tags one conversation may have.
const TAGS: i64 = 20;

/// The open conversations with a tag, counted on: the desks show them anew.
async fn shown_anew(db: &mut SqliteConnection, hotel: HotelId, name: &str) -> Result<Vec<Uuid>> {
    let ids = sqlx::query_scalar(
        "UPDATE conversation SET rev = rev + 1 WHERE hotel = $1 AND status <> 'resolved' \
         AND id IN (SELECT conversation FROM conversation_tag WHERE hotel = $1 AND name = $2) RETURNING id",
    )
    .bind(hotel.0)
    .bind(name)
    .fetch_all(db)
    .await?;
    Ok(ids)
}

async fn is_tag(db: &mut SqliteConnection, hotel: HotelId, name: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM tag WHERE hotel = $1 AND name = $2)")
        .bind(hotel.0)
        .bind(name)
        .fetch_one(db)
        .await
}

/// The tag a hotel knows by this name, however it is written; `but` is none.
async fn named(
    db: &mut SqliteConnection,
    hotel: HotelId,
    name: &str,
    but: Option<&str>,
) -> sqlx::Result<Option<String>> {
    let tags: Vec<String> =
        sqlx::query_scalar("SELECT name FROM tag WHERE hotel = $1").bind(hotel.0).fetch_all(db).await?;
    let name = name.to_lowercase();
    Ok(tags.into_iter().find(|tag| tag.to_lowercase() == name && Some(tag.as_str()) != but))
}

#[async_trait::async_trait]
impl Tags for Sqlite {
    async fn tags(&self, hotel: HotelId) -> Result<Vec<Tag>> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT t.name, (SELECT count(*) FROM conversation_tag c WHERE c.hotel = t.hotel AND c.name = \
             t.name) \
             FROM tag t WHERE t.hotel = $1 ORDER BY t.name",
        )
        .bind(hotel.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|(name, used)| Tag { name, used }).collect())
    }

    async fn add_tag(&self, hotel: HotelId, name: String, by: StaffId, at: Millis) -> Result<Option<String>> {
        self.work(move |db| {
            let name = name.clone();
            Box::pin(async move {
                if let Some(there) = named(db, hotel, &name, None).await? {
                    return Ok((Some(there), Vec::new()));
                }
                sqlx::query("INSERT INTO tag (hotel, name, created_at) VALUES ($1, $2, $3)")
                    .bind(hotel.0)
                    .bind(&name)
                    .bind(at.0)
                    .execute(&mut *db)
                    .await?;
                put_audit(
                    db,
                    Audit { at, what: "tag_added", by: Some(by), hotel: Some(hotel), detail: name },
                )
                .await?;
                Ok((None, Vec::new()))
            })
        })
        .await
    }

    async fn rename_tag(
        &self,
        hotel: HotelId,
        name: String,
        new: String,
        by: StaffId,
        at: Millis,
    ) -> Result<Option<String>> {
        self.work(move |db| {
            let (name, new) = (name.clone(), new.clone());
            Box::pin(async move {
                if let Some(there) = named(db, hotel, &new, Some(&name)).await? {
                    return Ok((Some(there), Vec::new()));
                }
                let shown = shown_anew(db, hotel, &name).await?;
                // The conversations' own rows follow (ON UPDATE CASCADE).
                let renamed = sqlx::query("UPDATE tag SET name = $3 WHERE hotel = $1 AND name = $2")
                    .bind(hotel.0)
                    .bind(&name)
                    .bind(&new)
                    .execute(&mut *db)
                    .await?;
                if renamed.rows_affected() > 0 {
                    let detail = format!("{name} to {new}");
                    put_audit(
                        db,
                        Audit { at, what: "tag_renamed", by: Some(by), hotel: Some(hotel), detail },
                    )
                    .await?;
                }
                Ok((None, updates(db, shown).await?))
            })
        })
        .await
    }

    async fn remove_tag(&self, hotel: HotelId, name: String, by: StaffId, at: Millis) -> Result<()> {
        self.work(move |db| {
            let name = name.clone();
            Box::pin(async move {
                let shown = shown_anew(db, hotel, &name).await?;
                if !is_tag(db, hotel, &name).await? {
                    return Ok(((), Vec::new()));
                }
                for statement in [
                    "DELETE FROM conversation_tag WHERE hotel = $1 AND name = $2",
                    "DELETE FROM tag WHERE hotel = $1 AND name = $2",
                ] {
                    sqlx::query(statement).bind(hotel.0).bind(&name).execute(&mut *db).await?;
                }
                put_audit(
                    db,
                    Audit { at, what: "tag_removed", by: Some(by), hotel: Some(hotel), detail: name },
                )
                .await?;
                Ok(((), updates(db, shown).await?))
            })
        })
        .await
    }

    async fn set_tag(
        &self,
        by: StaffId,
        id: ConversationId,
        name: String,
        on: bool,
        at: Millis,
    ) -> Result<Done> {
        self.work(move |db| {
            let name = name.clone();
            Box::pin(async move {
                let Some(c) = seen_by(Viewer::Staff(by), id, &mut *db).await? else {
                    return Ok((Err(Refusal::NotFound), Vec::new()));
                };
                if let Some(conversation) = c.joined_to {
                    return Ok((Err(Refusal::Joined { conversation }), Vec::new()));
                }
                let invalid = |why: &str| Err(Refusal::Invalid { field: "Tag".into(), why: why.into() });
                if c.tags.contains(&name) == on {
                    return Ok((Ok(()), Vec::new()));
                }
                if on && !is_tag(db, c.hotel, &name).await? {
                    return Ok((invalid("it is not on the hotel’s list any more"), Vec::new()));
                }
                if on && c.tags.len() as i64 >= TAGS {
                    return Ok((invalid(&format!("a conversation has at most {TAGS}")), Vec::new()));
                }
                let statement = if on {
                    "INSERT INTO conversation_tag (conversation, hotel, name) VALUES ($1, $2, $3)"
                } else {
                    "DELETE FROM conversation_tag WHERE conversation = $1 AND hotel = $2 AND name = $3"
                };
                sqlx::query(statement).bind(id.0).bind(c.hotel.0).bind(&name).execute(&mut *db).await?;
                sqlx::query("UPDATE conversation SET rev = rev + 1 WHERE id = $1")
                    .bind(id.0)
                    .execute(&mut *db)
                    .await?;
                let what = if on { "tagged" } else { "untagged" };
                put_audit(
                    db,
                    Audit { at, what, by: Some(by), hotel: Some(c.hotel), detail: format!("{id} {name}") },
                )
                .await?;
                Ok((Ok(()), updates(db, vec![id.0]).await?))
            })
        })
        .await
    }
}
