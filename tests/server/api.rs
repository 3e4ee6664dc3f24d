//! What a hotel's own systems tell: once per key, in the order of its own versions, behind its own key.

use super::{
    client::{Socket, get, post, staff_cookie, waiting_guest},
    house::House,
};
use serde_json::{Value, json};

const STAYS: &str = "/api/v1/hotels/alpha/stays";

pub(super) struct Answer {
    pub status: u16,
    pub kind: String,
    pub retry_after: Option<String>,
    pub body: Value,
}

impl Answer {
    pub fn pointers(&self) -> Vec<&str> {
        self.body["errors"]
            .as_array()
            .map(|all| all.iter().map(|e| e["pointer"].as_str().unwrap()).collect())
            .unwrap_or_default()
    }
}

pub(super) async fn call(
    house: &House,
    path: &str,
    key: &str,
    headers: &[(&str, &str)],
    body: Option<String>,
) -> Answer {
    let url = format!("http://{}{path}", house.address);
    let mut headers: Vec<(String, String)> =
        headers.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    if !key.is_empty() {
        headers.push(("authorization".into(), format!("Bearer {key}")));
    }
    let work = move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = match body {
            Some(body) => {
                let request = headers.iter().fold(agent.post(&url), |r, (k, v)| r.header(k, v));
                request.content_type("application/json").send(body).unwrap()
            }
            None => headers.iter().fold(agent.get(&url), |r, (k, v)| r.header(k, v)).call().unwrap(),
        };
        let kind =
            answer.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let retry_after = answer.headers().get("retry-after").map(|v| v.to_str().unwrap().to_owned());
        let text = answer.body_mut().read_to_string().unwrap();
        Answer {
            status: answer.status().as_u16(),
            kind,
            retry_after,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        }
    };
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn tell(house: &House, key: &str, idempotency: &str, body: &Value) -> Answer {
    call(house, STAYS, key, &[("idempotency-key", idempotency)], Some(body.to_string())).await
}

pub(super) async fn new_key(house: &House, scopes: &[&str]) -> String {
    key_of(house, "Beat", "alpha", scopes).await
}

