//! The document around every page, and the data a hydrating page starts from.

use crate::js;
use leptos::{config::LeptosOptions, prelude::*};
use serde::{Serialize, de::DeserializeOwned};
#[cfg(feature = "hydrate")]
use wasm_bindgen::{JsCast as _, JsValue};

/// What differs between documents.
#[derive(Clone, Debug, Default)]
pub struct Head {
    title: String,
    accent: Option<String>,
    language: Option<String>,
    style: &'static str,
    script: Option<Script>,
    refresh: Option<String>,
}

impl Head {
    pub fn titled(title: &str) -> Self {
        Head { title: title.to_owned(), ..Head::default() }
    }

    /// The hotel's colour, as `#rrggbb`.
    pub fn accent(mut self, colour: &str) -> Self {
        self.accent = Some(colour.to_owned());
        self
    }

    pub fn language(mut self, tag: Option<&String>) -> Self {
        self.language = tag.cloned();
        self
    }

    /// Style rules of this area. They stand in the page, so that the style sheet every guest loads stays
    /// small.
    pub fn style(mut self, css: &'static str) -> Self {
        self.style = css;
        self
    }

    /// Loads an address after so many seconds: for what goes on by itself.
    pub fn refresh(mut self, seconds: u32, address: &str) -> Self {
        self.refresh = Some(format!("{seconds};url={address}"));
        self
    }

    pub fn script(mut self, script: Script) -> Self {
        self.script = Some(script);
        self
    }
}

/// Says which page is to come alive in the browser, and from what data.
#[derive(Clone, Debug)]
pub struct Script {
    page: &'static str,
    json: String,
}

impl Script {
    pub fn hydrate<T: Serialize>(page: &'static str, data: &T) -> Self {
        // `<` is the one character that could end the element it stands in.
        let json = serde_json::to_string(data).unwrap_or_default().replace('<', "\\u003c");
        Script { page, json }
    }
}

/// Says so when the page's own code has stopped, which WASM does for good, and offers the way out.
const WATCH: &str = include_str!("watch.js");

/// The whole document. `nonce` is that of the response's policy for scripts.
pub fn shell(
    head: Head,
    options: LeptosOptions,
    stylesheet: String,
    nonce: String,
    body: impl IntoView + 'static,
) -> impl IntoView {
    let page = head.script.as_ref().map(|s| s.page);
    let style = head.accent.map(|colour| format!("--hotel: {colour}"));
    let scripts = head.script.map(|script| {
        view! {
            <script type="application/json" id="page" inner_html=script.json></script>
            <script nonce=nonce inner_html=WATCH></script>
            <AutoReload options=options.clone()/>
            <HydrationScripts options=options.clone()/>
        }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en" style=style>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport"
                    content="width=device-width, initial-scale=1, viewport-fit=cover, \
                        interactive-widget=resizes-content"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="format-detection" content="telephone=no,date=no,address=no,email=no"/>
                {head.refresh.map(|when| view! { <meta http-equiv="refresh" content=when/> })}
                <title>{head.title}</title>
                <link rel="icon" href="/icon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=stylesheet id="leptos"/>
                {(!head.style.is_empty()).then(|| view! { <style inner_html=head.style></style> })}
                {scripts}
            </head>
            <body data-page=page>{body}</body>
        </html>
    }
}

/// The name of the page that is to come alive.
pub fn page_name() -> Option<String> {
    document().body()?.get_attribute("data-page")
}

/// The data it starts from; `None` if it is not that of this build.
pub fn page_data<T: DeserializeOwned>() -> Option<T> {
    js::read_text(&document().get_element_by_id("page")?.text_content()?)
}

/// Puts a living page in the place of what the server rendered. It looks the same, and what somebody has
/// typed meanwhile stands in it again. Nothing is asked of the old elements: translators, extensions and
/// telephones change them before any script of ours runs (an iPhone makes links of numbers), and whoever
/// relied on them would stop there.
#[cfg(feature = "hydrate")]
pub fn take_the_place<V: IntoView + 'static>(page: impl FnOnce() -> V + 'static) {
    let typed = Typed::all();
    let read = document().query_selector(".scroll").ok().flatten().map(|scroll| scroll.scroll_top());
    if let Some(body) = document().body() {
        body.set_inner_html("");
    }
    leptos::mount::mount_to_body(page);
    typed.into_iter().for_each(Typed::put_back);
    if let (Some(top), Ok(Some(scroll))) = (read, document().query_selector(".scroll")) {
        scroll.set_scroll_top(top);
    }
}

/// What stands in a field, and where its writer is.
#[cfg(feature = "hydrate")]
struct Typed {
    id: String,
    text: JsValue,
    /// The keyboard is in it; from where to where its text is selected.
    focus: Option<[JsValue; 2]>,
}

#[cfg(feature = "hydrate")]
impl Typed {
    fn all() -> Vec<Typed> {
        let Ok(fields) = document().query_selector_all("textarea[id], input[id]") else { return Vec::new() };
        let now = document().active_element().map(JsValue::from);
        let typed = |at| {
            let field = JsValue::from(fields.get(at)?);
            let of = |name: &str| js::field(&field, name).unwrap_or_default();
            let focus = (now.as_ref() == Some(&field)).then(|| [of("selectionStart"), of("selectionEnd")]);
            Some(Typed { id: of("id").as_string()?, text: of("value"), focus })
        };
        (0..fields.length()).filter_map(typed).collect()
    }

    fn put_back(self) {
        let Some(element) = document().get_element_by_id(&self.id) else { return };
        let put = |name: &str, value: &JsValue| drop(js_sys::Reflect::set(&element, &name.into(), value));
        if self.text.as_string().is_some_and(|text| !text.is_empty()) {
            put("value", &self.text);
        }
        if let (Some([from, to]), Some(field)) = (&self.focus, element.dyn_ref::<web_sys::HtmlElement>()) {
            let _ = field.focus();
            put("selectionStart", from);
            put("selectionEnd", to);
        }
    }
}
