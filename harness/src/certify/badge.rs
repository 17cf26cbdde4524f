//! What a certification came to, as a small picture.

use super::record::Record;
use crate::report::html::Text;

/// How wide a character is, about, in pixels.
const CHARACTER: usize = 7;

/// The picture, as SVG that needs no font but any. What its colour says, its words say too.
#[must_use]
pub fn badge(record: &Record) -> String {
    let left = "Builder API";
    let (right, colour) = match (record.is_certified, record.certificate.conforms()) {
        (true, _) => (format!("certified: {}", record.tier), "#0a6b2d"),
        (false, true) => (format!("{}: no failure", record.tier), "#5a5a5a"),
        (false, false) => (format!("{}: not certified", record.tier), "#b00020"),
    };
    let width = |text: &str| text.chars().count() * CHARACTER + 14;
    let (first, second) = (width(left), width(&right));
    let (whole, middle, far) = (first + second, first / 2, first + second / 2);
    let right = Text(&right);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole}\" height=\"20\" role=\"img\" \
         aria-label=\"{left}: {right}\"><rect width=\"{first}\" height=\"20\" fill=\"#333\"/>\
         <rect x=\"{first}\" width=\"{second}\" height=\"20\" fill=\"{colour}\"/>\
         <g fill=\"#fff\" font-family=\"sans-serif\" font-size=\"12\" text-anchor=\"middle\">\
         <text x=\"{middle}\" y=\"14\">{left}</text><text x=\"{far}\" y=\"14\">{right}</text></g></svg>\n"
    )
}
