//! Which events each operator selects.

use super::selects;

const EVENT: &str = r#"{
    "version": "0", "id": "1", "detail-type": "Object Created", "source": "sample.shop", "account": "000000000000",
    "time": "2026-11-21T03:00:00Z", "region": "eu-west-1",
    "resources": ["arn:aws:s3:::one", "arn:aws:s3:::two"],
    "detail": {
        "state": "initializing", "empty": "", "nothing": null, "flag": true, "count": 5, "price": 3.018e2,
        "negative": -12.5, "account": 123456789012345678, "ip": "10.0.0.17", "ip6": "2001:db8::1",
        "file": "dir/sub/photo.png", "star": "a*b", "list": [], "object": {},
        "tags": ["red", "green"], "nested": [["deep"]],
        "legs": [{"from": "BER", "to": "LIS", "cabin": {"class": "Y"}}, {"from": "LIS", "to": "BER"}]
    }
}"#;

fn check(cases: &[(&str, bool)]) {
    for (detail, expected) in cases {
        let pattern = format!(r#"{{"detail":{detail}}}"#);
        assert_eq!(selects(&pattern, EVENT), *expected, "{pattern}");
    }
}

#[test]
fn exact_values() {
    check(&[
        (r#"{"state":["initializing"]}"#, true),
        (r#"{"state":["running","initializing"]}"#, true),
        (r#"{"state":["running"]}"#, false),
        (r#"{"state":["init"]}"#, false),
        (r#"{"state":[{"exact":"initializing"}]}"#, true),
        (r#"{"empty":[""]}"#, true),
        (r#"{"empty":[null]}"#, false),
        (r#"{"nothing":[null]}"#, true),
        (r#"{"nothing":[""]}"#, false),
        (r#"{"missing":[null]}"#, false),
        (r#"{"flag":[true]}"#, true),
        (r#"{"flag":[false]}"#, false),
        (r#"{"flag":["true"]}"#, false),
        (r#"{"count":[5]}"#, true),
        (r#"{"count":[5.0]}"#, true),
        (r#"{"count":["5"]}"#, false),
        (r#"{"price":[301.8]}"#, true),
        (r#"{"account":[123456789012345678]}"#, true),
        (r#"{"account":[123456789012345679]}"#, false),
        (r#"{"state":["initializing"],"count":[5]}"#, true),
        (r#"{"state":["initializing"],"count":[6]}"#, false),
        (r#"{"state":{"deeper":["initializing"]}}"#, false),
    ]);
}

#[test]
fn beginnings_and_ends() {
    check(&[
        (r#"{"state":[{"prefix":"init"}]}"#, true),
        (r#"{"state":[{"prefix":"INIT"}]}"#, false),
        (r#"{"state":[{"prefix":{"equals-ignore-case":"INIT"}}]}"#, true),
        (r#"{"state":[{"prefix":{"equals-ignore-case":"zing"}}]}"#, false),
        (r#"{"state":[{"suffix":"zing"}]}"#, true),
        (r#"{"state":[{"suffix":"ZING"}]}"#, false),
        (r#"{"state":[{"suffix":{"equals-ignore-case":"ZING"}}]}"#, true),
        (r#"{"state":[{"suffix":{"equals-ignore-case":"init"}}]}"#, false),
        (r#"{"state":[{"equals-ignore-case":"InitialiZing"}]}"#, true),
        (r#"{"state":[{"equals-ignore-case":"Initial"}]}"#, false),
        (r#"{"count":[{"prefix":"5"}]}"#, false),
        (r#"{"empty":[{"prefix":""}]}"#, true),
    ]);
}

#[test]
fn wildcards() {
    check(&[
        (r#"{"file":[{"wildcard":"dir/*.png"}]}"#, true),
        (r#"{"file":[{"wildcard":"*/sub/*"}]}"#, true),
        (r#"{"file":[{"wildcard":"*"}]}"#, true),
        (r#"{"file":[{"wildcard":"dir/*.jpg"}]}"#, false),
        (r#"{"file":[{"wildcard":"dir/*png*png"}]}"#, false),
        (r#"{"file":[{"wildcard":"dir/sub/photo.png"}]}"#, true),
        (r#"{"file":[{"wildcard":"*o*o*"}]}"#, true),
        (r#"{"file":[{"wildcard":"*o*o*o*"}]}"#, false),
        (r#"{"star":[{"wildcard":"a\\*b"}]}"#, true),
        (r#"{"star":[{"wildcard":"a\\*c"}]}"#, false),
        (r#"{"state":[{"wildcard":"init\\*"}]}"#, false),
        (r#"{"count":[{"wildcard":"*"}]}"#, false),
        // A part may not be used twice, once by each side of the asterisk.
        (r#"{"star":[{"wildcard":"a*b*a*b"}]}"#, false),
        (r#"{"star":[{"wildcard":"a*b*b"}]}"#, false),
    ]);
}

#[test]
fn anything_but() {
    check(&[
        (r#"{"state":[{"anything-but":"initializing"}]}"#, false),
        (r#"{"state":[{"anything-but":"running"}]}"#, true),
        (
            r#"{"state":[{"anything-but":["running","initializing"]}]}"#,
            false,
        ),
        (r#"{"state":[{"anything-but":["running","stopped"]}]}"#, true),
        (r#"{"count":[{"anything-but":5}]}"#, false),
        (r#"{"count":[{"anything-but":[6,7]}]}"#, true),
        (r#"{"count":[{"anything-but":"5"}]}"#, true),
        (r#"{"state":[{"anything-but":{"prefix":"init"}}]}"#, false),
        (r#"{"state":[{"anything-but":{"prefix":["run","stop"]}}]}"#, true),
        (r#"{"state":[{"anything-but":{"suffix":"zing"}}]}"#, false),
        (r#"{"state":[{"anything-but":{"suffix":["ed","zing"]}}]}"#, false),
        (
            r#"{"state":[{"anything-but":{"equals-ignore-case":"INITIALIZING"}}]}"#,
            false,
        ),
        (
            r#"{"state":[{"anything-but":{"equals-ignore-case":["RUNNING","STOPPED"]}}]}"#,
            true,
        ),
        (r#"{"file":[{"anything-but":{"wildcard":"*/sub/*"}}]}"#, false),
        (
            r#"{"file":[{"anything-but":{"wildcard":["*/lib/*","*/bin/*"]}}]}"#,
            true,
        ),
        // It needs a value to differ from.
        (r#"{"missing":[{"anything-but":"x"}]}"#, false),
        (r#"{"list":[{"anything-but":"x"}]}"#, false),
        // One element that differs is enough.
        (r#"{"tags":[{"anything-but":"red"}]}"#, true),
        (r#"{"tags":[{"anything-but":["red","green"]}]}"#, false),
    ]);
}

#[test]
fn numbers() {
    check(&[
        (r#"{"count":[{"numeric":["=",5]}]}"#, true),
        (r#"{"count":[{"numeric":["=",6]}]}"#, false),
        (r#"{"count":[{"numeric":[">",5]}]}"#, false),
        (r#"{"count":[{"numeric":[">=",5]}]}"#, true),
        (r#"{"count":[{"numeric":["<",5]}]}"#, false),
        (r#"{"count":[{"numeric":["<=",5]}]}"#, true),
        (r#"{"count":[{"numeric":[">",0,"<=",5]}]}"#, true),
        (r#"{"count":[{"numeric":[">",5,"<",10]}]}"#, false),
        (r#"{"negative":[{"numeric":["<",0]}]}"#, true),
        (r#"{"price":[{"numeric":["=",3.018e2]}]}"#, true),
        (r#"{"account":[{"numeric":[">",0]}]}"#, false),
        (r#"{"state":[{"numeric":[">",0]}]}"#, false),
    ]);
}

#[test]
fn networks() {
    check(&[
        (r#"{"ip":[{"cidr":"10.0.0.0/24"}]}"#, true),
        (r#"{"ip":[{"cidr":"10.0.1.0/24"}]}"#, false),
        (r#"{"ip":[{"cidr":"0.0.0.0/0"}]}"#, true),
        (r#"{"ip":[{"cidr":"10.0.0.17/32"}]}"#, true),
        (r#"{"ip":[{"cidr":"::/0"}]}"#, false),
        (r#"{"ip6":[{"cidr":"2001:db8::/32"}]}"#, true),
        (r#"{"ip6":[{"cidr":"2001:db9::/32"}]}"#, false),
        (r#"{"state":[{"cidr":"10.0.0.0/24"}]}"#, false),
    ]);
}

#[test]
fn presence() {
    check(&[
        (r#"{"state":[{"exists":true}]}"#, true),
        (r#"{"state":[{"exists":false}]}"#, false),
        (r#"{"missing":[{"exists":true}]}"#, false),
        (r#"{"missing":[{"exists":false}]}"#, true),
        (r#"{"missing":{"deeper":[{"exists":false}]}}"#, true),
        (r#"{"nothing":[{"exists":true}]}"#, true),
        // Only values count: an object or an empty array is none.
        (r#"{"object":[{"exists":true}]}"#, false),
        (r#"{"list":[{"exists":true}]}"#, false),
        (r#"{"list":[{"exists":false}]}"#, true),
        (
            r#"{"state":[{"exists":true}],"tomorrow":[{"exists":false}]}"#,
            true,
        ),
        (
            r#"{"missing":[{"exists":true}],"state":[{"exists":false}]}"#,
            false,
        ),
        (r#"{"missing":[{"exists":false},"x"]}"#, true),
        (r#"{"state":[{"exists":false},"initializing"]}"#, true),
        (r#"{"state":[{"exists":false},"running"]}"#, false),
        // The second leg has no cabin, the first has: in the event the field is there.
        (r#"{"legs":{"cabin":{"class":[{"exists":false}]}}}"#, false),
        (
            r#"{"legs":{"from":["LIS"],"cabin":{"class":[{"exists":false},"Y"]}}}"#,
            false,
        ),
    ]);
}

#[test]
fn a_replayed_event_is_told_apart_at_the_top_level() {
    let live_only = r#"{"source":["sample.shop"],"replay-name":[{"exists":false}]}"#;
    let replayed = EVENT.replacen("\"version\"", "\"replay-name\": \"r1\", \"version\"", 1);
    assert!(selects(live_only, EVENT));
    assert!(!selects(live_only, &replayed));
}

#[test]
fn arrays_match_by_element() {
    check(&[
        (r#"{"tags":["green"]}"#, true),
        (r#"{"tags":["blue"]}"#, false),
        (r#"{"nested":["deep"]}"#, true),
        (r#"{"legs":{"from":["BER"],"to":["LIS"]}}"#, true),
        // Each value occurs, but not in one leg.
        (r#"{"legs":{"from":["BER"],"to":["BER"]}}"#, false),
        (r#"{"legs":{"from":["LIS"],"cabin":{"class":["Y"]}}}"#, false),
        (r#"{"legs":{"from":["BER"],"cabin":{"class":["Y"]}}}"#, true),
    ]);
}

#[test]
fn either_or() {
    check(&[
        (r#"{"$or":[{"state":["running"]},{"count":[5]}]}"#, true),
        (r#"{"$or":[{"state":["running"]},{"count":[6]}]}"#, false),
        (
            r#"{"flag":[true],"$or":[{"state":["running"]},{"count":[5]}]}"#,
            true,
        ),
        (
            r#"{"flag":[false],"$or":[{"state":["running"]},{"count":[5]}]}"#,
            false,
        ),
        (
            r#"{"$or":[{"state":["running"]},{"$or":[{"count":[6]},{"empty":[""]}]}]}"#,
            true,
        ),
        (
            r#"{"$or":[{"count":[{"numeric":[">",10]}]},{"price":[{"numeric":["<",10]}]}]}"#,
            false,
        ),
        // The leg that `$or` speaks of is the leg that the field beside it speaks of.
        (
            r#"{"legs":{"from":["BER"],"$or":[{"to":["BER"]},{"to":["PAR"]}]}}"#,
            false,
        ),
        (
            r#"{"legs":{"from":["BER"]},"$or":[{"legs":{"to":["BER"]}},{"count":[6]}]}"#,
            false,
        ),
        (
            r#"{"legs":{"from":["BER"]},"$or":[{"legs":{"to":["LIS"]}},{"count":[6]}]}"#,
            true,
        ),
    ]);
}

#[test]
fn the_envelope_is_matched_like_the_detail() {
    assert!(selects(
        r#"{"source":["sample.shop"],"detail-type":[{"prefix":"Object"}]}"#,
        EVENT
    ));
    assert!(selects(r#"{"resources":["arn:aws:s3:::two"]}"#, EVENT));
    assert!(!selects(r#"{"resources":["arn:aws:s3:::three"]}"#, EVENT));
    assert!(selects(r#"{"time":[{"prefix":"2026-11-21"}]}"#, EVENT));
}