/// A key of this hotel, made by its manager.
pub(super) async fn key_of(house: &House, manager: &str, hotel: &str, scopes: &[&str]) -> String {
    let cookie = staff_cookie(house, manager).await;
    let mut form = vec![("name", "PMS")];
    form.extend(scopes.iter().map(|scope| (*scope, "1")));
    let page = post(house, &format!("/admin/hotels/{hotel}/keys"), &cookie, &form).await;
    page.body.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

fn house() -> House {
    let house = House::open();
    house.add_staff("Beat", &["--manager", "alpha"]);
    house
}

fn reserved(reference: &str) -> Value {
    json!({"event": "reserved", "reference": reference, "version": 1, "arrival": "2036-03-01",
        "departure": "2036-03-04", "party": 2,
        "guest": {"name": "Yuki Tanaka", "email": "Yuki@example.org", "phone": "+81 1", "language": "ja"}})
}

#[tokio::test]
async fn a_key_opens_its_own_hotel_for_what_it_is_allowed_until_it_is_revoked() {
    let house = house();
    house.add_hotel("beta");
    let (write, read) = (new_key(&house, &["write"]).await, new_key(&house, &["read"]).await);
    assert_eq!(tell(&house, &write, "1", &reserved("R-1")).await.status, 200);
    let one = format!("{STAYS}/R-1");
    assert_eq!(call(&house, &one, &read, &[], None).await.body["name"], "Yuki Tanaka");
    for (answer, status) in [
        (tell(&house, "", "2", &reserved("R-1")).await, 401),
        (tell(&house, "bellhop_made-up", "2", &reserved("R-1")).await, 401),
        (tell(&house, &read, "2", &reserved("R-1")).await, 403),
        (call(&house, &one, &write, &[], None).await, 403),
        (call(&house, &format!("{STAYS}/R-2"), &read, &[], None).await, 404),
        (
            call(
                &house,
                "/api/v1/hotels/beta/stays",
                &write,
                &[("idempotency-key", "2")],
                Some(reserved("R-1").to_string()),
            )
            .await,
            404,
        ),
        (call(&house, "/api/v1/hotels/atlantis/stays/R-1", &read, &[], None).await, 404),
    ] {
        assert_eq!(
            (answer.status, answer.kind.as_str()),
            (status, "application/problem+json"),
            "{}",
            answer.body
        );
        assert_eq!(answer.body["status"], status);
    }
    let beat = staff_cookie(&house, "Beat").await;
    let page = get(&house, "/admin/hotels/alpha", &beat).await;
    assert!(page.body.contains("Last used"));
    for id in house.rows("SELECT id FROM api_key").concat() {
        post(&house, &format!("/admin/hotels/alpha/keys/{id}/revoke"), &beat, &[]).await;
    }
    assert_eq!(tell(&house, &write, "3", &reserved("R-1")).await.status, 401);
    assert_eq!(house.number("SELECT count(*) FROM stay_event"), 1);
}

#[tokio::test]
async fn the_same_call_again_gets_the_same_answer_and_another_call_under_its_key_a_conflict() {
    let house = house();
    let key = new_key(&house, &["write"]).await;
    let first = tell(&house, &key, "k", &reserved("R-1")).await;
    tell(
        &house,
        &key,
        "m",
        &json!({"event": "room_assigned", "reference": "R-1", "version": 2, "room": "214"}),
    )
    .await;
    let again = tell(&house, &key, "k", &reserved("R-1")).await;
    assert_eq!((again.status, &again.body), (200, &first.body), "as it was then");
    assert_eq!(tell(&house, &key, "k", &reserved("R-2")).await.status, 409);
    // The same version: once more is fine, with other words it is not.
    assert_eq!(tell(&house, &key, "l", &reserved("R-1")).await.status, 200);
    let mut other = reserved("R-1");
    other["party"] = json!(3);
    assert_eq!(tell(&house, &key, "n", &other).await.status, 409);
    assert_eq!(house.number("SELECT count(*) FROM stay"), 1);
    assert_eq!(house.number("SELECT count(*) FROM stay_event"), 2);
    // Twenty at once are one.
    let tries = (0..20).map(|_| {
        let house = &house;
        let key = &key;
        async move { tell(house, key, "at once", &reserved("R-9")).await.status }
    });
    assert!(futures::future::join_all(tries).await.into_iter().all(|status| status == 200));
    assert_eq!(
        house.number(
            "SELECT count(*) FROM stay_event e JOIN stay s ON s.id = e.stay WHERE s.reference = 'R-9'"
        ),
        1
    );
}

#[tokio::test]
async fn events_add_up_to_the_same_stay_in_whatever_order_they_arrive() {
    let house = house();
    let key = new_key(&house, &["write", "read"]).await;
    let story = |reference: &str| {
        let mut events = vec![
            reserved(reference),
            json!({"event": "room_assigned", "version": 2, "room": "214"}),
            json!({"event": "checked_in", "version": 3}),
            json!({"event": "changed", "version": 4, "departure": "2036-03-06", "guest": {"phone": ""}}),
            json!({"event": "room_moved", "version": 5, "room": "310"}),
        ];
        events.iter_mut().for_each(|e| e["reference"] = json!(reference));
        events
    };
    let orders = permutations(5);
    assert_eq!(orders.len(), 120);
    let mut outcomes = std::collections::HashSet::new();
    for (n, order) in orders.iter().enumerate() {
        let reference = format!("R-{n}");
        let events = story(&reference);
        for at in order {
            assert_eq!(tell(&house, &key, &format!("{n} {at}"), &events[*at]).await.status, 200);
        }
        let mut stay = call(&house, &format!("{STAYS}/{reference}"), &key, &[], None).await.body;
        stay["reference"] = Value::Null;
        outcomes.insert(stay.to_string());
    }
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    let stay: Value = serde_json::from_str(outcomes.iter().next().unwrap()).unwrap();
    for (field, value) in [
        ("room", json!("310")),
        ("last_room", json!("214")),
        ("departure", json!("2036-03-06")),
        ("booking", json!("checked_in")),
        ("phase", json!("in_house")),
        ("phone", json!("")),
        ("email", json!("yuki@example.org")),
        ("version", json!(5)),
    ] {
        assert_eq!(stay[field], value, "{field}");
    }
}

fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let smaller = permutations(n - 1);
    smaller
        .iter()
        .flat_map(|p| {
            (0..n).map(move |at| {
                let mut p = p.clone();
                p.insert(at, n - 1);
                p
            })
        })
        .collect()
}

