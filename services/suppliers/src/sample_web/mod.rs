//! The sample supplier by its web pages, for suppliers that have nothing else. [`walk`] goes from page to page,
//! [`reading`] says what a page means, [`stuck`] what it means not to get any further.
//!
//! A page that is not understood is a person's from then on: the error carries the address to go on at, and where the
//! picture of it is. While buying that is never taken for "nothing happened".

mod reading;
mod settings;
mod stuck;
mod walk;

use std::sync::Arc;

use async_trait::async_trait;
use browser::{Browser, Document, Pictures};
use events_schema::evidence::Evidence;
use events_schema::ids::SupplierId;
use events_schema::rows::PassengerRow;
use events_schema::trip::{Cabin, FlightWish, LegContent, Offer, StayWish};
use jiff::civil::{Date, Time};
use lambda_host::Runtime;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::error::SupplierError;
use crate::port::{BookRequest, Cancellation, CancellationTerms, Order, Supplier};
use crate::registry::{Entry, RegistryError};
use stuck::Stuck;
use walk::{Site, Walk};

/// `{"name": "sample-web", "kind": "sample-web", "url": "http://127.0.0.1:8790/web"}`, and which browser visits it.
/// Setting: `EVIDENCE_BUCKET`; without it no pictures are kept.
pub(crate) fn make(entry: &Entry, runtime: &Runtime) -> Result<Arc<dyn Supplier>, RegistryError> {
    settings::supplier(entry, runtime)
}

pub struct SampleWeb {
    id: SupplierId,
    site: Site,
}

impl SampleWeb {
    /// `base` is where the pages begin: `https://supplier.example/web`.
    pub fn new(
        id: SupplierId,
        base: &str,
        browser: Arc<dyn Browser>,
        pictures: Option<Arc<dyn Pictures>>,
    ) -> Self {
        Self {
            id,
            site: Site {
                base: base.trim_end_matches('/').into(),
                browser,
                pictures,
            },
        }
    }

    /// The results page, by way of the search form.
    async fn results(&self, form: &str, fields: &[(String, String)]) -> Result<Document, SupplierError> {
        let mut walk = self.site.begin("search").await?;
        let found = async {
            walk.open("open the search form", "/", &["search"]).await?;
            walk.send("search", form, fields, &["results"]).await
        };
        let found = found.await;
        walk.finish(found).await
    }

    /// The offer as one of its pages has it, once the page's form of that name was sent.
    async fn offer_at(&self, page: &str, offer: &Offer, form: Option<&str>) -> Result<Offer, SupplierError> {
        let mut walk = self.site.begin("offer").await?;
        let below = if page == "offer" {
            String::new()
        } else {
            format!("/{page}")
        };
        let path = format!("/offers/{}{below}", escaped(&offer.supplier_offer));
        let walked = async {
            let mut seen = walk.open("open the offer", &path, &[page]).await?;
            if let Some(form) = form {
                seen = walk.send(form, form, &[], &[page]).await?;
            }
            let shown = seen.items.iter().find(|item| item.has("kind"));
            let shown = shown.ok_or_else(|| walk.not_understood("read the offer", "it shows no offer"))?;
            let now = reading::offer(&self.id, shown, place_of(offer));
            now.map_err(|missing| walk.not_understood("read the offer", missing))
        };
        let walked = walked.await;
        let now = walk.finish(walked).await?;
        Ok(Offer {
            id: offer.id.clone(),
            ..now
        })
    }

