//! A file on its way to the server, piece by piece: a broken one goes on where it stopped (tus 1.0).

use super::{Composer, kept, kept::Kept};
use crate::{browser::Js, js, live::pause};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::Attachment;
use wasm_bindgen::JsValue;

/// Bytes of a piece. Whole numbers throughout: reading and writing others would be half of this file.
const PIECE: i64 = 512 * 1024;

/// Milliseconds to wait after a piece did not get through; more each time.
const AGAIN: u64 = 1_000;
const LONGEST: u64 = 15_000;

/// What an attempt came to.
enum Answer {
    Taken(Attachment),
    /// So much is there.
    To(i64),
    /// There is no such upload: begin anew.
    Gone,
    /// Ask again after so many milliseconds.
    Later(u64),
    Refused(String),
}

/// Brings a file there. `told` hears how much of it is there, from 0 to 1, and whether it gets through.
///
/// # Errors
/// Why the server does not take it.
pub async fn bring(
    to: &Composer,
    file: &Kept,
    told: impl Fn(f64, bool),
    is_wanted: impl Fn() -> bool,
) -> Result<Attachment, String> {
    // Named in the message by the same id, should that have been stored without our knowing (rule H5).
    if let Some(taken) = js::read(file.0.get("taken").into()) {
        return Ok(taken);
    }
    let (mut at, mut asked, mut wait) = (0, false, AGAIN);
    let size = file.size() as i64;
    let part = |at: i64| at as f64 / size as f64;
    while is_wanted() {
        let address = file.0.get("upload").text();
        let answer = match (address.is_empty(), asked) {
            (true, _) => begin(to, file).await,
            // After a reload, or a piece of which nobody knows: from where it stopped.
            (false, false) => ask(to, file, &address, "HEAD", at, None).await,
            (false, true) => {
                let end = (at + PIECE).min(size);
                let piece = file.blob().call("slice", &[&(at as f64).into(), &(end as f64).into()]);
                ask(to, file, &address, "PATCH", at, piece).await
            }
        };
        match answer {
            Answer::Taken(attachment) => {
                kept::keep(file).await;
                return Ok(attachment);
            }
            Answer::To(there) => (at, asked, wait) = (there, true, AGAIN),
            Answer::Gone => {
                file.0.set("upload", "");
                at = 0;
            }
            Answer::Refused(why) => return Err(why),
            Answer::Later(least) => {
                told(part(at), false);
                pause(wait.max(least)).await;
                wait = (wait * 2).min(LONGEST);
                asked = false;
                continue;
            }
        }
        told(part(at), true);
    }
    Err(String::new())
}

async fn begin(to: &Composer, file: &Kept) -> Answer {
    let mut told = String::new();
    let text = |name| file.0.get(name).text();
    for (key, value) in
        [("filename", file.name()), ("alt", text("alt")), ("wave", text("wave")), ("seconds", seconds(file))]
    {
        told.push_str(&format!("{key} {},", STANDARD.encode(value)));
    }
    let headers = Js::object(&[
        ("upload-length", (file.size() as i64).to_string().as_str().into()),
        ("upload-metadata", told.trim_end_matches(',').into()),
        ("bellhop-token", to.token.as_str().into()),
    ]);
    let Some(response) = fetch(&to.address, "POST", headers, None).await else { return Answer::Later(0) };
    match response.get("status").number() as u16 {
        201 => {
            let address = header(&response, "location");
            file.0.set("upload", address.as_str());
            // So that it goes on there after a reload.
            kept::keep(file).await;
            Answer::To(0)
        }
        status => refused(&response, status).await,
    }
}

fn seconds(file: &Kept) -> String {
    (file.0.get("seconds").number() as i64).to_string()
}

async fn ask(to: &Composer, file: &Kept, address: &str, method: &str, at: i64, piece: Option<Js>) -> Answer {
    let headers = Js::object(&[
        ("upload-offset", at.to_string().as_str().into()),
        ("content-type", "application/offset+octet-stream".into()),
        ("bellhop-token", to.token.as_str().into()),
    ]);
    let Some(response) = fetch(address, method, headers, piece).await else { return Answer::Later(0) };
    let status = response.get("status").number() as u16;
    let is_whole = header(&response, "content-type").contains("json");
    match status {
        200 if is_whole && method == "PATCH" => {
            let taken = match response.call("json", &[]) {
                Some(reading) => reading.done().await,
                None => None,
            };
            let taken = taken.unwrap_or_else(|| "".into());
            file.0.set("taken", taken.clone());
            js::read(taken.into()).map_or(Answer::Later(0), Answer::Taken)
        }
        200 | 204 | 409 => match header(&response, "upload-offset").parse() {
            Ok(there) => Answer::To(there),
            Err(_) => Answer::Later(0),
        },
        404 => Answer::Gone,
        status => refused(&response, status).await,
    }
}

/// A no that lasts, or one to ask again after.
async fn refused(response: &Js, status: u16) -> Answer {
    let told = match response.call("json", &[]) {
        Some(reading) => reading.done().await,
        None => None,
    };
    let words = told.as_ref().map(|told| told.get("words").text()).unwrap_or_default();
    match status {
        429 => Answer::Later(told.map_or(0.0, |told| told.get("wait_ms").number()) as u64),
        401 | 403 => Answer::Refused("Reload the page, then send the file again.".to_owned()),
        400..=499 if status != 408 && !words.is_empty() => Answer::Refused(words),
        _ => Answer::Later(0),
    }
}

/// Takes back what was begun.
pub async fn take_back(to: &Composer, file: &Kept) {
    let address = file.0.get("upload").text();
    if !address.is_empty() {
        file.0.set("upload", "");
        fetch(&address, "DELETE", Js::object(&[("bellhop-token", to.token.as_str().into())]), None).await;
    }
}

async fn fetch(address: &str, method: &str, headers: Js, body: Option<Js>) -> Option<Js> {
    let how = Js::object(&[("method", method.into()), ("headers", headers), ("redirect", "error".into())]);
    if let Some(body) = body {
        how.set("body", JsValue::from(body));
    }
    Js::global("window").call("fetch", &[&address.into(), &how])?.done().await
}

fn header(response: &Js, name: &str) -> String {
    response.get("headers").call("get", &[&name.into()]).map(|value| value.text()).unwrap_or_default()
}
