//! Presigned URLs: their time is checked against the cloud's clock, their signature is not (any credentials are
//! accepted on a laptop).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::S3Error;
use crate::edge::form::Form;

const LONGEST: i64 = 7 * 24 * 3600;

/// What every presigned URL of the newer kind carries.
const NEWER: [&str; 6] = [
    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders",
    "X-Amz-Expires",
];
/// And of the older kind, which boto3 still makes for regions of that time, `eu-west-1` among them.
const OLDER: [&str; 3] = ["Signature", "Expires", "AWSAccessKeyId"];

/// Passes unless the query carries a signature whose time is up, that is incomplete, or whose dates do not parse.
pub(super) fn check(form: &Form, now: Timestamp) -> Result<(), S3Error> {
    let ends = if form.has("X-Amz-Credential") || form.has("X-Amz-Signature") {
        end_of_newer(form)?
    } else if form.has("AWSAccessKeyId") {
        end_of_older(form)?
    } else {
        return Ok(());
    };
    if now > ends { Err(S3Error::Expired) } else { Ok(()) }
}

fn end_of_newer(form: &Form) -> Result<Timestamp, S3Error> {
    if NEWER.iter().any(|name| !form.has(name)) {
        let message = format!(
            "Query-string authentication version 4 requires the {} parameters.",
            NEWER.join(", ")
        );
        return Err(refuse(&message));
    }
    let signed_at = form.get("X-Amz-Date").and_then(signing_time);
    let signed_at = signed_at
        .ok_or_else(|| refuse("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""))?;
    let lasts = form
        .get("X-Amz-Expires")
        .and_then(|seconds| seconds.parse::<i64>().ok());
    let lasts = lasts.ok_or_else(|| refuse("X-Amz-Expires should be a number"))?;
    if !(1..=LONGEST).contains(&lasts) {
        return Err(refuse(
            "X-Amz-Expires must be between 1 second and a week (604800 seconds)",
        ));
    }
    Ok(signed_at + SignedDuration::from_secs(lasts))
}

fn end_of_older(form: &Form) -> Result<Timestamp, S3Error> {
    if OLDER.iter().any(|name| !form.has(name)) {
        let message = format!(
            "Query-string authentication requires the {} parameters",
            OLDER.join(", ")
        );
        return Err(S3Error::AccessDenied(message));
    }
    let ends = form.get("Expires").unwrap_or_default();
    let seconds = ends
        .parse::<i64>()
        .ok()
        .and_then(|ends| Timestamp::from_second(ends).ok());
    seconds
        .ok_or_else(|| S3Error::AccessDenied(format!("Invalid date (should be seconds since epoch): {ends}")))
}

fn signing_time(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn refuse(message: &str) -> S3Error {
    S3Error::AuthorizationQueryParameters(message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_works_until_its_time_is_up() {
        let newer = |date: &str, expires: &str| {
            format!(
                "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=me&X-Amz-SignedHeaders=host&X-Amz-Signature=0&\
                 X-Amz-Date={date}&X-Amz-Expires={expires}"
            )
        };
        let older = |ends: &str| format!("AWSAccessKeyId=me&Signature=0&Expires={ends}");
        let cases = [
            (newer("20261121T090000Z", "60"), "2026-11-21T09:01:00Z", "ok"),
            (
                newer("20261121T090000Z", "60"),
                "2026-11-21T09:01:01Z",
                "AccessDenied",
            ),
            (
                newer("today", "60"),
                "2026-11-21T09:01:00Z",
                "AuthorizationQueryParametersError",
            ),
            (
                newer("20261121T090000Z", "604801"),
                "2026-11-21T09:01:00Z",
                "AuthorizationQueryParametersError",
            ),
            (
                "X-Amz-Credential=me".into(),
                "2026-11-21T09:01:00Z",
                "AuthorizationQueryParametersError",
            ),
            // 1795251660 is 09:01:00.
            (older("1795251660"), "2026-11-21T09:01:00Z", "ok"),
            (older("1795251660"), "2026-11-21T09:01:01Z", "AccessDenied"),
            (older("tomorrow"), "2026-11-21T09:01:00Z", "AccessDenied"),
            ("AWSAccessKeyId=me".into(), "2026-11-21T09:01:00Z", "AccessDenied"),
            ("x-id=GetObject".into(), "2026-11-21T09:01:00Z", "ok"),
        ];
        for (query, now, expected) in cases {
            let outcome = check(&Form::parse(query.as_bytes()), now.parse().unwrap());
            assert_eq!(
                outcome.map_or_else(|error| error.code(), |()| "ok"),
                expected,
                "{query} at {now}"
            );
        }
    }
}
