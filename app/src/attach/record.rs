//! A voice, recorded until somebody stops it or two minutes are over.

use crate::browser::Js;
use js_sys::{Float32Array, Promise};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};

/// The most seconds of a voice message.
pub const MOST: f64 = 120.0;

/// Bars of a wave.
const BARS: usize = 64;

/// A recording that goes on.
#[derive(Clone)]
pub struct Recording {
    recorder: Js,
    stream: Js,
    pieces: Js,
    begun: f64,
}

/// A voice that was recorded.
pub struct Voice {
    pub blob: Js,
    pub seconds: f64,
    pub wave: String,
}

/// Begins to record.
///
/// # Errors
/// Why it cannot, for whoever wanted to.
pub async fn begin() -> Result<Recording, &'static str> {
    const NOT_ALLOWED: &str =
        "The microphone is off for this page. Allow it in the browser’s settings, then try again.";
    let devices = Js::global("navigator").get("mediaDevices");
    let audio = Js::object(&[("audio", true.into())]);
    if !Js::global("MediaRecorder").is_there() {
        return Err("This browser can’t record voice messages.");
    }
    let asking = devices.call("getUserMedia", &[&audio]).ok_or(NOT_ALLOWED)?;
    let stream = asking.done().await.ok_or(NOT_ALLOWED)?;
    // Small enough for a lift, and clear enough for an accent.
    let how = Js::object(&[("audioBitsPerSecond", 32_000.0.into())]);
    let recorder =
        Js::make("MediaRecorder", &[&stream, &how]).ok_or("This browser can’t record voice messages.")?;
    let pieces = Js::list(&[]);
    let into = pieces.clone();
    let hear = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        into.call("push", &[&Js::of(event).get("data")]);
    });
    recorder.set("ondataavailable", hear.into_js_value());
    recorder.call("start", &[]);
    Ok(Recording { recorder, stream, pieces, begun: crate::browser::clock() })
}

impl Recording {
    pub fn seconds(&self) -> f64 {
        ((crate::browser::clock() - self.begun) / 1_000.0).min(MOST)
    }

    /// Ends it; nothing is kept of what is not asked for.
    pub async fn end(&self) -> Option<Voice> {
        let seconds = self.seconds();
        let recorder = self.recorder.clone();
        let ending = Promise::new(&mut |done, _| recorder.set("onstop", done));
        self.recorder.call("stop", &[])?;
        Js::of(ending).done().await?;
        let tracks: js_sys::Array = JsValue::from(self.stream.call("getTracks", &[])?).dyn_into().ok()?;
        tracks.iter().for_each(|track| drop(Js::of(track).call("stop", &[])));
        let kind = Js::object(&[("type", self.recorder.get("mimeType"))]);
        let blob = Js::make("Blob", &[&self.pieces, &kind])?;
        let wave = wave(&blob).await.unwrap_or_default();
        Some(Voice { blob, seconds, wave })
    }
}

/// How loud it is from beginning to end, as digits.
async fn wave(blob: &Js) -> Option<String> {
    let bytes = blob.call("arrayBuffer", &[])?.done().await?;
    // One sample is enough to have a context; what it decodes has its own length.
    let context = Js::make("OfflineAudioContext", &[&1.0.into(), &1.0.into(), &8_000.0.into()])?;
    let decoded = context.call("decodeAudioData", &[&bytes])?.done().await?;
    let samples: Float32Array =
        JsValue::from(decoded.call("getChannelData", &[&0.0.into()])?).dyn_into().ok()?;
    let samples = samples.to_vec();
    let part = samples.len().div_ceil(BARS).max(1);
    let loud: Vec<f32> = samples
        .chunks(part)
        .map(|part| part.iter().fold(0.0, |most: f32, sample| most.max(sample.abs())))
        .collect();
    let most = loud.iter().copied().fold(0.01, f32::max);
    Some(
        loud.iter()
            .map(|loud| char::from(b'0' + (loud / most * 9.0).round().clamp(0.0, 9.0) as u8))
            .collect(),
    )
}
