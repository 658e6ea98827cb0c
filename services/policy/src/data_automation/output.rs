//! Data Automation's standard output for documents, as clauses: its elements in reading order where it lists them, else
//! its pages. Pure.

use serde_json::Value;

use crate::markdown;
use crate::parser::{Document, Unreadable};

/// What belongs to a page rather than to the text.
const OF_THE_PAGE: [&str; 3] = ["HEADER", "FOOTER", "PAGE_NUMBER"];

/// Where the job's outputs lie, as its `job_metadata.json` has it: a long document is read in several segments.
pub fn paths(metadata: &Value) -> Vec<&str> {
    let assets = metadata["output_metadata"].as_array().into_iter().flatten();
    let segments = assets.flat_map(|asset| asset["segment_metadata"].as_array().into_iter().flatten());
    segments
        .filter_map(|segment| segment["standard_output_path"].as_str())
        .collect()
}

pub fn document(outputs: &[Value]) -> Result<Document, Unreadable> {
    let parts: Vec<(&str, Option<u32>)> = outputs.iter().flat_map(parts).collect();
    if parts.iter().all(|(text, _)| text.trim().is_empty()) {
        return Err(Unreadable(
            "no text was found in the document: upload one that was exported from a text program, or a scan that is \
             sharp enough to be read"
                .into(),
        ));
    }
    markdown::pages(parts)
}

/// Pieces of Markdown, each with the page it begins on.
fn parts(output: &Value) -> Vec<(&str, Option<u32>)> {
    let mut elements: Vec<&Value> = output["elements"].as_array().into_iter().flatten().collect();
    elements.sort_by_key(|element| element["reading_order"].as_u64());
    let of_text = |element: &&&Value| {
        let kind = element["sub_type"].as_str().unwrap_or_default();
        element["type"] != "FIGURE" && !OF_THE_PAGE.contains(&kind)
    };
    let found: Vec<_> = elements
        .iter()
        .filter(of_text)
        .filter_map(|element| Some((markdown_of(element)?, page(&element["page_indices"][0]))))
        .collect();
    if !found.is_empty() {
        return found;
    }
    let pages = output["pages"].as_array().into_iter().flatten();
    pages
        .filter_map(|each| Some((markdown_of(each)?, page(&each["page_index"]))))
        .collect()
}

fn markdown_of(entity: &Value) -> Option<&str> {
    let representation = &entity["representation"];
    representation["markdown"]
        .as_str()
        .or_else(|| representation["text"].as_str())
}

/// Pages are counted from 0 there, and from 1 by people.
fn page(index: &Value) -> Option<u32> {
    Some(u32::try_from(index.as_u64()?).ok()? + 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(output: Value) -> Vec<(String, String, Option<u32>, String)> {
        let clauses = document(&[output]).unwrap().clauses;
        let of =
            |clause: crate::parser::Clause| (clause.id.to_string(), clause.section, clause.page, clause.text);
        clauses.into_iter().map(of).collect()
    }

    fn element(order: u64, page: u64, sub_type: &str, markdown: &str) -> Value {
        json!({"id": format!("e{order}"), "type": "TEXT", "sub_type": sub_type, "reading_order": order,
            "page_indices": [page], "representation": {"markdown": markdown, "text": markdown}})
    }

    fn expected() -> Vec<(String, String, Option<u32>, String)> {
        let clause =
            |id: &str, section: &str, page, text: &str| (id.into(), section.into(), Some(page), text.into());
        vec![
            clause(
                "3.1",
                "3 Hotels",
                1,
                "At most these a night:\nCity | Ceiling\nLisbon | 130 EUR",
            ),
            clause("4.1", "4 Flights", 2, "Economy is flown."),
        ]
    }

    #[test]
    fn elements_become_clauses_in_reading_order_without_what_is_the_pages() {
        let table = json!({"id": "t", "type": "TABLE", "reading_order": 3, "page_indices": [0], "representation":
            {"markdown": "| City | Ceiling |\n|---|---|\n| Lisbon | 130 EUR |", "csv": "City,Ceiling\nLisbon,130 EUR\n"}});
        let figure = json!({"id": "f", "type": "FIGURE", "reading_order": 4, "page_indices": [0],
            "representation": {"markdown": "![a plane](plane.png)"}});
        let elements = [
            element(5, 1, "SECTION_TITLE", "## 4 Flights"),
            element(0, 0, "HEADER", "Sample Company"),
            element(1, 0, "SECTION_TITLE", "## 3 Hotels"),
            element(2, 0, "PARAGRAPH", "3.1 At most these a night:"),
            table,
            figure,
            element(6, 1, "PARAGRAPH", "4.1 Economy is flown."),
            element(7, 1, "PAGE_NUMBER", "2"),
        ];
        assert_eq!(
            read(json!({"metadata": {"semantic_modality": "DOCUMENT"}, "elements": elements})),
            expected()
        );
    }

    #[test]
    fn without_elements_the_pages_are_read() {
        let first = "## 3 Hotels\n\n3.1 At most these a night:\n\n| City | Ceiling |\n|---|---|\n| Lisbon | 130 EUR |";
        let page = |index: u64, markdown: &str| json!({"id": "p", "page_index": index, "representation": {"markdown": markdown}});
        let output = json!({"document": {"representation": {"markdown": "…"}},
            "pages": [page(0, first), page(1, "## 4 Flights\n\n4.1 Economy is flown.")]});
        assert_eq!(read(output), expected());
    }

    #[test]
    fn nothing_read_is_said_and_rules_in_a_page_are_words() {
        let empty = document(&[json!({"pages": [{"page_index": 0, "representation": {"markdown": " "}}]})]);
        assert!(empty.unwrap_err().0.contains("no text was found"));
        let fenced = element(0, 0, "PARAGRAPH", "1.1 Fly.\n\n```rules\n{\"id\": \"a\"}\n```");
        let document = document(&[json!({"elements": [fenced]})]).unwrap();
        assert!(document.rules.is_empty() && document.clauses[0].text.contains("\"id\""));
    }

    #[test]
    fn every_segment_is_found_in_the_jobs_metadata() {
        let metadata = json!({"job_id": "j", "job_status": "PROCESSED", "output_metadata": [{"asset_id": 0,
            "segment_metadata": [{"standard_output_path": "s3://b/0/result.json"}, {"standard_output_path": "s3://b/1/result.json"}]}]});
        assert_eq!(paths(&metadata), ["s3://b/0/result.json", "s3://b/1/result.json"]);
        assert!(paths(&json!({})).is_empty());
    }
}
