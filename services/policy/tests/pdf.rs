//! Covers: PDFs become clauses with sections, pages and tables' rows; and what cannot be read says why. The documents are
//! written here, by the library that reads them; fonts embedded by real programs are not covered.

use pdf_extract::content::{Content, Operation};
use pdf_extract::{
    Dictionary, Document, EncryptionState, EncryptionVersion, Object, Permissions, Stream, StringFormat,
};
use policy::parser::parser_for;

/// One text at its place: size, x, y.
type Text = (i64, i64, i64, &'static str);

fn dictionary(entries: Vec<(&str, Object)>) -> Dictionary {
    let entries = entries
        .into_iter()
        .map(|(key, value)| (key.as_bytes().to_vec(), value));
    entries.collect()
}

fn name(name: &str) -> Object {
    Object::Name(name.as_bytes().to_vec())
}

fn document(pages: &[&[Text]]) -> Document {
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary(vec![
        ("Type", name("Font")),
        ("Subtype", name("Type1")),
        ("BaseFont", name("Helvetica")),
        ("Encoding", name("WinAnsiEncoding")),
    ]));
    let fonts = dictionary(vec![("F1", font.into())]);
    let resources = document.add_object(dictionary(vec![("Font", fonts.into())]));
    let mut kids: Vec<Object> = Vec::new();
    for page in pages {
        let operations = page.iter().flat_map(|(size, x, y, text)| {
            [
                Operation::new("BT", vec![]),
                Operation::new("Tf", vec![name("F1"), (*size).into()]),
                Operation::new("Td", vec![(*x).into(), (*y).into()]),
                Operation::new(
                    "Tj",
                    vec![Object::String(text.as_bytes().to_vec(), StringFormat::Literal)],
                ),
                Operation::new("ET", vec![]),
            ]
        });
        let content = Content {
            operations: operations.collect::<Vec<_>>(),
        }
        .encode()
        .unwrap();
        let content = document.add_object(Stream::new(Dictionary::new(), content));
        let page = dictionary(vec![
            ("Type", name("Page")),
            ("Parent", tree.into()),
            ("Contents", content.into()),
        ]);
        kids.push(document.add_object(page).into());
    }
    let count = i64::try_from(pages.len()).unwrap();
    let media: Vec<Object> = [0, 0, 595, 842].into_iter().map(Object::Integer).collect();
    let root = dictionary(vec![
        ("Type", name("Pages")),
        ("Kids", kids.into()),
        ("Count", count.into()),
        ("Resources", resources.into()),
        ("MediaBox", media.into()),
    ]);
    document.objects.insert(tree, root.into());
    let catalog = document.add_object(dictionary(vec![
        ("Type", name("Catalog")),
        ("Pages", tree.into()),
    ]));
    document.trailer.set("Root", catalog);
    document
}

fn bytes(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn refusal(bytes: &[u8]) -> String {
    parser_for("policy.pdf")
        .unwrap()
        .parse(bytes)
        .unwrap_err()
        .to_string()
}

const POLICY: [&[Text]; 2] = [
    &[
        (9, 60, 800, "Sample Company travel policy"),
        (16, 60, 760, "3 Hotels"),
        (10, 60, 730, "3.1"),
        (10, 90, 730, "Rooms are booked through the com-"),
        (10, 60, 717, "pany's tool and nowhere else."),
        (10, 60, 690, "3.2 These ceilings hold for a night:"),
        (10, 60, 675, "City"),
        (10, 260, 675, "Ceiling"),
        (10, 60, 662, "Lisbon"),
        (10, 260, 662, "130 EUR"),
        (9, 60, 40, "Page 1"),
    ],
    &[
        (9, 60, 800, "Sample Company travel policy"),
        (10, 60, 760, "London"),
        (10, 260, 760, "220 GBP"),
        (16, 60, 720, "4 Flights"),
        (10, 60, 690, "4.1 Economy is flown."),
        (9, 60, 40, "Page 2"),
    ],
];

#[test]
fn text_and_tables_become_clauses_with_section_and_page() {
    let document = parser_for("policy.pdf")
        .unwrap()
        .parse(&bytes(document(&POLICY)))
        .unwrap();
    let clauses: Vec<_> = document
        .clauses
        .iter()
        .map(|clause| {
            (
                clause.id.as_str(),
                clause.section.as_str(),
                clause.page,
                clause.text.as_str(),
            )
        })
        .collect();
    assert_eq!(
        clauses,
        [
            (
                "3.1",
                "3 Hotels",
                Some(1),
                "Rooms are booked through the company's tool and nowhere else."
            ),
            (
                "3.2",
                "3 Hotels",
                Some(1),
                "These ceilings hold for a night:\nCity | Ceiling\nLisbon | 130 EUR\nLondon | 220 GBP"
            ),
            ("4.1", "4 Flights", Some(2), "Economy is flown."),
        ]
    );
}

#[test]
fn the_items_of_a_list_are_clauses_where_nothing_has_a_number_of_its_own() {
    let page: &[Text] = &[
        (16, 60, 760, "Rules"),
        (10, 60, 730, "1."),
        (10, 90, 730, "Go by coach. A coach of more than"),
        (10, 90, 717, "12. hours is nobody's wish."),
        (10, 60, 704, "2) A bed costs 80 GBP."),
        (10, 60, 691, "3. Eat."),
    ];
    let parsed = parser_for("policy.pdf").unwrap().parse(&bytes(document(&[page])));
    let clauses = parsed.unwrap().clauses;
    let clauses: Vec<_> = clauses
        .iter()
        .map(|clause| (clause.id.as_str(), clause.text.as_str()))
        .collect();
    assert_eq!(
        clauses,
        [
            (
                "1.1",
                "Go by coach. A coach of more than 12. hours is nobody's wish."
            ),
            ("1.2", "A bed costs 80 GBP."),
            ("1.3", "Eat."),
        ]
    );
}

#[test]
fn what_is_no_readable_pdf_says_why() {
    let scanned: &[Text] = &[];
    let whole = bytes(document(&POLICY));
    for (bytes, expected) in [
        (bytes(document(&[scanned])), "pictures and no text"),
        (bytes(document(&[])), "no pages"),
        (whole[..whole.len() / 3].to_vec(), "damaged"),
        (b"# A Markdown policy".to_vec(), "is no PDF"),
        (Vec::new(), "is no PDF"),
    ] {
        let reason = refusal(&bytes);
        assert!(reason.contains(expected), "{expected}: {reason}");
    }
}

fn encrypted(user_password: &str) -> Vec<u8> {
    let mut document = document(&POLICY);
    let id = || Object::String(b"0123456789abcdef".to_vec(), StringFormat::Literal);
    document.trailer.set("ID", vec![id(), id()]);
    let state: EncryptionState = EncryptionVersion::V2 {
        document: &document,
        owner_password: "owner",
        user_password,
        key_length: 128,
        permissions: Permissions::PRINTABLE,
    }
    .try_into()
    .unwrap();
    document.encrypt(&state).unwrap();
    bytes(document)
}

#[test]
fn a_password_to_open_is_refused_and_one_to_change_is_not() {
    assert!(refusal(&encrypted("secret")).contains("protected by a password"));
    let document = parser_for("policy.pdf").unwrap().parse(&encrypted("")).unwrap();
    assert_eq!(document.clauses.len(), 3);
}
