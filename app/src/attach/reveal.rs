//! Files on a page whose browser returns no cookie: fetched with the frame's token, which never stands in an
//! address, and shown from this page's memory.

use crate::browser::Js;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::Element;

/// Has every file of the page that still has its address on the server come with the token.
pub fn reveal(token: &str) {
    let Ok(all) = document().query_selector_all(".files [src^='/files/'], .files [href^='/files/']") else {
        return;
    };
    for n in 0..all.length() {
        let Some(element) = all.get(n).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
        let name = if element.has_attribute("src") { "src" } else { "href" };
        let address = element.get_attribute(name).unwrap_or_default();
        // Not asked for twice, nor by the browser itself.
        let _ = element.remove_attribute(name);
        let token = token.to_owned();
        leptos::task::spawn_local(async move {
            if let Some(own) = fetch(&address, &token).await {
                let _ = element.set_attribute(name, &own);
            }
        });
    }
}

async fn fetch(address: &str, token: &str) -> Option<String> {
    let headers = Js::object(&[("bellhop-token", token.into())]);
    let how = Js::object(&[("headers", headers)]);
    let response = Js::global("window").call("fetch", &[&address.into(), &how])?.done().await?;
    if !response.get("ok").is_true() {
        return None;
    }
    let blob = response.call("blob", &[])?.done().await?;
    Some(Js::global("URL").call("createObjectURL", &[&blob])?.text())
}
