//! A page that only says something: not found, not now. Plain text of HTML, for places where nothing else
//! works.

/// The whole document. `title` and `text` are plain text.
pub fn notice_page(title: &str, text: &str) -> String {
    let (title, text) = (escape(title), escape(text));
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" \
         content=\"light dark\">\
         <title>{title} · Bellhop</title><link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"/notice.css\"></head><body><main><img src=\"/icon.svg\" alt=\"\" \
         width=\"56\" height=\"56\">\
         <h1>{title}</h1><p>{text}</p><p><a href=\"/\">Go to start</a></p></main></body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_user_typed_is_text_in_a_notice() {
        let page = super::notice_page("<b>", "a & \"<script>alert(1)</script>\"");
        assert!(!page.contains("<script>") && !page.contains("<b>"));
    }
}
