//! A picture changed before it is passed on: rotated, cropped, an area of it blurred.
//!
//! In: a picture. Out: another one, with nothing in it of what was blurred or cropped away. Never: a change
//! of the first, which stays where it is.

use super::{
    dialog,
    picture::{QUALITY, drawn_as, fitting},
};
use crate::{
    browser::{Js, bitmap, encode},
    ui::{Icon, Shape},
};
use leptos::{html, prelude::*};
use std::{f64::consts::FRAC_PI_2, rc::Rc};

/// Steps that can be undone: each is a whole picture in memory.
const STEPS: usize = 6;

/// Colours that are left of a blurred area, along each side: too few for a number to be guessed.
const COLOURS: f64 = 8.0;

/// How far a key moves an area, and the least there is of one; of a thousand.
const STEP: i32 = 20;

/// An area of a picture, in thousandths of its sides: left, top, right, bottom.
type Area = [i32; 4];

/// Said where `done` gets nothing.
pub const NOT_EDITED: &str = "This browser could not edit the photo. Send it as it is, or choose another.";

/// Opens a picture to be changed. `done` is called with the file that came of it, of this name; or with
/// nothing, if this browser cannot draw it.
pub async fn edit(picture: &Js, name: String, word: &'static str, done: impl Fn(Option<Js>) + 'static) {
    let (Some(bitmap), Some(canvas)) = (bitmap(picture).await, Js::element("canvas")) else {
        return done(None);
    };
    let (width, height) = fitting(&bitmap);
    canvas.set("width", width);
    canvas.set("height", height);
    draw(&canvas, &[&bitmap, &0.0.into(), &0.0.into(), &width.into(), &height.into()]);
    bitmap.call("close", &[]);
    let kind = drawn_as(&picture.get("type").text());
    let (drawn, done) = (canvas.clone(), Rc::new(done));
    let finish = move || {
        let (name, canvas, done) = (name.clone(), drawn.clone(), done.clone());
        leptos::task::spawn_local(async move { done(file_of(&canvas, &name, kind).await) });
    };
    dialog::open("Edit photo", move |dialog| editor(canvas, word, finish, move || dialog.close()));
}

async fn file_of(canvas: &Js, name: &str, kind: &str) -> Option<Js> {
    let size = (canvas.get("width").number(), canvas.get("height").number());
    let blob = encode(canvas, size, kind, QUALITY).await?;
    Js::make("File", &[&Js::list(&[&blob]), &name.into(), &Js::object(&[("type", kind.into())])])
}

fn draw(canvas: &Js, what: &[&Js]) {
    if let Some(drawing) = canvas.call("getContext", &[&"2d".into()]) {
        // Of all that is made small a mean, and not a pixel here and there.
        drawing.set("imageSmoothingQuality", "high");
        drawing.call("drawImage", what);
    }
}

/// As it is now, to go back to.
fn copy(of: &Js) -> Option<Js> {
    let copy = Js::element("canvas")?;
    copy.set("width", of.get("width"));
    copy.set("height", of.get("height"));
    draw(&copy, &[of, &0.0.into(), &0.0.into()]);
    Some(copy)
}

/// Puts a picture back as it was.
fn restore(canvas: &Js, old: &Js) {
    canvas.set("width", old.get("width"));
    canvas.set("height", old.get("height"));
    draw(canvas, &[old, &0.0.into(), &0.0.into()]);
}

fn rotate(canvas: &Js, old: &Js, _: Area) {
    let (width, height) = (old.get("width").number(), old.get("height").number());
    canvas.set("width", height);
    canvas.set("height", width);
    let Some(drawing) = canvas.call("getContext", &[&"2d".into()]) else { return };
    drawing.call("translate", &[&height.into(), &0.0.into()]);
    drawing.call("rotate", &[&FRAC_PI_2.into()]);
    drawing.call("drawImage", &[old, &0.0.into(), &0.0.into()]);
}

/// An area in pixels: where it begins, and its size.
fn pixels(of: &Js, [left, top, right, bottom]: Area) -> [f64; 4] {
    let (width, height) = (of.get("width").number() / 1e3, of.get("height").number() / 1e3);
    let (x, y) = ((f64::from(left) * width).floor(), (f64::from(top) * height).floor());
    let size = |end: f64, start: f64| (end.ceil() - start).max(1.0);
    [x, y, size(f64::from(right) * width, x), size(f64::from(bottom) * height, y)]
}

fn crop(canvas: &Js, old: &Js, area: Area) {
    let [x, y, width, height] = pixels(old, area);
    canvas.set("width", width);
    canvas.set("height", height);
    draw(canvas, &[old, &(-x).into(), &(-y).into()]);
}

/// A blur can be undone by those who know how; of what is drawn so small and large again nothing is left.
fn blur(canvas: &Js, old: &Js, area: Area) {
    let [x, y, width, height] = pixels(old, area).map(Js::from);
    let Some(small) = Js::element("canvas") else { return };
    let (zero, side) = (Js::from(0.0), Js::from(COLOURS));
    small.set("width", COLOURS);
    small.set("height", COLOURS);
    draw(&small, &[old, &x, &y, &width, &height, &zero, &zero, &side, &side]);
    draw(canvas, &[&small, &zero, &zero, &side, &side, &x, &y, &width, &height]);
}

fn percent(thousandths: i32) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

