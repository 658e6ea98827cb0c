//! The `aws-chunked` body that SDKs send when a checksum follows the content: chunks led by their size in hex
//! (and, if signed, a signature, which is not checked here), then trailers.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;

use super::S3Error;

#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub content: Bytes,
    /// Names in lower case.
    pub trailers: Vec<(String, String)>,
}

/// The content of a request's body, chunked or not.
pub(super) fn decode(headers: &HeaderMap, body: &Bytes) -> Result<Decoded, S3Error> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let is_chunked = text("x-amz-content-sha256").starts_with("STREAMING-")
        || text("content-encoding")
            .split(',')
            .any(|encoding| encoding.trim() == "aws-chunked");
    if !is_chunked {
        return Ok(Decoded {
            content: body.clone(),
            trailers: Vec::new(),
        });
    }
    let decoded = chunks(body)?;
    let promised = text("x-amz-decoded-content-length").parse::<usize>().ok();
    if promised.is_some_and(|length| length != decoded.content.len()) {
        return Err(S3Error::IncompleteBody("x-amz-decoded-content-length"));
    }
    Ok(decoded)
}

fn chunks(body: &Bytes) -> Result<Decoded, S3Error> {
    let mut content = BytesMut::with_capacity(body.len());
    let mut rest = body.as_ref();
    loop {
        let header = line(&mut rest).ok_or_else(cut_off)?;
        let size = header.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16).map_err(|_| cut_off())?;
        if size == 0 {
            break;
        }
        if rest.len() < size + 2 || &rest[size..size + 2] != b"\r\n" {
            return Err(cut_off());
        }
        content.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
    let mut trailers = Vec::new();
    while let Some(trailer) = line(&mut rest).filter(|line| !line.is_empty()) {
        if let Some((name, value)) = trailer.split_once(':') {
            trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    Ok(Decoded {
        content: content.freeze(),
        trailers,
    })
}

fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
    let (line, after) = (&rest[..end], &rest[end + 2..]);
    *rest = after;
    std::str::from_utf8(line).ok()
}

fn cut_off() -> S3Error {
    S3Error::IncompleteBody("Content-Length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn unsigned_and_signed_chunks_decode_to_the_content_and_its_trailers() {
        let unsigned = headers(&[("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")]);
        let body =
            Bytes::from_static(b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n");
        let decoded = decode(&unsigned, &body).unwrap();
        assert_eq!(decoded.content, "hello world");
        assert_eq!(
            decoded.trailers,
            [("x-amz-checksum-crc32".to_owned(), "DUoRhQ==".to_owned())]
        );

        let signed = headers(&[
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "5"),
        ]);
        let body = Bytes::from_static(b"5;chunk-signature=ab\r\nhello\r\n0;chunk-signature=cd\r\n\r\n");
        assert_eq!(decode(&signed, &body).unwrap().content, "hello");
    }

    #[test]
    fn a_plain_body_is_left_alone_and_a_cut_one_refused() {
        assert_eq!(
            decode(&HeaderMap::new(), &Bytes::from_static(b"5\r\nhello"))
                .unwrap()
                .content,
            "5\r\nhello"
        );
        let chunked = headers(&[
            ("content-encoding", "gzip, aws-chunked"),
            ("x-amz-decoded-content-length", "6"),
        ]);
        for body in [
            "", "5\r\nhel", "zz\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n",
        ] {
            let refused = decode(&chunked, &Bytes::from_static(body.as_bytes()));
            assert!(matches!(refused, Err(S3Error::IncompleteBody(_))), "{body:?}");
        }
    }
}
