//! A transcript on paper.
//!
//! In: a conversation's lines. Out: the bytes of a PDF. Never: a line left out; what no font has is drawn as
//! an empty box.

mod fonts;

use self::fonts::{FONTS, Fonts};
use domain::{AttachmentId, AttachmentKind, EntryKind, TimelineLine};
use krilla::{
    Document,
    color::rgb,
    geom::{Point, Size, Transform},
    image::Image,
    metadata::Metadata,
    num::NormalizedF32,
    page::PageSettings,
    paint::Fill,
    surface::Surface,
    text::{Font, GlyphId, KrillaGlyph},
};
use parley::{
    Alignment, AlignmentOptions, Layout, LayoutContext,
    style::{FontFamily, FontFamilyName, FontWeight, LineHeight, StyleProperty},
};
use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, PoisonError},
};

/// A4 in points, and its margins.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 54.0;
const FOOT: f32 = 40.0;

/// Points of the longer side of a picture.
const PICTURE: f32 = 180.0;

const INK: [u8; 3] = [34, 33, 30];
const SOFT: [u8; 3] = [93, 89, 79];
const NOTE: [u8; 3] = [110, 82, 8];

/// A piece of text with its looks.
struct Block<'a> {
    text: &'a str,
    size: f32,
    bold: bool,
    colour: [u8; 3],
    /// Distance to the block before, and from the left margin.
    above: f32,
    indent: f32,
}

impl<'a> Block<'a> {
    const fn new(text: &'a str) -> Self {
        Block { text, size: 10.0, bold: false, colour: INK, above: 2.0, indent: 0.0 }
    }
}

/// What went wrong while drawing.
#[derive(Debug, thiserror::Error)]
#[error("the PDF could not be made: {0}")]
pub struct PdfError(String);

/// Small versions of pictures, as JPEG. Of one that is not here only its name is written.
pub type Pictures = HashMap<AttachmentId, Vec<u8>>;

