//! HTML, put together from parts that are escaped.

use std::fmt::Write;

use crate::http::NOTICE;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1b1f24;background:#fff}\
header,main{max-width:60rem;margin:0 auto;padding:1rem}header{border-bottom:2px solid #7a4a00}\
.notice{background:#fff3d6;border:1px solid #7a4a00;padding:.5rem .75rem}\
.offer,form,fieldset{border:1px solid #b6bcc4;border-radius:.4rem;padding:.75rem 1rem;margin:1rem 0}\
label{display:block;margin:.5rem 0 .1rem}input,select,button{font:inherit;padding:.3rem .5rem}\
button,.button{background:#0b4f8a;color:#fff;border:0;border-radius:.3rem;padding:.45rem .9rem;text-decoration:none}\
.total{font-size:1.3rem;font-weight:600}dt{font-weight:600}dd{margin:0 0 .4rem}\
[role=alert]{background:#fde8e8;border:1px solid #a11;padding:.5rem .75rem}";

pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A whole page; `id` says which one it is.
pub fn page(id: &str, title: &str, main: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\">\
         <title>{title} – Sample Supplier (fictional)</title><style>{STYLE}</style></head><body id=\"{id}\">\
         <header><p><a href=\"/web/\">Sample Supplier</a></p><p class=\"notice\" role=\"note\">{NOTICE}</p></header>\
         <main><h1>{title}</h1>{main}</main></body></html>",
        title = escaped(title),
    )
}

/// A labelled input; `kind` is its type, `more` further attributes.
pub fn input(label: &str, name: &str, kind: &str, value: &str, more: &str) -> String {
    let value = escaped(value);
    format!(
        "<label for=\"{name}\">{label}</label><input id=\"{name}\" name=\"{name}\" type=\"{kind}\" value=\"{value}\" {more}>"
    )
}

pub fn hidden(name: &str, value: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
        escaped(value)
    )
}

/// A value for people and for programs.
pub fn data(property: &str, value: &str, shown: &str) -> String {
    let (value, shown) = (escaped(value), escaped(shown));
    format!("<data itemprop=\"{property}\" value=\"{value}\">{shown}</data>")
}

pub fn time(property: &str, value: &str, shown: &str) -> String {
    let (value, shown) = (escaped(value), escaped(shown));
    format!("<time itemprop=\"{property}\" datetime=\"{value}\">{shown}</time>")
}

/// A value only for programs.
pub fn meta(property: &str, value: &str) -> String {
    format!("<meta itemprop=\"{property}\" content=\"{}\">", escaped(value))
}

/// Names beside values.
pub fn list(entries: &[(&str, String)]) -> String {
    let mut list = String::from("<dl>");
    for (name, value) in entries {
        // Writing to a string cannot fail.
        let _ = write!(list, "<dt>{name}</dt><dd>{value}</dd>");
    }
    list + "</dl>"
}
