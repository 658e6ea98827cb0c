//! The characters of a PDF with their places, or why there are none. Only this file knows the library that reads PDFs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pdf_extract::{Document, MediaBox, OutputDev, OutputError, Transform, output_doc};

use crate::parser::Unreadable;

#[derive(Clone, Debug, PartialEq)]
pub struct Glyph {
    pub page: u32,
    /// In points from the page's left and lower edge.
    pub x: f64,
    pub y: f64,
    /// How far it advances, in points.
    pub width: f64,
    /// Of the font as drawn, in points.
    pub size: f64,
    pub text: String,
}

/// More pages than any policy has: a book uploaded by mistake must not occupy the function.
const MOST_PAGES: usize = 500;

/// In the order in which the document draws them.
pub fn glyphs(bytes: &[u8]) -> Result<Vec<Glyph>, Unreadable> {
    without_panic(|| {
        let mut collected = Collected::default();
        output_doc(&open(bytes)?, &mut collected).map_err(|_| damaged())?;
        Ok(collected.glyphs)
    })
}

/// Whether it can be opened at all, for whoever lets another program read it.
pub fn check(bytes: &[u8]) -> Result<(), Unreadable> {
    without_panic(|| open(bytes).map(|_| ()))
}

/// The library panics on some malformed documents: here a panic is one more reason.
fn without_panic<T>(read: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged()))
}

fn open(bytes: &[u8]) -> Result<Document, Unreadable> {
    if !bytes.starts_with(b"%PDF-") {
        return Err(Unreadable(
            "the file is called .pdf but is no PDF: export the policy as PDF or Markdown and upload that"
                .into(),
        ));
    }
    let mut document = Document::load_mem(bytes).map_err(|error| match error {
        pdf_extract::Error::InvalidPassword | pdf_extract::Error::Decryption(_) => protected(),
        _ => damaged(),
    })?;
    // Documents that only forbid printing or copying open with the empty password.
    if document.is_encrypted() {
        document.decrypt("").map_err(|_| protected())?;
    }
    let pages = document.get_pages().len();
    if pages == 0 {
        return Err(Unreadable(
            "the PDF has no pages: upload one with the policy's text".into(),
        ));
    }
    if pages > MOST_PAGES {
        return Err(Unreadable(format!(
            "the PDF has {pages} pages; {MOST_PAGES} is the most: upload the travel policy alone"
        )));
    }
    Ok(document)
}

fn protected() -> Unreadable {
    Unreadable("the PDF is protected by a password: save it without one and upload that".into())
}

fn damaged() -> Unreadable {
    Unreadable("the PDF is damaged and cannot be read: export it again and upload that".into())
}

#[derive(Default)]
struct Collected {
    page: u32,
    glyphs: Vec<Glyph>,
}

impl OutputDev for Collected {
    fn begin_page(
        &mut self,
        page: u32,
        _media: &MediaBox,
        _art: Option<(f64, f64, f64, f64)>,
    ) -> Result<(), OutputError> {
        self.page = page;
        Ok(())
    }

    fn output_character(
        &mut self,
        place: &Transform,
        width: f64,
        _spacing: f64,
        font_size: f64,
        text: &str,
    ) -> Result<(), OutputError> {
        let size = font_size * (place.m11 * place.m22 - place.m12 * place.m21).abs().sqrt();
        self.glyphs.push(Glyph {
            page: self.page,
            x: place.m31,
            y: place.m32,
            width: width * size,
            size,
            text: text.into(),
        });
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}