fn editor(
    canvas: Js,
    word: &'static str,
    finish: impl Fn() + 'static,
    close: impl Fn() + Clone + 'static,
) -> impl IntoView {
    let end = close.clone();
    let area = RwSignal::new(None::<Area>);
    let steps = RwSignal::new_local(Vec::<Js>::new());
    let sheet = NodeRef::<html::Div>::new();
    let canvas = StoredValue::new_local(canvas);
    sheet.on_load(move |sheet| {
        canvas.with_value(|canvas| drop(Js::of(sheet).call("prepend", &[canvas])));
    });
    let change = move |how: fn(&Js, &Js, Area)| {
        canvas.with_value(|canvas| {
            let (Some(old), area_now) = (copy(canvas), area.get_untracked()) else { return };
            how(canvas, &old, area_now.unwrap_or([0, 0, 1_000, 1_000]));
            steps.update(|steps| {
                steps.push(old);
                if steps.len() > STEPS {
                    steps.remove(0);
                }
            });
        });
        area.set(None);
    };
    let undo = move |_| {
        if let Some(old) = steps.try_update(Vec::pop).flatten() {
            canvas.with_value(|canvas| restore(canvas, &old));
            area.set(None);
        }
    };
    // Where a pointer is on the picture.
    let place = move |event: &leptos::ev::PointerEvent| {
        let sheet = Js::of(sheet.get_untracked()?);
        let around = sheet.call("getBoundingClientRect", &[])?;
        let part = |at: i32, from: &str, size: &str| {
            let size = around.get(size).number().max(1.0);
            (((f64::from(at) - around.get(from).number()) * 1e3 / size) as i32).clamp(0, 1_000)
        };
        Some((part(event.client_x(), "left", "width"), part(event.client_y(), "top", "height")))
    };
    let from = RwSignal::new(None::<(i32, i32)>);
    let press = move |event: leptos::ev::PointerEvent| {
        if let Some(sheet) = sheet.get_untracked() {
            let _ = sheet.set_pointer_capture(event.pointer_id());
        }
        from.set(place(&event));
        area.set(None);
    };
    let pull = move |event: leptos::ev::PointerEvent| {
        if let (Some((x, y)), Some((to_x, to_y))) = (from.get_untracked(), place(&event)) {
            let drawn = [x.min(to_x), y.min(to_y), x.max(to_x), y.max(to_y)];
            // A press that trembles is no area.
            let large = drawn[2] - drawn[0] >= STEP / 2 && drawn[3] - drawn[1] >= STEP / 2;
            area.set(large.then_some(drawn));
        }
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        let (x, y) = match event.key().as_str() {
            "ArrowLeft" => (-STEP, 0),
            "ArrowRight" => (STEP, 0),
            "ArrowUp" => (0, -STEP),
            "ArrowDown" => (0, STEP),
            _ => return,
        };
        event.prevent_default();
        area.update(|area| *area = Some(moved(*area, (x, y), event.shift_key())));
    };
    let style = move || {
        area.get().map(|[left, top, right, bottom]| {
            format!(
                "left:{};top:{};width:{};height:{}",
                percent(left),
                percent(top),
                percent(right - left),
                percent(bottom - top)
            )
        })
    };
    let none = move || area.get().is_none();
    let hint = move || if none() { "Drag over the area to blur or keep." } else { "" };
    view! {
        // What lies below has keys of its own.
        <div class="looking editing" on:keydown=|event| event.stop_propagation()>
            <div class="ground">
                <div class="sheet" node_ref=sheet tabindex="0" role="application"
                    aria-label="Photo. Use the arrow keys to move the selection, with Shift to resize it"
                    on:pointerdown=press on:pointermove=pull on:pointerup=move |_| from.set(None)
                    on:pointercancel=move |_| from.set(None) on:keydown=key>
                    <div class="area" hidden=none style=style></div>
                </div>
            </div>
            <div class="tools">
                <span role="status">{hint}</span>
                <button type="button" class="button" on:click=move |_| change(rotate)>"Rotate"</button>
                <button type="button" class="button" disabled=none
                    on:click=move |_| change(blur)>"Blur"</button>
                <button type="button" class="button" disabled=none
                    on:click=move |_| change(crop)>"Crop"</button>
                <button type="button" class="button" disabled=move || steps.with(Vec::is_empty) on:click=undo>
                    "Undo"</button>
                <button type="button" class="button primary" disabled=move || steps.with(Vec::is_empty)
                    on:click=move |_| { finish(); end() }>{word}</button>
                <button type="button" class="button icon-only" aria-label="Close" on:click=move |_| close()>
                    <Icon shape=Shape::Close/></button>
            </div>
        </div>
    }
}

/// An area moved by a key, or its far corner with Shift; the first press shows one.
fn moved(area: Option<Area>, (x, y): (i32, i32), size: bool) -> Area {
    let Some([left, top, right, bottom]) = area else { return [300, 300, 700, 700] };
    if size {
        return [
            left,
            top,
            (right + x).clamp((left + STEP).min(1_000), 1_000),
            (bottom + y).clamp((top + STEP).min(1_000), 1_000),
        ];
    }
    let (x, y) = (x.clamp(-left, 1_000 - right), y.clamp(-top, 1_000 - bottom));
    [left + x, top + y, right + x, bottom + y]
}
