//! The pages as a browser gets them, in process: found by searching, bought by forms, cancelled by links. Covers what they
//! say and that a form sent twice buys once; what they look like, a browser's tests see.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use sample_supplier::{Config, Supplier, router};
use tower::ServiceExt;

struct Visitor(Supplier);

struct Page {
    status: StatusCode,
    /// Where a redirect leads.
    location: String,
    html: String,
}

impl Visitor {
    fn new() -> Self {
        let now: jiff::Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
        Self(Supplier::new(Config::default(), Arc::new(move || now)).unwrap())
    }

    async fn send(&self, request: Request<Body>) -> Page {
        let answer = router(self.0.clone()).oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let location = parts.headers.get(header::LOCATION);
        Page {
            status: parts.status,
            location: location
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default(),
            html: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn get(&self, path: &str) -> Page {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send(Request::post(path).body(Body::from(body)).unwrap())
            .await
    }

    /// The first offer's id and total.
    async fn first_flight(&self) -> (String, String) {
        let page = self
            .get("/web/flights?from=BER&to=LIS&depart=2026-12-03&return=2026-12-05&cabin=economy&travellers=1&non_stop=")
            .await;
        assert_eq!(page.status, 200, "{}", page.html);
        let between = |start: &str| {
            let rest = page
                .html
                .split(start)
                .nth(1)
                .unwrap_or_else(|| panic!("no {start}"));
            rest.split('"').next().unwrap().to_owned()
        };
        (between("itemid=\""), between("itemprop=\"total\" value=\""))
    }
}

fn order<'a>(offer: &'a str, total: &'a str, key: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("offer", offer),
        ("total", total),
        ("key", key),
        ("given_name_1", "Sam"),
        ("family_name_1", "<Sample> & \"Co\""),
        ("born_on_1", "1990-01-01"),
        ("email_1", "sam@example.com"),
        ("phone_1", ""),
    ]
}

#[tokio::test]
async fn every_page_says_that_it_is_fictional_and_has_a_heading_and_labels() {
    let visitor = Visitor::new();
    let (offer, _) = visitor.first_flight().await;
    for path in [
        "/web/".to_owned(),
        format!("/web/offers/{offer}"),
        format!("/web/offers/{offer}/passengers"),
        "/web/orders?key=unknown".to_owned(),
    ] {
        let page = visitor.get(&path).await;
        assert!(
            page.html.contains("fictional") && page.html.contains("<h1>"),
            "{path}"
        );
        assert!(page.html.contains("<html lang=\"en\">"), "{path}");
        let inputs = page.html.matches("<input id=").count();
        assert_eq!(
            page.html.matches("<label for=").count(),
            inputs + page.html.matches("<select").count(),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_same_form_sent_twice_is_one_order_and_says_so() {
    let visitor = Visitor::new();
    let (offer, total) = visitor.first_flight().await;
    let review = visitor.post("/web/review", &order(&offer, &total, "k")).await;
    assert!(
        review.html.contains("Confirm and pay")
            && review.html.contains("&lt;Sample&gt; &amp; &quot;Co&quot;")
    );
    assert_eq!(visitor.0.orders().unwrap().len(), 0);
    let first = visitor.post("/web/orders", &order(&offer, &total, "k")).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    let again = visitor.post("/web/orders", &order(&offer, &total, "k")).await;
    assert_eq!(again.location, format!("{}?seen=before", first.location));
    assert!(
        visitor
            .get(&again.location)
            .await
            .html
            .contains("Nothing was charged again")
    );
    assert_eq!(visitor.0.orders().unwrap().len(), 1);
    let other = visitor.post("/web/orders", &order(&offer, "1.00 EUR", "k")).await;
    assert_eq!(
        other.status,
        StatusCode::CONFLICT,
        "the reference names another order"
    );
    assert_eq!(visitor.get("/web/orders?key=k").await.location, first.location);
}

#[tokio::test]
async fn an_order_is_cancelled_after_its_conditions_were_shown() {
    let visitor = Visitor::new();
    let (offer, total) = visitor.first_flight().await;
    let placed = visitor.post("/web/orders", &order(&offer, &total, "k")).await;
    let cancel = format!("{}/cancel", placed.location);
    let conditions = visitor.get(&cancel).await;
    assert!(conditions.html.contains("You would get back") && conditions.html.contains(&total));
    assert_eq!(visitor.post(&cancel, &[]).await.location, placed.location);
    assert!(
        visitor
            .get(&placed.location)
            .await
            .html
            .contains("value=\"cancelled\"")
    );
    assert_eq!(
        visitor.get(&cancel).await.location,
        placed.location,
        "there is nothing left to cancel"
    );
}

#[tokio::test]
async fn what_goes_wrong_has_a_page_with_its_code() {
    let visitor = Visitor::new();
    let (offer, total) = visitor.first_flight().await;
    for (scenario, status, code) in [
        ("sold-out", 410, "sold_out"),
        ("price-up", 409, "price_changed"),
        ("order-rejected", 422, "rejected"),
        ("order-fails", 500, "internal"),
        ("unavailable", 503, "unavailable"),
    ] {
        visitor.0.set_scenario(scenario.parse().unwrap());
        let page = visitor.post("/web/orders", &order(&offer, &total, "k")).await;
        assert_eq!(page.status, status, "{scenario}");
        assert!(
            page.html
                .contains(&format!("itemprop=\"code\" content=\"{code}\"")),
            "{scenario}"
        );
    }
    visitor.0.set_scenario("none".parse().unwrap());
    let nobody = visitor
        .post(
            "/web/orders",
            &[("offer", &offer), ("total", &total), ("key", "k")],
        )
        .await;
    assert_eq!(nobody.status, StatusCode::BAD_REQUEST);
    assert_eq!(visitor.0.orders().unwrap().len(), 0);
}

#[tokio::test]
async fn a_redesigned_page_says_the_same_in_a_way_nobody_was_taught() {
    let visitor = Visitor::new();
    let (offer, _) = visitor.first_flight().await;
    visitor.0.set_scenario("passengers-redesigned".parse().unwrap());
    let page = visitor.get(&format!("/web/offers/{offer}/passengers")).await;
    assert!(page.html.contains("body id=\"who\"") && !page.html.contains("itemscope"));
}
