//! Small forms of the guest's pages. They post without WASM, and are written as text, which weighs a third of
//! what building them would.
//!
//! In: a slug (letters, digits and hyphens), a token, a room. Out: HTML. Never: a text that is not escaped.

use crate::ui::escaped;
use domain::ConversationId;

/// The way out of a frame in which nothing can be kept.
pub fn own_window(hotel: &str, token: &str) -> String {
    format!(
        "<form class=own-window method=post target=_blank action=/chat/{hotel}/window><p>Your browser won’t \
         remember this chat \
         once you leave this page.</p><input type=hidden name=token value={token}><button class=button>Open \
         it in its own \
         window</button></form>"
    )
}

/// The style sheet fills the stars up to the one picked.
pub fn rating_form(slug: &str, id: ConversationId, token: &str) -> String {
    let mut stars = String::new();
    for n in ['1', '2', '3', '4', '5'] {
        stars.push_str("<label><input type=radio name=stars required value=");
        stars.push(n);
        stars.push_str("><span aria-hidden=true>★</span><span class=hidden>");
        stars.push(n);
        stars.push_str(" of 5</span></label>");
    }
    format!(
        "<form class=rating method=post action=/chat/{slug}/rating><fieldset><legend>How did we \
            do?</legend><div class=stars>{stars}</div>\
         </fieldset><input type=hidden name=conversation value={id}><input type=hidden name=token \
         value=\"{token}\"><input name=word maxlength=500 autocomplete=off \
         aria-label=\"Tell us more (optional)\" placeholder=\"Tell us more (optional)\"><button \
         class=button>Send</button></form>"
    )
}

/// From which room the guest writes, by the code they have opened, and the way to say that it is another.
pub fn room_form(slug: &str, room: &str, token: &str) -> String {
    format!(
        "<form class=room method=post action=/chat/{slug}/room>Room {}<input type=hidden name=token \
         value=\"{token}\"><button class=\"button quiet\">Not your room?</button></form>",
        escaped(room)
    )
}
