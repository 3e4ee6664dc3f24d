//! What is wrong with a request, as RFC 9457 has programs told.

use crate::{desk::No, store::StoreError};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Fault, Refusal};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// A problem (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status and the title say all.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    /// What to do about it.
    detail: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Seconds after which it may be tried again.
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// What every call may be answered with before it is read.
#[derive(Debug, IntoResponses)]
#[expect(dead_code, reason = "describes; a `Problem` is what is answered")]
pub enum NotAdmitted {
    /// No key, or a revoked one
    #[response(status = 401, content_type = "application/problem+json")]
    Unknown(Problem),
    /// The key may not do this
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// Too many calls with this key; `Retry-After` says when again
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(Problem),
}

#[derive(Debug, Serialize, ToSchema)]
struct FieldError {
    /// A JSON pointer (RFC 6901) into the request, such as `/guest/email`; for headers, their name.
    pointer: String,
    detail: String,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Problem {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    pub fn unauthorized() -> Self {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "Show an API key of the hotel: Authorization: Bearer bellhop_…, or the key as the password of \
             HTTP Basic.",
        )
    }

    pub fn forbidden(scope: &str) -> Self {
        Problem::new(StatusCode::FORBIDDEN, format!("This key may not do that; it needs the scope {scope}."))
    }

    pub fn not_found() -> Self {
        Problem::new(StatusCode::NOT_FOUND, "There is nothing here for this key.")
    }

    /// Not connected, or not of the key's hotel: which of the two is not told.
    pub fn nobody() -> Self {
        Problem::new(StatusCode::NOT_FOUND, "Nobody of this hotel is connected under this name.")
    }

    pub fn conflict(detail: impl Into<String>) -> Self {
        Problem::new(StatusCode::CONFLICT, detail)
    }

    pub fn key_used() -> Self {
        Problem::conflict("This Idempotency-Key was used for another request.")
    }

    pub fn too_large() -> Self {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "A request holds one event; 64 KiB are plenty.")
    }

    /// One that is larger than this call takes.
    pub fn larger_than(bytes: usize) -> Self {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("The body may hold {bytes} bytes."))
    }

    pub fn unsupported(detail: &str) -> Self {
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    /// One field, by its pointer.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Problem::fields(vec![(pointer.into(), detail.into())])
    }

    /// Several fields at fault.
    pub fn faults(faults: &[Fault]) -> Self {
        let pointer = |field: &str| match field {
            "name" | "phone" | "email" | "language" => format!("/guest/{field}"),
            other => format!("/{other}"),
        };
        Problem::fields(faults.iter().map(|f| (pointer(f.field), f.why.clone())).collect())
    }

    pub fn fields(errors: Vec<(String, String)>) -> Self {
        let first = errors.first().map(|(pointer, why)| format!("{pointer}: {why}.")).unwrap_or_default();
        let errors = errors.into_iter().map(|(pointer, detail)| FieldError { pointer, detail }).collect();
        Problem { errors, ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, first) }
    }
}

impl From<StoreError> for Problem {
    fn from(e: StoreError) -> Self {
        tracing::error!(error = %e, "a call of the API failed");
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "It could not be stored just now. Send the same again, with the same key.",
        )
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooFast { wait_ms } => {
                let seconds = wait_ms.div_ceil(1_000);
                let detail = format!("Too many calls. Try again in {seconds} s.");
                Problem { retry_after: Some(seconds), ..Problem::new(StatusCode::TOO_MANY_REQUESTS, detail) }
            }
            refusal => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.in_words()),
        }
    }
}

impl From<No> for Problem {
    fn from(no: No) -> Self {
        match no {
            No::Refused(refusal) => refusal.into(),
            No::Failed(e) => e.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (
            status,
            [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")],
            body,
        )
            .into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}
