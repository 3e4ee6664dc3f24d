//! The fonts a transcript is drawn with: the program's own for Latin, Greek and Cyrillic, then those
//! installed on the machine (Debian: fonts-noto-core, fonts-noto-cjk, fonts-noto-color-emoji).

use parley::FontContext;
use std::{
    path::PathBuf,
    sync::{LazyLock, Mutex},
};

/// Where fonts are installed.
const FOLDERS: [&str; 3] = ["/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/texmf/fonts/opentype"];

/// The fonts of this program and this machine, read once.
pub(super) static FONTS: LazyLock<Mutex<Fonts>> = LazyLock::new(|| Mutex::new(Fonts::read()));

pub(super) struct Fonts {
    pub context: FontContext,
    /// Families in the order in which a character is looked for in them.
    pub families: Vec<String>,
}

impl Fonts {
    fn read() -> Self {
        let options = parley::fontique::CollectionOptions { system_fonts: false, ..Default::default() };
        let mut context = FontContext {
            collection: parley::fontique::Collection::new(options),
            source_cache: parley::fontique::SourceCache::default(),
        };
        let own: [&'static [u8]; 2] = [
            include_bytes!("../../../assets/fonts/NotoSans-Regular.ttf"),
            include_bytes!("../../../assets/fonts/NotoSans-Bold.ttf"),
        ];
        for font in own {
            context.collection.register_fonts(parley::fontique::Blob::from(font.to_vec()), None);
        }
        let mut families: Vec<String> = context.collection.family_names().map(str::to_owned).collect();
        context.collection.load_fonts_from_paths(FOLDERS.iter().map(PathBuf::from).filter(|p| p.is_dir()));
        let mut others: Vec<String> = context
            .collection
            .family_names()
            .filter(|name| !families.iter().any(|own| own == name))
            // Letters of one width are for other places.
            .filter(|name| !["Mono", "Serif", "Italic"].iter().any(|odd| name.contains(odd)))
            .map(str::to_owned)
            .collect();
        // Emoji last: their fonts have digits too.
        others.sort_by_key(|name| {
            (name.contains("Emoji"), !name.starts_with("Noto Sans"), name.len(), name.clone())
        });
        families.extend(others);
        Self { context, families }
    }
}
