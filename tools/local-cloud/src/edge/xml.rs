//! The little XML that the Query and REST-XML protocols need: elements and escaped text.

/// Builds a document from the outside in. `open` and `close` must pair up.
#[derive(Debug, Default)]
pub(super) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    /// A document whose root is `name` in `namespace`.
    pub fn document(name: &'static str, namespace: &str) -> Self {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name} xmlns=\"{}\">",
            escaped(namespace)
        );
        Self {
            text,
            open: vec![name],
        }
    }

    /// A document whose root carries no namespace, as S3's errors do.
    pub fn plain_document(name: &'static str) -> Self {
        Self {
            text: format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name}>"),
            open: vec![name],
        }
    }

    pub fn open(&mut self, name: &'static str) -> &mut Self {
        self.text.push_str(&format!("<{name}>"));
        self.open.push(name);
        self
    }

    pub fn close(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            self.text.push_str(&format!("</{name}>"));
        }
        self
    }

    pub fn leaf(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        self.text
            .push_str(&format!("<{name}>{}</{name}>", escaped(&value.to_string())));
        self
    }

    /// Closes what is open and returns the document.
    pub fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }
}

/// Text as XML 1.0 may carry it; characters it cannot carry at all become U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(character),
            control if control < ' ' => out.push('\u{FFFD}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_closes_its_elements_and_escapes_its_text() {
        let mut xml = Xml::document("Answer", "urn:x");
        xml.open("Item").leaf("Name", "a<b>&\"c\"\u{1}").close();
        assert_eq!(
            xml.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Answer xmlns=\"urn:x\"><Item>\
             <Name>a&lt;b&gt;&amp;&quot;c&quot;\u{FFFD}</Name></Item></Answer>"
        );
    }
}
