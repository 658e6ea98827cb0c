//! Rust, on the same adapter that Sojourn's own functions stand on.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Parts, Request, Wanted, snake};

pub(super) fn parts(request: &Request, wanted: &[Wanted]) -> Parts {
    let fixed = [
        ("Cargo.toml", include_str!("../../scaffold/rust/Cargo.toml.in")),
        ("src/lib.rs", include_str!("../../scaffold/rust/lib.rs.in")),
        ("src/main.rs", include_str!("../../scaffold/rust/main.rs.in")),
        ("src/facts.rs", include_str!("../../scaffold/rust/facts.rs.in")),
        (
            "tests/consumer.rs",
            include_str!("../../scaffold/rust/consumer.rs.in"),
        ),
    ];
    let mut files: BTreeMap<_, _> = fixed
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    files.insert("src/fact.rs".into(), fact(wanted));
    Parts {
        files,
        code: ".",
        handler: "bootstrap",
        runtime: "provided.al2023",
        metadata: format!(
            "    Metadata: {{ BuildMethod: rust-cargolambda, BuildProperties: {{ Binary: {} }} }}\n",
            request.name
        ),
        language: "Rust",
        facts: "src/fact.rs",
        types: "The events are those of `events-schema`; earlier versions come out in the shape of the present one.",
        build: "cargo build",
        test: "cargo test                              # without a cloud",
        deploy: "sam build && sam deploy --guided --stack-name {{name}}",
        reads_all: true,
    }
}

fn fact(wanted: &[Wanted]) -> String {
    let mut uses = BTreeMap::<&str, Vec<&str>>::new();
    let (mut functions, mut arms) = (String::new(), String::new());
    for one in wanted {
        let name = one.contract.name;
        uses.entry(one.contract.event.producer.name())
            .or_default()
            .push(name);
        let about = crate::shape::about(&one.contract.schema);
        let _ = writeln!(
            functions,
            "/// {about}\nfn of_{}(data: &{name}) -> Value {{\n    // All of it; take members to keep less.\n    \
             json!(data)\n}}\n",
            snake(name)
        );
        let _ = writeln!(
            arms,
            "        {name}::NAME => of_{}(&event.read::<{name}>()?.data),",
            snake(name)
        );
    }
    let uses: Vec<_> = uses
        .into_iter()
        .map(|(producer, mut names)| {
            names.sort_unstable();
            format!("use events_schema::{producer}::{{{}}};", names.join(", "))
        })
        .collect();
    include_str!("../../scaffold/rust/fact.rs.in")
        .replace("{{uses}}", &uses.join("\n"))
        .replace("{{functions}}\n", &functions)
        .replace("{{arms}}\n", &arms)
}