#[tokio::test]
async fn a_late_event_is_taken_in_at_its_place_and_says_so() {
    let house = house();
    let key = new_key(&house, &["write"]).await;
    let cancelled = json!({"event": "cancelled", "reference": "R-1", "version": 9});
    assert_eq!(tell(&house, &key, "1", &cancelled).await.body["latest"], true);
    let late = tell(&house, &key, "2", &reserved("R-1")).await;
    assert_eq!(
        (&late.body["latest"], &late.body["stay"]["booking"], &late.body["stay"]["name"]),
        (&json!(false), &json!("cancelled"), &json!("Yuki Tanaka"))
    );
    assert_eq!((&late.body["stay"]["phase"], &late.body["stay"]["version"]), (&Value::Null, &json!(9)));
    let again = json!({"event": "reserved", "reference": "R-1", "version": 10, "guest": {"name": null},
        "party": null});
    let again = tell(&house, &key, "3", &again).await.body["stay"].clone();
    assert_eq!(
        (&again["phase"], &again["name"], &again["party"]),
        (&json!("arriving"), &json!(""), &Value::Null),
        "made again, and cleared by null"
    );
    let named = json!({"event": "changed", "reference": "R-1", "version": 11, "guest": {"name": "Ada",
        "email": "ada@example.org", "phone": "1", "language": "de"}});
    tell(&house, &key, "4", &named).await;
    let nobody = json!({"event": "changed", "reference": "R-1", "version": 12, "guest": null});
    let nobody = tell(&house, &key, "5", &nobody).await.body["stay"].clone();
    let of_guest = ["name", "email", "phone", "language"].map(|field| nobody[field].clone());
    assert_eq!(of_guest, [json!(""), json!(""), json!(""), json!("")], "all of the guest, by one null");
}

