//! The queue of a hotel.

use super::{Answer, Desk};
use app::domain::{Colleague, Day, HotelId, Millis, Refusal, StaffId};
use app::wire::staff;
use chrono::{Offset as _, TimeZone as _};

impl Desk {
    pub async fn watch(&self, staff: StaffId, hotel: HotelId) -> Answer<staff::Watched> {
        let found = self.store.hotels().await?.into_iter().find(|h| h.id == hotel).ok_or(Refusal::NotFound)?;
        let since = start_of_day(self.clock.now(), &found.time_zone);
        let conversations = self.store.queue(staff, hotel, since).await?.ok_or(Refusal::NotFound)?;
        let colleagues = self.colleagues(hotel).await?;
        let today = self.today(&found);
        let tags = self.store.tags(hotel).await?.into_iter().map(|tag| tag.name).collect();
        Ok(staff::Watched { hotel: found, today, conversations, colleagues, tags, present: self.hub.guests_present(hotel) })
    }

    pub async fn colleagues(&self, hotel: HotelId) -> Answer<Vec<Colleague>> {
        let mut colleagues = self.store.colleagues(hotel).await?;
        for colleague in &mut colleagues {
            colleague.present = self.hub.is_present(colleague.id);
        }
        Ok(colleagues)
    }
}

/// The day it is in an IANA time zone; in UTC if the zone is not known.
pub fn today(now: Millis, time_zone: &str) -> Day {
    let zone: chrono_tz::Tz = time_zone.parse().unwrap_or(chrono_tz::UTC);
    let Some(utc) = chrono::DateTime::from_timestamp_millis(now.0) else { return Day::of(now) };
    let date = utc.with_timezone(&zone).date_naive();
    Day(i64::from(date.to_epoch_days()))
}

/// The midnight before `now` in an IANA time zone; in UTC if the zone is not known.
pub fn start_of_day(now: Millis, time_zone: &str) -> Millis {
    let zone: chrono_tz::Tz = time_zone.parse().unwrap_or(chrono_tz::UTC);
    let Some(utc) = chrono::DateTime::from_timestamp_millis(now.0) else { return now };
    let local = utc.with_timezone(&zone).date_naive();
    midnight(local, zone)
}

/// The first moment of a day in a zone. Where clocks skip midnight the day begins an hour later.
pub fn midnight(day: chrono::NaiveDate, zone: chrono_tz::Tz) -> Millis {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let first = zone
        .from_local_datetime(&midnight)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(midnight + chrono::TimeDelta::hours(1))).earliest());
    match first {
        Some(at) => Millis(at.timestamp_millis()),
        None => Millis(
            midnight.and_utc().timestamp_millis()
                - i64::from(zone.offset_from_utc_datetime(&midnight).fix().local_minus_utc()) * 1_000,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_the_hotels_midnight_and_not_at_utcs() {
        // 2026-03-29 00:30 in Zurich (the night clocks change) is 2026-03-28 23:30 UTC.
        let now = Millis(1_774_740_600_000);
        assert_eq!(start_of_day(now, "Europe/Zurich"), Millis(1_774_738_800_000));
        assert_eq!(start_of_day(now, "UTC"), Millis(1_774_656_000_000));
        assert_eq!(start_of_day(now, "no/such zone"), Millis(1_774_656_000_000));
        assert_eq!(today(now, "Europe/Zurich").to_string(), "2026-03-29");
        assert_eq!(today(now, "America/New_York").to_string(), "2026-03-28");
    }
}
