//! The document around every page, and the data a hydrating page starts from.

use crate::js;
use leptos::{config::LeptosOptions, prelude::*};
use serde::{Serialize, de::DeserializeOwned};

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

    /// Style rules of this area. They stand in the page, so that the style sheet every guest loads stays small.
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

/// The whole document. `body` must be all that is in `<body>`: hydration walks it from the first node.
pub fn shell(head: Head, options: LeptosOptions, stylesheet: String, body: impl IntoView + 'static) -> impl IntoView {
    let page = head.script.as_ref().map(|s| s.page);
    let style = head.accent.map(|colour| format!("--hotel: {colour}"));
    let scripts = head.script.map(|script| {
        view! {
            <script type="application/json" id="page" inner_html=script.json></script>
            <AutoReload options=options.clone()/>
            <HydrationScripts options=options.clone()/>
        }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en" style=style>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"/>
                <meta name="color-scheme" content="light dark"/>
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

/// Puts a living page in the place of what the server rendered. It looks the same, and nobody has typed into it yet; where
/// they may have, the page is hydrated instead. The code for hydrating a whole desk is a quarter of its download.
#[cfg(feature = "hydrate")]
pub fn take_the_place<V: IntoView + 'static>(page: impl FnOnce() -> V + 'static) {
    if let Some(body) = document().body() {
        body.set_inner_html("");
    }
    leptos::mount::mount_to_body(page);
}