/// A name beside other things, each of which runs its own way: without it, a time behind an Arabic name would
/// stand in the middle of it (UAX #9, isolates).
fn apart(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

/// A transcript: its title, what is known, its lines.
pub fn pdf(
    title: &str,
    guest: &str,
    facts: &[(&'static str, String)],
    timeline: &[TimelineLine],
    pictures: &Pictures,
) -> Result<Vec<u8>, PdfError> {
    let mut guard = FONTS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut paper = Paper::new(title, &mut guard);
    paper.write(Block { size: 17.0, bold: true, above: 0.0, ..Block::new(title) })?;
    for (name, value) in facts {
        let text = format!("{name}: {}", apart(value));
        paper.write(Block { size: 9.0, colour: SOFT, above: 1.0, ..Block::new(&text) })?;
    }
    let mut day = "";
    for line in timeline {
        if line.day != day {
            day = &line.day;
            paper.write(Block { size: 9.5, bold: true, colour: SOFT, above: 16.0, ..Block::new(day) })?;
        }
        let entry = &line.entry;
        let by = &apart(if entry.by.is_guest() { guest } else { &entry.by.name });
        match entry.kind {
            kind if kind.is_words() => {
                let note = entry.kind == EntryKind::Note;
                let (mark, colour) = if note { (" · internal note", NOTE) } else { ("", INK) };
                let head = format!("{}{mark} · {}", entry.head(by), line.clock);
                paper.write(Block { size: 9.0, bold: true, colour, above: 8.0, ..Block::new(&head) })?;
                if !entry.body.is_empty() {
                    paper.write(Block { colour, above: 1.0, ..Block::new(&entry.body) })?;
                }
                for file in &entry.files {
                    if let Some(jpeg) = pictures.get(&file.id) {
                        paper.show(jpeg.clone());
                    }
                    let text = match (file.alt.is_empty(), file.kind) {
                        (false, _) => format!("{}: {}", file.label(), file.alt),
                        (true, AttachmentKind::Picture) => format!("{} {}", file.label(), file.name),
                        (true, _) => file.label(),
                    };
                    paper.write(Block { size: 9.0, colour: SOFT, above: 1.0, ..Block::new(text.trim()) })?;
                }
            }
            _ => {
                let reason = entry.reason().map(|reason| format!(" — “{reason}”")).unwrap_or_default();
                let text = format!("{} · {}", apart(&(entry.in_words(by) + &reason)), line.clock);
                paper.write(Block { size: 9.0, colour: SOFT, above: 8.0, ..Block::new(&text) })?;
            }
        }
        if !line.read_by.is_empty() {
            let readers: Vec<String> = line.read_by.iter().map(|reader| apart(reader)).collect();
            let text = format!("Read by {}", readers.join("; "));
            paper.write(Block { size: 8.0, colour: SOFT, above: 1.0, ..Block::new(&text) })?;
        }
    }
    paper.finish()
}

/// One line of laid-out text, ready to be drawn anywhere.
struct Row {
    height: f32,
    baseline: f32,
    runs: Vec<Run>,
}

struct Run {
    font: Font,
    size: f32,
    /// From the left edge of the line.
    x: f32,
    glyphs: Vec<KrillaGlyph>,
}

/// Pages, filled from top to bottom. They are drawn at the end, when their number is known.
struct Paper<'a> {
    title: String,
    fonts: &'a mut Fonts,
    layouts: LayoutContext<()>,
    /// By the file they are in, and their place in it.
    drawn: HashMap<(u64, u32), Font>,
    pages: Vec<Page>,
    y: f32,
}

#[derive(Default)]
struct Page {
    lines: Vec<Placed>,
    pictures: Vec<(Image, Point, Size)>,
}

struct Placed {
    row: Row,
    /// The whole block’s: its lines share it.
    text: Arc<str>,
    colour: [u8; 3],
    x: f32,
    y: f32,
}

impl<'a> Paper<'a> {
    fn new(title: &str, fonts: &'a mut Fonts) -> Self {
        Self {
            title: title.to_owned(),
            fonts,
            layouts: LayoutContext::new(),
            drawn: HashMap::new(),
            pages: vec![Page::default()],
            y: MARGIN,
        }
    }

    /// Writes a block below the one before, over as many pages as it needs.
    fn write(&mut self, block: Block<'_>) -> Result<(), PdfError> {
        // A tab has no glyph.
        let text: Arc<str> = block.text.replace('\t', "    ").into();
        let rows = self.rows(&text, &block, WIDTH - 2.0 * MARGIN - block.indent)?;
        self.y += block.above;
        for row in rows {
            if self.y + row.height > HEIGHT - MARGIN - FOOT {
                self.pages.push(Page::default());
                self.y = MARGIN;
            }
            let y = self.y + row.baseline;
            self.y += row.height;
            let placed =
                Placed { row, text: text.clone(), colour: block.colour, x: MARGIN + block.indent, y };
            if let Some(page) = self.pages.last_mut() {
                page.lines.push(placed);
            }
        }
        Ok(())
    }

    /// Shows a picture below what was written before. One that cannot be read is left out; its name follows.
    fn show(&mut self, jpeg: Vec<u8>) {
        let Ok(image) = Image::from_jpeg(jpeg.into(), true) else { return };
        let (width, height) = image.size();
        let scale = (PICTURE / width.max(height).max(1) as f32).min(1.0);
        let Some(size) = Size::from_wh(width as f32 * scale, height as f32 * scale) else { return };
        self.y += 4.0;
        if self.y + size.height() > HEIGHT - MARGIN - FOOT {
            self.pages.push(Page::default());
            self.y = MARGIN;
        }
        let at = Point::from_xy(MARGIN, self.y);
        self.y += size.height();
        if let Some(page) = self.pages.last_mut() {
            page.pictures.push((image, at, size));
        }
    }

    /// Breaks a text into lines and shapes them.
    fn rows(&mut self, text: &str, block: &Block<'_>, width: f32) -> Result<Vec<Row>, PdfError> {
        let names: Vec<FontFamilyName<'_>> = self
            .fonts
            .families
            .iter()
            .map(|name| FontFamilyName::Named(Cow::Borrowed(name.as_str())))
            .collect();
        let mut builder = self.layouts.ranged_builder(&mut self.fonts.context, text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(FontFamily::List(Cow::Owned(names))));
        builder.push_default(StyleProperty::FontSize(block.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(1.4)));
        builder.push_default(StyleProperty::FontWeight(FontWeight::new(if block.bold {
            700.0
        } else {
            400.0
        })));
        builder.push_default(StyleProperty::OverflowWrap(parley::style::OverflowWrap::Anywhere));
        let mut layout: Layout<()> = builder.build(text);
        layout.break_all_lines(Some(width));
        layout.align(Alignment::Start, AlignmentOptions::default());
        let mut rows = Vec::new();
        let mut top = 0.0;
        for line in layout.lines() {
            let metrics = line.metrics();
            let mut x = metrics.offset;
            let mut runs = Vec::new();
            for run in line.runs() {
                let font = run.font().clone();
                let index = font.index;
                let (data, id) = font.data.into_raw_parts();
                let font = match self.drawn.get(&(id, index)) {
                    Some(font) => font.clone(),
                    None => {
                        let font = Font::new(data.into(), index)
                            .ok_or_else(|| PdfError("a font cannot be read".into()))?;
                        self.drawn.insert((id, index), font.clone());
                        font
                    }
                };
                let size = run.font_size();
                let begin = x;
                let mut glyphs: Vec<KrillaGlyph> = Vec::new();
                for cluster in run.visual_clusters() {
                    if cluster.is_ligature_continuation() {
                        // It has no glyph of its own.
                        if let Some(glyph) = glyphs.last_mut() {
                            glyph.text_range.end = cluster.text_range().end;
                        }
                        continue;
                    }
                    for glyph in cluster.glyphs() {
                        let (advance, dx, dy) = (glyph.advance / size, glyph.x / size, glyph.y / size);
                        let id = GlyphId::new(glyph.id);
                        glyphs.push(KrillaGlyph::new(id, advance, dx, dy, 0.0, cluster.text_range(), None));
                        x += glyph.advance;
                    }
                }
                if !glyphs.is_empty() {
                    runs.push(Run { font, size, x: begin, glyphs });
                }
            }
            rows.push(Row { height: metrics.line_height, baseline: metrics.baseline - top, runs });
            top += metrics.line_height;
        }
        Ok(rows)
    }

    fn finish(mut self) -> Result<Vec<u8>, PdfError> {
        let pages = std::mem::take(&mut self.pages);
        let count = pages.len();
        let mut document = Document::new();
        document.set_metadata(Metadata::new().title(self.title.clone()).creator("Bellhop".to_owned()));
        for (number, placed) in pages.into_iter().enumerate() {
            let text: Arc<str> = format!("{} of {count} · {}", number + 1, self.title).into();
            let foot = Block { size: 8.0, colour: SOFT, ..Block::new(&text) };
            let foot = self.rows(&text, &foot, WIDTH - 2.0 * MARGIN)?;
            let settings =
                PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| PdfError("a page has no size".into()))?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            for piece in &placed.lines {
                draw(&mut surface, piece);
            }
            for (image, at, size) in placed.pictures {
                surface.push_transform(&Transform::from_translate(at.x, at.y));
                surface.draw_image(image, size);
                surface.pop();
            }
            if let Some(row) = foot.into_iter().next() {
                draw(&mut surface, &Placed { row, text, colour: SOFT, x: MARGIN, y: HEIGHT - FOOT });
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|e| PdfError(format!("{e:?}")))
    }
}

fn draw(surface: &mut Surface<'_>, piece: &Placed) {
    let Placed { row, text, colour, x, y } = piece;
    let [r, g, b] = *colour;
    surface.set_fill(Some(Fill {
        paint: rgb::Color::new(r, g, b).into(),
        opacity: NormalizedF32::ONE,
        rule: Default::default(),
    }));
    for run in &row.runs {
        surface.draw_glyphs(
            Point::from_xy(x + run.x, *y),
            &run.glyphs,
            run.font.clone(),
            text,
            run.size,
            false,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_stands_behind_a_name_whichever_way_the_name_runs() {
        for name in ["Zoë سارة", "سارة", "שרה כהן", "Ada"] {
            let head = format!("{} · 21:14", apart(name));
            let mut guard = FONTS.lock().unwrap_or_else(PoisonError::into_inner);
            let mut paper = Paper::new("", &mut guard);
            let rows = paper.rows(&head, &Block::new(&head), WIDTH).unwrap();
            let behind = head.find('·').unwrap();
            let (mut of_name, mut of_time) = (0.0_f32, WIDTH);
            for run in rows.iter().flat_map(|row| &row.runs) {
                let mut x = run.x;
                for glyph in &run.glyphs {
                    let width = krilla::text::Glyph::x_advance(glyph, run.size);
                    match glyph.text_range.start < behind {
                        true => of_name = of_name.max(x + width),
                        false => of_time = of_time.min(x),
                    }
                    x += width;
                }
            }
            assert!(of_name > 0.0 && of_name <= of_time + 0.1, "{name}: {of_name} {of_time}");
        }
    }
    use domain::{ActorKind, By, Entry, Millis};

    #[test]
    fn a_long_conversation_in_many_scripts_becomes_pages() {
        let line = |seq: i64, body: &str| TimelineLine {
            entry: Entry {
                seq,
                kind: EntryKind::Said,
                by: By { kind: ActorKind::Guest, id: None, name: String::new() },
                body: body.to_owned(),
                to: None,
                client_id: None,
                at: Millis(0),
                files: Vec::new(),
                terms: None,
            },
            day: "Fri 20 Nov 2026".into(),
            clock: "14:05".into(),
            read_by: Vec::new(),
        };
        let bodies = [
            "Grüezi, ça va? Αθήνα, Łódź",
            "請問無線網路密碼",
            "ขอผ้าเช็ดตัวเพิ่มค่ะ",
            "مرحبا، هل الفطور مشمول؟",
            "🙂\twide\nlines",
            "",
        ];
        let long = "a".repeat(3_000);
        let timeline: Vec<_> = (1..=120)
            .map(|seq| line(seq, bodies[seq as usize % bodies.len()]))
            .chain([line(121, &long), line(122, &"word ".repeat(2_000))])
            .collect();
        let facts = [("Room", "214".to_owned())];
        let bytes = pdf("Hotel Seehof · Amélie", "Amélie", &facts, &timeline, &Pictures::new()).unwrap();
        assert!(bytes.starts_with(b"%PDF-") && bytes.trim_ascii_end().ends_with(b"%%EOF"));
        assert!(pdf("Nothing", "Nobody", &[], &[], &Pictures::new()).unwrap().starts_with(b"%PDF-"));
    }
}
