//! Documents of every kind that somebody may upload as a policy, written here.

use pdf_extract::{
    Dictionary, Document, EncryptionState, EncryptionVersion, Object, Permissions, Stream, StringFormat,
};

/// Pages, each with one line of text or empty.
pub fn pdf(pages: &[Option<&str>]) -> Document {
    let mut document = Document::with_version("1.5");
    let name = |name: &str| Object::Name(name.as_bytes().to_vec());
    let dictionary = |entries: Vec<(&str, Object)>| -> Dictionary {
        entries
            .into_iter()
            .map(|(key, value)| (key.as_bytes().to_vec(), value))
            .collect()
    };
    let tree = document.new_object_id();
    let font = document.add_object(dictionary(vec![
        ("Type", name("Font")),
        ("Subtype", name("Type1")),
        ("BaseFont", name("Helvetica")),
        ("Encoding", name("WinAnsiEncoding")),
    ]));
    let mut kids: Vec<Object> = Vec::new();
    for text in pages {
        let line = text.map(|text| format!("BT /F1 10 Tf 60 700 Td ({text}) Tj ET"));
        let content = Stream::new(Dictionary::new(), line.unwrap_or_default().into_bytes());
        let content = document.add_object(content);
        let page = dictionary(vec![
            ("Type", name("Page")),
            ("Parent", tree.into()),
            ("Contents", content.into()),
        ]);
        kids.push(document.add_object(page).into());
    }
    let media: Vec<Object> = [0, 0, 595, 842].into_iter().map(Object::Integer).collect();
    let fonts = dictionary(vec![("F1", font.into())]);
    let pages = dictionary(vec![
        ("Type", name("Pages")),
        ("Count", i64::try_from(kids.len()).expect("few").into()),
        ("Kids", kids.into()),
        ("MediaBox", media.into()),
        ("Resources", dictionary(vec![("Font", fonts.into())]).into()),
    ]);
    document.objects.insert(tree, pages.into());
    let catalog = document.add_object(dictionary(vec![
        ("Type", name("Catalog")),
        ("Pages", tree.into()),
    ]));
    document.trailer.set("Root", catalog);
    document
}

/// A policy of one clause, as a PDF.
pub fn one_page() -> Vec<u8> {
    bytes(pdf(&[Some("4.1 A hotel costs at most 150 EUR a night.")]))
}

pub fn bytes(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("a PDF");
    bytes
}

pub fn locked() -> Vec<u8> {
    let mut document = pdf(&[Some("1.1 Secret.")]);
    let id = || Object::String(b"0123456789abcdef".to_vec(), StringFormat::Literal);
    document.trailer.set("ID", vec![id(), id()]);
    let state: EncryptionState = EncryptionVersion::V2 {
        document: &document,
        owner_password: "owner",
        user_password: "secret",
        key_length: 128,
        permissions: Permissions::PRINTABLE,
    }
    .try_into()
    .expect("a password");
    document.encrypt(&state).expect("locked");
    bytes(document)
}

/// A Markdown policy of exactly so many bytes.
pub fn padded(to: usize) -> Vec<u8> {
    let mut text = "1.1 Hotels cost at most 150 EUR a night.\n"
        .to_owned()
        .into_bytes();
    text.resize(to, b'\n');
    text
}
