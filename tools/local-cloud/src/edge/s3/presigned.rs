//! Presigned URLs: their time is checked against the cloud's clock, their signature is not (any credentials are
//! accepted on a laptop).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::S3Error;
use crate::edge::form::Form;

const LONGEST: i64 = 7 * 24 * 3600;

/// Passes unless the query carries a signature whose time is up or whose dates do not parse.
pub(super) fn check(form: &Form, now: Timestamp) -> Result<(), S3Error> {
    if !form.has("X-Amz-Signature") {
        return Ok(());
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
    if now > signed_at + SignedDuration::from_secs(lasts) {
        Err(S3Error::Expired)
    } else {
        Ok(())
    }
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
        let cases = [
            (
                "X-Amz-Signature=0&X-Amz-Date=20261121T090000Z&X-Amz-Expires=60",
                "2026-11-21T09:01:00Z",
                "ok",
            ),
            (
                "X-Amz-Signature=0&X-Amz-Date=20261121T090000Z&X-Amz-Expires=60",
                "2026-11-21T09:01:01Z",
                "AccessDenied",
            ),
            (
                "X-Amz-Signature=0&X-Amz-Date=today&X-Amz-Expires=60",
                "2026-11-21T09:01:00Z",
                "AuthorizationQueryParametersError",
            ),
            (
                "X-Amz-Signature=0&X-Amz-Date=20261121T090000Z&X-Amz-Expires=604801",
                "2026-11-21T09:01:00Z",
                "AuthorizationQueryParametersError",
            ),
            ("x-id=GetObject", "2026-11-21T09:01:00Z", "ok"),
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
