//! No more requests to one supplier at once than it is good for.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use lambda_host::http::{HttpClient, HttpError};
use tokio::sync::Semaphore;

/// Requests beyond the limit wait for one to end. One that is abandoned makes room at once.
pub struct Limited {
    http: Arc<dyn HttpClient>,
    slots: Semaphore,
}

impl Limited {
    /// At least one at a time.
    pub fn new(http: Arc<dyn HttpClient>, at_once: usize) -> Self {
        Self {
            http,
            slots: Semaphore::new(at_once.max(1)),
        }
    }
}

#[async_trait]
impl HttpClient for Limited {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let _slot = self.slots.acquire().await.map_err(|closed| HttpError::Connect {
            host: request.uri().host().unwrap_or_default().into(),
            source: closed.into(),
        })?;
        self.http.send(request).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// Answers after a second, and remembers how many waited at once.
    #[derive(Default)]
    struct Slow {
        now: AtomicUsize,
        most: AtomicUsize,
    }

    #[async_trait]
    impl HttpClient for Slow {
        async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
            let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
            self.most.fetch_max(now, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.now.fetch_sub(1, Ordering::Relaxed);
            Ok(Response::new(Bytes::new()))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_wait_for_their_turn() {
        for (at_once, most, seconds) in [(0, 1, 6), (2, 2, 3), (8, 6, 1)] {
            let slow = Arc::new(Slow::default());
            let limited = Limited::new(slow.clone(), at_once);
            let started = tokio::time::Instant::now();
            let requests = (0..6).map(|_| limited.send(Request::new(Bytes::new())));
            let answers = futures_util::future::join_all(requests).await;
            assert!(answers.iter().all(Result::is_ok));
            assert_eq!(slow.most.load(Ordering::Relaxed), most, "{at_once} at once");
            assert_eq!(started.elapsed().as_secs(), seconds, "{at_once} at once");
        }
    }
}
