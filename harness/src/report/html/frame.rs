//! The frame of a page, and how text gets into it.

use std::fmt::{self, Write as _};

/// Text in a page, with what means something there written otherwise.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Control characters are no text of a page.
                c if c.is_control() && c != '\n' && c != '\t' => f.write_str("\u{fffd}")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// How all pages look. What a colour says, a word says too.
const STYLE: &str = "\
:root{color-scheme:light dark;--bad:#b00020;--good:#0a6b2d;--warn:#8a5a00;--quiet:#666;--line:#ccc}
@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--good:#7bd88f;--warn:#ffd479;--quiet:#aaa;--line:#555}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:76rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0}
details{border-top:1px solid var(--line);padding:.25rem 0}
summary{cursor:pointer;display:flex;gap:.75rem;flex-wrap:wrap}
summary:focus-visible,a:focus-visible{outline:3px solid currentColor;outline-offset:2px}
summary b{min-width:8.5rem}
summary small{color:var(--quiet)}
.fail b,.unimplemented b,.unexpected-pass b{color:var(--bad)}
.pass b{color:var(--good)}
.warn b,.known-failure b{color:var(--warn)}
.verdict{font-size:1.3rem;font-weight:bold;border:2px solid;padding:.5rem 1rem;display:inline-block}
pre{white-space:pre-wrap;font:13px/1.4 ui-monospace,monospace;border:1px solid var(--line);padding:.5rem;margin:.25rem 0 .75rem}
blockquote{margin:.25rem 0 .5rem;padding-left:.75rem;border-left:3px solid var(--line)}
svg{display:block;width:100%;height:auto;font:11px system-ui,sans-serif}
@media(max-width:32rem){dl{grid-template-columns:1fr}dt{font-weight:bold}summary b{min-width:0}}
@media print{body{max-width:none}details{break-inside:avoid}}
";

/// A page of this title with this in it.
pub(crate) fn frame(title: &str, body: &str) -> String {
    let title = Text(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_sends_is_text_and_nothing_else() {
        let hostile = "<script>alert('1')</script>&\"\u{1}";
        let text = Text(hostile).to_string();
        assert_eq!(
            text,
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;\u{fffd}"
        );
        assert!(!frame(hostile, "").contains("<script>"));
    }
}
