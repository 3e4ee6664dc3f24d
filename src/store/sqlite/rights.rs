//! What people may do, in SQLite.
//!
//! In: who changes whose rights. Out: done or refused, with its line in the trail and a count by which
//! running servers notice. Never: a change by somebody who may not make it; that is asked in the transaction
//! that makes it (rule H8).

use super::{Sqlite, put_audit, row::role};
use crate::store::{Audit, Done, NewRole, NewStaff, Result, Rights, RightsChange, Somebody};
use domain::{ConversationId, Epoch, HotelId, Millis, Refusal, Role, StaffId};
use sqlx::{Row as _, sqlite::SqliteConnection};
use uuid::Uuid;

/// Whether `by` may change rights in `hotel`, or of a whole person: `None`.
async fn may_change(
    db: &mut SqliteConnection,
    by: Option<StaffId>,
    hotel: Option<HotelId>,
) -> sqlx::Result<bool> {
    let Some(by) = by else { return Ok(true) };
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM staff s WHERE s.id = $1 AND s.disabled_at IS NULL AND (s.admin OR \
         EXISTS \
         (SELECT 1 FROM membership m WHERE m.staff = s.id AND m.hotel = $2 AND m.role = 'manager')))",
    )
    .bind(by.0)
    .bind(hotel.map(|h| h.0))
    .fetch_one(db)
    .await
}

async fn is_somebody(db: &mut SqliteConnection, staff: StaffId) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM staff WHERE id = $1)").bind(staff.0).fetch_one(db).await
}

/// Whether `by` may see this person: one of a hotel they lead.
async fn may_see(db: &mut SqliteConnection, by: StaffId, staff: StaffId) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM staff WHERE id = $1 AND admin) OR EXISTS (SELECT 1 FROM membership led \
         JOIN membership m ON m.hotel = led.hotel AND m.staff = $2 WHERE led.staff = $1 \
         AND led.role = 'manager')",
    )
    .bind(by.0)
    .bind(staff.0)
    .fetch_one(db)
    .await
}

/// Counts a change of this person's rights, by which running servers notice it.
async fn count(db: &mut SqliteConnection, staff: StaffId) -> sqlx::Result<()> {
    let counted = sqlx::query("UPDATE staff SET rev = (SELECT max(rev) FROM staff) + 1 WHERE id = $1");
    counted.bind(staff.0).execute(db).await.map(drop)
}

/// Ends whatever this person is signed in with. A session's data is JSON that names whose it is.
async fn end_sessions(db: &mut SqliteConnection, staff: StaffId) -> sqlx::Result<()> {
    let ended = sqlx::query("DELETE FROM session WHERE data LIKE $1").bind(format!("%{staff}%"));
    ended.execute(db).await.map(drop)
}

async fn role_in(db: &mut SqliteConnection, staff: StaffId, hotel: HotelId) -> Result<Option<Role>> {
    let row = sqlx::query("SELECT role FROM membership WHERE staff = $1 AND hotel = $2")
        .bind(staff.0)
        .bind(hotel.0)
        .fetch_optional(db)
        .await?;
    row.map(|row| role(&row, 0)).transpose()
}

/// Sets a role, and writes it into the trail; false if it was so before.
async fn set_role(
    db: &mut SqliteConnection,
    staff: StaffId,
    hotel: HotelId,
    new: Option<Role>,
    by: Option<StaffId>,
    at: Millis,
) -> Result<bool> {
    let (what, detail) = match (role_in(db, staff, hotel).await?, new) {
        (None, Some(new)) => ("role_given", format!("{staff} {}", new.as_str())),
        (Some(old), Some(new)) if old != new => {
            ("role_changed", format!("{staff} {} to {}", old.as_str(), new.as_str()))
        }
        (Some(old), None) => ("role_withdrawn", format!("{staff} {}", old.as_str())),
        _ => return Ok(false),
    };
    match new {
        Some(role) => sqlx::query(
            "INSERT INTO membership (staff, hotel, role) VALUES ($1, $2, $3) \
             ON CONFLICT (staff, hotel) DO UPDATE SET role = excluded.role",
        )
        .bind(staff.0)
        .bind(hotel.0)
        .bind(role.as_str()),
        None => {
            sqlx::query("DELETE FROM membership WHERE staff = $1 AND hotel = $2").bind(staff.0).bind(hotel.0)
        }
    }
    .execute(&mut *db)
    .await?;
    put_audit(db, Audit { at, what, by, hotel: Some(hotel), detail }).await?;
    Ok(true)
}