    async fn buy(&self, walk: &mut Walk<'_>, request: BookRequest<'_>) -> Result<Order, Stuck> {
        let offer = request.offer;
        let path = format!("/offers/{}/passengers", escaped(&offer.supplier_offer));
        walk.open("open the passengers' form", &path, &["passengers"])
            .await?;
        let people = people(request.idempotency_key, request.passengers);
        let review = walk
            .send("fill in the passengers", "passengers-form", &people, &["review"])
            .await?;
        let shown = review.items.iter().find(|item| item.has("total"));
        let total = shown.map(|item| reading::money(item, "total"));
        // What is about to be paid must be what was agreed, whatever the forms carried along.
        match total {
            Some(Ok(total)) if total == offer.total => {}
            Some(Ok(_)) => return Err(Stuck::PriceChanged),
            _ => return Err(walk.not_understood("check the price", "it shows no total")),
        }
        walk.picture("1-review").await;
        walk.may_be_bought_from_now_on();
        let page = walk.send("confirm and pay", "confirm", &[], &["order"]).await?;
        let order = self.read_order(walk, &page)?;
        walk.picture("2-order").await;
        Ok(order)
    }

    fn read_order(&self, walk: &Walk<'_>, page: &Document) -> Result<Order, Stuck> {
        let order = page.item("order-summary").and_then(reading::order);
        order.map_err(|missing| walk.not_understood("read the order", missing))
    }
}

#[async_trait]
impl Supplier for SampleWeb {
    fn id(&self) -> &SupplierId {
        &self.id
    }

    async fn search_flights(&self, wish: &FlightWish, travellers: u8) -> Result<Vec<Offer>, SupplierError> {
        let page = self
            .results("find-flights", &flight_form(wish, travellers))
            .await?;
        reading::offers(&self.id, &page, None).map_err(|missing| stuck::unreadable(&page, missing))
    }

    async fn search_stays(&self, wish: &StayWish, travellers: u8) -> Result<Vec<Offer>, SupplierError> {
        let page = self.results("find-stays", &stay_form(wish, travellers)).await?;
        reading::offers(&self.id, &page, Some(&wish.place))
            .map_err(|missing| stuck::unreadable(&page, missing))
    }

    async fn quote(&self, offer: &Offer) -> Result<Offer, SupplierError> {
        self.offer_at("offer", offer, None).await
    }

    async fn hold(&self, offer: &Offer, _passengers: &[PassengerRow]) -> Result<Offer, SupplierError> {
        self.offer_at("passengers", offer, Some("hold")).await
    }

    async fn release(&self, offer: &Offer) -> Result<(), SupplierError> {
        // What cannot be held has no form for giving it back, and nothing to give.
        if !offer.holdable {
            return Ok(());
        }
        self.offer_at("passengers", offer, Some("release"))
            .await
            .map(|_| ())
    }

    async fn cancellation_terms(&self, reference: &str) -> Result<CancellationTerms, SupplierError> {
        let mut walk = self.site.begin("cancellation").await?;
        let path = format!("/orders/{}/cancel", escaped(reference));
        let read = async {
            let page = walk
                .open("open the cancellation", &path, &["cancellation", "order"])
                .await?;
            // An order that was cancelled before shows itself, with what came back.
            let (item, paid) = match page.page.as_str() {
                "cancellation" => ("terms", "paid"),
                _ => ("order-summary", "total"),
            };
            let terms = page.item(item).and_then(|item| {
                Ok(CancellationTerms {
                    paid: reading::money(item, paid)?,
                    refund: reading::money(item, "refund")?,
                })
            });
            terms.map_err(|missing| walk.not_understood("read the conditions", missing))
        };
        let read = read.await;
        walk.finish(read).await
    }

    async fn book(&self, request: BookRequest<'_>) -> Result<Order, SupplierError> {
        let mut walk = self.site.begin(&folder(request.idempotency_key)).await?;
        walk.is_for_a_purchase();
        let bought = self.buy(&mut walk, request).await;
        walk.finish(bought).await
    }