#[tokio::test]
async fn an_agents_word_counts_until_the_hotels_system_says_more() {
    let house = house();
    house.add_staff("Maria", &["--agent", "alpha"]);
    let key = new_key(&house, &["write"]).await;
    tell(&house, &key, "1", &reserved("R-1")).await;
    let (mut guest, c) = waiting_guest(&house).await;
    guest.ok(json!({"do": "introduce", "hotel": "alpha", "name": "Yuki Tanaka"})).await;
    let mut maria = Socket::staff(&house, "Maria").await;
    maria.watch().await;
    let likely = maria.ok(json!({"do": "open", "conversation": c})).await["likely"].clone();
    maria.ok(json!({"do": "link", "conversation": c, "stay": likely[0]["id"]})).await;
    maria.ok(json!({"do": "stay", "conversation": c, "change": {"room": "12", "phone": "+41 2"}})).await;
    assert_eq!(maria.event_where(|e| e["row"]["stay"]["room"] == "12").await["row"]["id"], json!(c));
    // What comes next from the hotel's system arrives in the console at once; what it does not name stays as
    // she said.
    tell(&house, &key, "2", &json!({"event": "room_moved", "reference": "R-1", "version": 2, "room": "14"}))
        .await;
    let row = maria.event_where(|e| e["row"]["stay"]["room"] == "14").await["row"].clone();
    assert_eq!((&row["stay"]["last_room"], &row["stay"]["phone"]), (&json!("12"), &json!("+41 2")));
    guest.say_as_guest("alpha", "Thank you").await;
    let heard = json!(guest.heard_until("Thank you").await).to_string();
    assert!(!heard.contains("R-1"), "a guest hears nothing of it: {heard}");
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_said_by_field() {
    let house = house();
    let key = new_key(&house, &["write"]).await;
    let event = |more: Value| {
        let mut event = json!({"event": "changed", "reference": "R-1", "version": 1});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event.to_string()
    };
    for (body, pointers) in [
        (event(json!({"arrival": "2036-02-30"})), vec!["/arrival"]),
        (
            event(json!({"arrival": "2036-03-04", "departure": "2036-03-01", "party": 100})),
            vec!["/party", "/departure"],
        ),
        (
            event(json!({"guest": {"email": "nobody", "name": "x".repeat(81)}})),
            vec!["/guest/name", "/guest/email"],
        ),
        (event(json!({"event": "room_moved"})), vec!["/room"]),
        (event(json!({"event": "room_moved", "room": " "})), vec!["/room"]),
        (event(json!({"reference": " "})), vec!["/reference"]),
        (event(json!({"version": 0})), vec!["/version"]),
        (event(json!({"version": 1u64 << 53})), vec!["/version"]),
        (event(json!({"version": "7"})), vec!["/version"]),
        (event(json!({"event": "teleported"})), vec!["/event"]),
        (event(json!({"rooom": "1"})), vec!["/rooom"]),
        (json!({"event": "changed", "version": 1}).to_string(), vec!["/reference"]),
        ("{".to_owned(), vec!["/"]),
        (String::new(), vec!["/"]),
        ("[1]".to_owned(), vec!["/"]),
    ] {
        let answer = call(&house, STAYS, &key, &[("idempotency-key", "1")], Some(body.clone())).await;
        assert_eq!((answer.status, answer.pointers()), (422, pointers), "{body}: {}", answer.body);
    }
    for header in [vec![], vec![("idempotency-key", "")]] {
        let answer = call(&house, STAYS, &key, &header, Some(event(json!({})))).await;
        assert_eq!((answer.status, answer.pointers()), (422, vec!["Idempotency-Key"]));
    }
    let long = "x".repeat(256);
    assert_eq!(
        call(&house, STAYS, &key, &[("idempotency-key", &long)], Some(event(json!({})))).await.status,
        422
    );
    let big = call(&house, STAYS, &key, &[("idempotency-key", "1")], Some("x".repeat(70_000))).await;
    assert_eq!((big.status, big.kind.as_str()), (413, "application/problem+json"));
    assert_eq!(house.number("SELECT count(*) FROM stay"), 0);
}

#[tokio::test]
async fn the_api_describes_itself() {
    let house = house();
    let document = call(&house, "/api/openapi.json", "", &[], None).await.body;
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths["/api/v1/hotels/{hotel}/stays"]["post"]["requestBody"].is_object());
    assert!(paths["/api/v1/hotels/{hotel}/stays/{reference}"]["get"].is_object());
    let push = &paths["/message/{action}/{to}"]["post"];
    for status in ["200", "202", "401", "403", "404", "409", "413", "415", "422", "429"] {
        assert!(push["responses"][status].is_object(), "{status}");
    }
    let signed = document["webhooks"]["said"]["post"]["parameters"].as_array().unwrap();
    assert!(signed.iter().any(|header| header["name"] == "webhook-signature"));
    let schemas = document["components"]["schemas"].as_object().unwrap();
    // Every reference leads somewhere.
    for name in document
        .to_string()
        .split("#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
    {
        assert!(schemas.contains_key(name), "{name}");
    }
    assert!(schemas["StayEvent"]["properties"]["version"].is_object());
}