fn not_found<T>() -> Result<(Done, Vec<T>)> {
    Ok((Err(Refusal::NotFound), Vec::new()))
}

#[async_trait::async_trait]
impl Rights for Sqlite {
    async fn people(&self, viewer: Option<StaffId>) -> Result<Vec<Somebody>> {
        let rows = sqlx::query(
            "WITH over_all AS (SELECT 1 WHERE $1 IS NULL OR EXISTS \
             (SELECT 1 FROM staff WHERE id = $1 AND admin AND disabled_at IS NULL)), \
             led AS (SELECT id FROM hotel WHERE EXISTS (SELECT 1 FROM over_all) UNION SELECT m.hotel FROM \
             membership m \
             JOIN staff v ON v.id = m.staff AND v.disabled_at IS NULL WHERE m.staff = $1 AND m.role = \
             'manager') \
             SELECT s.id, s.name, s.email, s.admin, s.disabled_at IS NOT NULL, s.last_seen_at, m.hotel, \
             m.role FROM staff s \
             LEFT JOIN membership m ON m.staff = s.id AND m.hotel IN (SELECT id FROM led) \
             WHERE m.hotel IS NOT NULL OR EXISTS (SELECT 1 FROM over_all) ORDER BY s.name, s.id",
        )
        .bind(viewer.map(|id| id.0))
        .fetch_all(&self.readers)
        .await?;
        let mut people: Vec<Somebody> = Vec::new();
        for row in &rows {
            let id = StaffId(row.try_get(0)?);
            if people.last().is_none_or(|before| before.id != id) {
                people.push(Somebody {
                    id,
                    name: row.try_get(1)?,
                    email: row.try_get(2)?,
                    admin: row.try_get(3)?,
                    disabled: row.try_get(4)?,
                    seen_at: row.try_get::<Option<i64>, _>(5)?.map(Millis),
                    roles: Vec::new(),
                });
            }
            if let (Some(hotel), Some(somebody)) = (row.try_get::<Option<Uuid>, _>(6)?, people.last_mut()) {
                somebody.roles.push((HotelId(hotel), role(row, 7)?));
            }
        }
        Ok(people)
    }

