//! What all pages look like: one style, light or dark as the reader has it.

const STYLE: &str = "\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884 }
pre { overflow-x: auto; padding: 1rem; background: #8881; font-size: .85rem; line-height: 1.35 }
.means { font-size: 1.2rem }
small { opacity: .7 }";

pub(super) fn page(title: &str, above: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<!-- Generated from the Rust types: cargo run -- contracts generate. Long because of the example. -->\n\
         <html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{0}</title>\n<style>\n{STYLE}\n</style>\n{above}<h1>{0}</h1>\n{body}</html>\n",
        escaped(title)
    )
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
