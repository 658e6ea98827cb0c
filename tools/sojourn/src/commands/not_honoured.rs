//! What a template says and the local cloud does not do: short at start, each by itself on request.

use std::collections::BTreeMap;

use local_cloud::template::Ignored;

/// One line a reason: the types and properties it is true of, with how often. What nobody knows is named in full.
pub(super) fn summary(ignored: &[Ignored]) -> Vec<String> {
    let mut reasons: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for one in ignored {
        *reasons.entry(&one.why).or_default().entry(what(one)).or_default() += 1;
    }
    let line = |(why, counts): (&str, BTreeMap<String, usize>)| {
        let names: Vec<_> = counts.into_iter().map(counted).collect();
        format!("{why}: {}", names.join(", "))
    };
    reasons.into_iter().map(line).collect()
}

fn what(ignored: &Ignored) -> String {
    match &ignored.property {
        Some(property) if ignored.is_unknown() => format!("{}.{property}", ignored.logical_id),
        Some(property) => property.rsplit('.').next().unwrap_or(property).to_owned(),
        None => ignored.kind.clone(),
    }
}

fn counted((name, times): (String, usize)) -> String {
    match times {
        1 => name,
        times => format!("{name} ({times})"),
    }
}

/// `Letters (AWS::SQS::Queue) KmsMasterKeyId: data is kept unencrypted in the data directory`
pub(super) fn line(ignored: &Ignored) -> String {
    let Ignored {
        logical_id,
        kind,
        why,
        ..
    } = ignored;
    match &ignored.property {
        Some(property) => format!("{logical_id} ({kind}) {property}: {why}"),
        None => format!("{logical_id} ({kind}): {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(logical_id: &str, property: Option<&str>, why: &str) -> Ignored {
        Ignored {
            logical_id: logical_id.into(),
            kind: "AWS::SQS::Queue".into(),
            property: property.map(str::to_owned),
            why: why.into(),
        }
    }

    #[test]
    fn one_line_a_reason_with_counts_and_the_unknown_in_full() {
        let all = [
            ignored("A", Some("KmsMasterKeyId"), "not encrypted"),
            ignored("B", Some("Nested.KmsMasterKeyId"), "not encrypted"),
            ignored("C", None, "not sent"),
            ignored("D", Some("VisibilityTimeOut"), Ignored::UNKNOWN),
        ];
        let unknown = format!("{}: D.VisibilityTimeOut", Ignored::UNKNOWN);
        let expected = [
            "not encrypted: KmsMasterKeyId (2)",
            "not sent: AWS::SQS::Queue",
            &unknown,
        ];
        assert_eq!(summary(&all), expected);
        assert_eq!(line(&all[0]), "A (AWS::SQS::Queue) KmsMasterKeyId: not encrypted");
    }
}
