//! Icons, drawn in the text's colour. They are decoration: the button around them carries the name.

use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Send,
    Sound,
    Silent,
    Back,
    Note,
    Alert,
    Keys,
    Guest,
    Team,
    Close,
    Link,
    Lock,
    Picture,
    Room,
    Clip,
    Microphone,
}

impl Shape {
    const fn path(self) -> &'static str {
        match self {
            Shape::Send => "M4 12 20 4l-5 16-3.5-6.5z",
            Shape::Sound => "M5 9h3l5-4v14l-5-4H5zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
            Shape::Silent => "M5 9h3l5-4v14l-5-4H5zM17 10l4 4M21 10l-4 4",
            Shape::Back => "M14 6l-6 6 6 6",
            Shape::Note => "M6 4h12v11l-5 5H6zM13 20v-5h5M9 8.5h6M9 12h4",
            Shape::Alert => "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4",
            Shape::Keys => "M4 7h16v10H4zM7 10h.01M10.5 10h.01M14 10h.01M17 10h.01M8 14h8",
            Shape::Guest => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0",
            Shape::Team => {
                "M9 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5a6.5 6.5 0 0 1 13 0M16 5.3a3.5 3.5 0 0 1 \
                 0 6.4M18 13.6a6.5 6.5 0 0 1 3.5 5.9"
            }
            Shape::Close => "M6 6l12 12M18 6 6 18",
            Shape::Link => {
                "M10 14a4 4 0 0 0 5.7 0l3.3-3.3a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0L5 13.3A4 4 \
                    0 0 0 10.7 19l1.3-1.3"
            }
            Shape::Lock => "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
            Shape::Picture => "M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15.5 9.5h.01",
            Shape::Clip => {
                "M20 11.5 12 19.4a5 5 0 0 1-7-7l8.4-8.3a3.3 3.3 0 0 1 4.7 4.7l-8.3 8.2a1.6 1.6 0 0 1-2.3-2.3\
                 l7.4-7.3"
            }
            Shape::Microphone => {
                "M12 15a3.5 3.5 0 0 0 3.5-3.5v-5a3.5 3.5 0 0 0-7 0v5A3.5 3.5 0 0 0 12 15zM5.5 11.5a6.5 6.5 0 \
                 0 0 13 0M12 18v3"
            }
            Shape::Room => {
                "M4 7h10M18 7h2M4 17h2M10 17h10M16 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM8 19.5a2.5 2.5 \
                    0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
            }
        }
    }
}

#[component]
pub fn Icon(shape: Shape) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=shape.path()></path>
        </svg>
    }
}
