//! What is said beside a field.

/// How much room a text has, or by how much it is too long.
pub fn characters_left(left: i64) -> String {
    match left {
        -1 => "1 character too many".into(),
        ..0 => format!("{} characters too many", -left),
        _ => format!("{left} characters left"),
    }
}