    async fn cancel(&self, reference: &str) -> Result<Cancellation, SupplierError> {
        let mut walk = self.site.begin("cancellation").await?;
        let path = format!("/orders/{}/cancel", escaped(reference));
        let cancelled = async {
            let mut page = walk
                .open("open the cancellation", &path, &["cancellation", "order"])
                .await?;
            if page.page == "cancellation" {
                walk.may_be_bought_from_now_on();
                page = walk.send("cancel", "cancel", &[], &["order"]).await?;
            }
            let refund = page.item("order-summary").and_then(reading::refund);
            refund.map_err(|missing| walk.not_understood("read what comes back", missing))
        };
        let cancelled = cancelled.await;
        walk.finish(cancelled).await.map(|refund| Cancellation { refund })
    }

    async fn look_up(&self, idempotency_key: &str) -> Result<Option<Order>, SupplierError> {
        let mut walk = self.site.begin(&folder(idempotency_key)).await?;
        let fields = [("key".to_owned(), idempotency_key.to_owned())];
        let found = async {
            walk.open("open the search form", "/", &["search"]).await?;
            let page = walk
                .send("find the order", "find-order", &fields, &["order"])
                .await?;
            self.read_order(&walk, &page)
        };
        let found = found.await;
        match walk.finish(found).await {
            Ok(order) => Ok(Some(order)),
            Err(SupplierError::Gone { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn evidence(&self, idempotency_key: &str) -> Result<Vec<Evidence>, SupplierError> {
        let Some(pictures) = &self.site.pictures else {
            return Ok(Vec::new());
        };
        let kept = pictures.of(&folder(idempotency_key)).await;
        kept.map_err(SupplierError::unavailable)
    }
}

/// Where a purchase's pictures lie. The key names a booking, the folder nobody and nothing.
fn folder(idempotency_key: &str) -> String {
    hex::encode(Sha256::digest(idempotency_key))[..16].to_owned()
}

fn place_of(offer: &Offer) -> Option<&events_schema::place::Place> {
    match &offer.content {
        LegContent::Stay { place, .. } => Some(place),
        LegContent::Flight { .. } => None,
    }
}

fn field(name: &str, value: impl Into<String>) -> (String, String) {
    (name.into(), value.into())
}

fn flight_form(wish: &FlightWish, travellers: u8) -> Vec<(String, String)> {
    let codes = |place: &events_schema::place::Place| {
        let codes: Vec<String> = place.airports.iter().map(ToString::to_string).collect();
        codes.join(", ")
    };
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let time = |time: Option<Time>| {
        time.map(|time| time.strftime("%H:%M").to_string())
            .unwrap_or_default()
    };
    let cabin = match wish.cabin.unwrap_or(Cabin::Economy) {
        Cabin::Economy => "economy",
        Cabin::PremiumEconomy => "premium_economy",
        Cabin::Business => "business",
        Cabin::First => "first",
    };
    vec![
        field("from", codes(&wish.origin)),
        field("to", codes(&wish.destination)),
        field("depart", day(Some(wish.depart_on))),
        field("return", day(wish.return_on)),
        field("cabin", cabin),
        field("travellers", travellers.to_string()),
        field("depart_after", time(wish.depart_after)),
        field("arrive_before", time(wish.arrive_before)),
        field("non_stop", if wish.non_stop { "yes" } else { "" }),
    ]
}

fn stay_form(wish: &StayWish, rooms: u8) -> Vec<(String, String)> {
    vec![
        field("city", wish.place.code.to_string()),
        field("check_in", wish.check_in.to_string()),
        field("check_out", wish.check_out.to_string()),
        field("rooms", rooms.to_string()),
    ]
}

fn people(idempotency_key: &str, passengers: &[PassengerRow]) -> Vec<(String, String)> {
    let one = |(number, row): (usize, &PassengerRow)| {
        let named = |name: &str, value: &str| field(&format!("{name}_{number}"), value);
        [
            named("given_name", &row.given_name),
            named("family_name", &row.family_name),
            named("born_on", &row.born_on.to_string()),
            named("email", &row.email),
            named("phone", &row.phone),
        ]
    };
    let mut fields: Vec<(String, String)> = (1..).zip(passengers).flat_map(one).collect();
    fields.push(field("key", idempotency_key));
    fields
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