    async fn add_staff(&self, staff: NewStaff, by: Option<StaffId>) -> Result<Done> {
        self.work(move |db| {
            let new = staff.clone();
            Box::pin(async move {
                let whole = new.admin || new.memberships.is_empty();
                if whole && !may_change(db, by, None).await? {
                    return not_found();
                }
                let taken = sqlx::query("SELECT 1 FROM staff WHERE email = $1")
                    .bind(&new.email)
                    .fetch_optional(&mut *db)
                    .await?;
                if taken.is_some() {
                    let why = "someone already signs in with this address".to_owned();
                    return Ok((Err(Refusal::Invalid { field: "E-mail".into(), why }), Vec::new()));
                }
                for (hotel, _) in &new.memberships {
                    if !may_change(db, by, Some(*hotel)).await? {
                        return not_found();
                    }
                }
                sqlx::query(
                    "INSERT INTO staff (id, email, name, password_hash, admin, created_at, password_given) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                )
                .bind(new.id.0)
                .bind(new.email)
                .bind(new.name)
                .bind(new.password_hash)
                .bind(new.admin)
                .bind(new.at.0)
                .bind(by.is_some())
                .execute(&mut *db)
                .await?;
                let detail = format!("{}{}", new.id, if new.admin { " admin" } else { "" });
                put_audit(db, Audit { at: new.at, what: "staff_added", by, hotel: None, detail }).await?;
                for (hotel, role) in new.memberships {
                    set_role(db, new.id, hotel, Some(role), by, new.at).await?;
                }
                Ok((Ok(()), Vec::new()))
            })
        })
        .await
    }

    async fn set_roles(
        &self,
        staff: StaffId,
        roles: Vec<NewRole>,
        by: Option<StaffId>,
        at: Millis,
    ) -> Result<Done> {
        self.work(move |db| {
            let roles = roles.clone();
            Box::pin(async move {
                if !is_somebody(db, staff).await? {
                    return not_found();
                }
                if let Some(by) = by
                    && !may_see(db, by, staff).await?
                {
                    return not_found();
                }
                for new in &roles {
                    if !may_change(db, by, Some(new.hotel)).await? {
                        return not_found();
                    }
                    if let Some(seen) = new.seen
                        && role_in(db, staff, new.hotel).await? != seen
                    {
                        let why = "somebody has changed it meanwhile; look again".to_owned();
                        return Ok((Err(Refusal::Invalid { field: "Role".into(), why }), Vec::new()));
                    }
                }
                let mut changed = false;
                for new in roles {
                    changed |= set_role(db, staff, new.hotel, new.role, by, at).await?;
                }
                if changed {
                    count(db, staff).await?;
                }
                Ok((Ok(()), Vec::new()))
            })
        })
        .await
    }

    async fn set_admin(&self, staff: StaffId, admin: bool, by: Option<StaffId>, at: Millis) -> Result<Done> {
        self.work(move |db| {
            Box::pin(async move {
                if !may_change(db, by, None).await? || !is_somebody(db, staff).await? {
                    return not_found();
                }
                let changed = sqlx::query("UPDATE staff SET admin = $2 WHERE id = $1 AND admin <> $2")
                    .bind(staff.0)
                    .bind(admin)
                    .execute(&mut *db)
                    .await?;
                if changed.rows_affected() > 0 {
                    count(db, staff).await?;
                    let what = if admin { "role_given" } else { "role_withdrawn" };
                    put_audit(db, Audit { at, what, by, hotel: None, detail: format!("{staff} admin") })
                        .await?;
                }
                Ok((Ok(()), Vec::new()))
            })
        })
        .await
    }

    async fn set_login(&self, staff: StaffId, works: bool, by: Option<StaffId>, at: Millis) -> Result<Done> {
        self.work(move |db| {
            Box::pin(async move {
                if !may_change(db, by, None).await? || !is_somebody(db, staff).await? {
                    return not_found();
                }
                let changed = sqlx::query(
                    "UPDATE staff SET disabled_at = $2 WHERE id = $1 \
                        AND (disabled_at IS NULL) <> ($2 IS NULL)",
                )
                .bind(staff.0)
                .bind((!works).then_some(at.0))
                .execute(&mut *db)
                .await?;
                if changed.rows_affected() > 0 {
                    count(db, staff).await?;
                    // Given back, the login is not what a lost device is still signed in with.
                    end_sessions(db, staff).await?;
                    let what = if works { "staff_enabled" } else { "staff_disabled" };
                    put_audit(db, Audit { at, what, by, hotel: None, detail: staff.to_string() }).await?;
                }
                Ok((Ok(()), Vec::new()))
            })
        })
        .await
    }

    async fn password(&self, staff: StaffId) -> Result<Option<(String, bool)>> {
        let found = sqlx::query_as(
            "SELECT password_hash, password_given FROM staff WHERE id = $1 AND disabled_at IS NULL",
        );
        Ok(found.bind(staff.0).fetch_optional(&self.readers).await?)
    }

    async fn set_password(
        &self,
        staff: StaffId,
        hash: String,
        by: Option<StaffId>,
        at: Millis,
    ) -> Result<Done> {
        self.work(move |db| {
            let hash = hash.clone();
            Box::pin(async move {
                let own = by == Some(staff);
                if !own && !may_change(db, by, None).await? || !is_somebody(db, staff).await? {
                    return not_found();
                }
                sqlx::query("UPDATE staff SET password_hash = $2, password_given = $3 WHERE id = $1")
                    .bind(staff.0)
                    .bind(hash)
                    .bind(by.is_some() && !own)
                    .execute(&mut *db)
                    .await?;
                count(db, staff).await?;
                end_sessions(db, staff).await?;
                put_audit(db, Audit { at, what: "password_set", by, hotel: None, detail: staff.to_string() })
                    .await?;
                Ok((Ok(()), Vec::new()))
            })
        })
        .await
    }

    async fn rights_changed(&self, rev: i64) -> Result<Vec<RightsChange>> {
        let rows: Vec<(i64, Uuid, bool)> =
            sqlx::query_as("SELECT rev, id, disabled_at IS NOT NULL FROM staff WHERE rev > $1 ORDER BY rev")
                .bind(rev)
                .fetch_all(&self.readers)
                .await?;
        Ok(rows
            .into_iter()
            .map(|(rev, id, disabled)| RightsChange { rev, staff: StaffId(id), disabled })
            .collect())
    }

    async fn held_without_right(&self) -> Result<Vec<(ConversationId, Epoch)>> {
        let rows: Vec<(Uuid, i64)> = sqlx::query_as(
            "SELECT c.id, c.epoch FROM conversation c JOIN staff s ON s.id = c.holder WHERE c.holder IS NOT \
             NULL AND \
             (s.disabled_at IS NOT NULL OR NOT s.admin AND NOT EXISTS \
             (SELECT 1 FROM membership m WHERE m.staff = c.holder AND m.hotel = c.hotel))",
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|(id, epoch)| (ConversationId(id), epoch)).collect())
    }
}
