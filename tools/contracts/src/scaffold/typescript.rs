//! TypeScript on Node 22; the AWS SDK is there already.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Parts, Wanted};
use crate::shape::Unknown;
use crate::source::contracts;
use crate::typescript;

const HEAD: &str = "\
// From an event to the fact that is kept of it. Pure: the same event always gives the same fact.

";

const FACT: &str = r#"
export interface Fact {
  aggregateId: string;
  sequence: number;
  event: string;
  occurredAt: string;
  /** JSON: what the functions below keep. */
  says: string;
}

/** An event this consumer was not written for: a dead letter is better than a misreading. */
export class NotUnderstood extends Error {}

"#;

const FACT_OF: &str = r#"
export function factOf(event: unknown): Fact {
  const { "detail-type": name, detail } = event as AnyEvent;
  const of = Object.hasOwn(kept, name) ? (kept[name as keyof typeof kept] as (data: unknown) => object) : undefined;
  if (of === undefined) throw new NotUnderstood(`${name} is no event this consumer reads`);
  const { meta, data } = detail;
  if (meta.schemaVersion !== VERSIONS[name]) {
    throw new NotUnderstood(`${name} has version ${meta.schemaVersion}; this consumer reads ${VERSIONS[name]}`);
  }
  return {
    aggregateId: meta.aggregateId,
    sequence: meta.sequence,
    event: name,
    occurredAt: meta.occurredAt,
    says: JSON.stringify(of(data)),
  };
}
"#;

pub(super) fn parts(wanted: &[Wanted]) -> Result<Parts, Unknown> {
    let fixed = [
        (
            "src/handler.mts",
            include_str!("../../scaffold/typescript/handler.mts.in"),
        ),
        (
            "src/store.mts",
            include_str!("../../scaffold/typescript/store.mts.in"),
        ),
        (
            "src/consumer.test.mts",
            include_str!("../../scaffold/typescript/consumer.test.mts.in"),
        ),
        (
            "package.json",
            include_str!("../../scaffold/typescript/package.json.in"),
        ),
        (
            "tsconfig.json",
            include_str!("../../scaffold/typescript/tsconfig.json"),
        ),
    ];
    let mut files: BTreeMap<_, _> = fixed
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    files.insert("src/events.mts".into(), typescript::events(&contracts())?);
    files.insert("src/facts.mts".into(), facts(wanted));
    Ok(Parts {
        files,
        code: "dist/",
        handler: "handler.handle",
        runtime: "nodejs22.x",
        metadata: String::new(),
        language: "TypeScript",
        facts: "src/facts.mts",
        types: "The events' types are in `src/events.mts`, generated: copy it anew when the events change.",
        build: "npm install && npm run build",
        test: "npm test                                # without a cloud",
        deploy: "npm run build && sam deploy --guided --stack-name {{name}}",
        reads_all: false,
    })
}

fn facts(wanted: &[Wanted]) -> String {
    let mut text = String::from(HEAD);
    let mut names: Vec<_> = wanted.iter().map(|one| one.contract.name).collect();
    names.sort_unstable();
    let _ = writeln!(
        text,
        "import {{ type AnyEvent, {}, VERSIONS }} from \"./events.mjs\";",
        names
            .iter()
            .map(|name| format!("type {name}"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    text.push_str(FACT);
    text.push_str("const kept = {\n");
    for one in wanted {
        let about = crate::shape::about(&one.contract.schema);
        let _ = writeln!(
            text,
            "  /** {about} */\n  {0}: (data: {0}) => ({{",
            one.contract.name
        );
        for field in &one.fields {
            let _ = writeln!(text, "    {0}: data.{0},", field.name);
        }
        text.push_str("  }),\n");
    }
    text.push_str("};\n");
    text.push_str(FACT_OF);
    text
}
