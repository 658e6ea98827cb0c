//! Receipt handles: which row, and which receiving of it. Opaque to clients.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;

use super::SqsError;

pub(super) fn write(seq: i64, receive_count: u32, message_id: &str) -> String {
    URL_SAFE.encode(format!("{seq}.{receive_count}.{message_id}"))
}

/// The row and the count at which the message was received.
pub(super) fn read(handle: &str) -> Result<(i64, u32), SqsError> {
    let decoded = URL_SAFE
        .decode(handle)
        .map_err(|_| SqsError::ReceiptHandleIsInvalid)?;
    let text = String::from_utf8(decoded).map_err(|_| SqsError::ReceiptHandleIsInvalid)?;
    let mut parts = text.split('.');
    let seq = parts.next().and_then(|part| part.parse().ok());
    let count = parts.next().and_then(|part| part.parse().ok());
    seq.zip(count).ok_or(SqsError::ReceiptHandleIsInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_reads_back_and_nonsense_is_refused() {
        assert_eq!(read(&write(7, 2, "id")).unwrap(), (7, 2));
        for nonsense in ["", "x", "AAAA", &URL_SAFE.encode("7.x.id")] {
            assert!(
                matches!(read(nonsense), Err(SqsError::ReceiptHandleIsInvalid)),
                "{nonsense}"
            );
        }
    }
}
