//! Names the supplier sells under. All invented; any likeness is chance.

/// Designator and name. `Pretend Jet` is the cheap one, on shorter routes only.
pub const CARRIERS: [(&str, &str); 5] = [
    ("SJ", "Sample Air"),
    ("FW", "Fictional Wings"),
    ("EX", "Example Airways"),
    ("PZ", "Placeholder Pacific"),
    ("MQ", "Make-Believe Airlines"),
];
pub const CHEAP_CARRIER: (&str, &str) = ("QJ", "Pretend Jet");

pub const HOTEL_FIRST: [&str; 14] = [
    "Sample", "Grand Example", "Little", "Imagined", "Golden", "Old Post", "Quiet", "Blue", "Central",
    "Garden", "Harbour", "Royal Fiction", "Paper", "Green",
];
pub const HOTEL_SECOND: [&str; 12] = [
    "House", "Inn", "Hotel", "Residence", "Suites", "Lodge", "Courtyard", "Palace", "Rooms", "Terrace",
    "Corner", "Boardinghouse",
];

/// Airports people change at.
pub const HUBS: [&str; 52] = [
    "FRA", "MUC", "AMS", "CDG", "LHR", "MAD", "LIS", "ZRH", "VIE", "CPH", "HEL", "IST", "FCO", "WAW", "KEF",
    "DXB", "DOH", "CAI", "ADD", "NBO", "JNB", "CMN", "LOS", "DEL", "BOM", "BKK", "SIN", "KUL", "HKG", "PVG",
    "PEK", "ICN", "HND", "TPE", "MNL", "SYD", "AKL", "PER", "HNL", "LAX", "SFO", "SEA", "DEN", "DFW", "ORD",
    "ATL", "JFK", "YYZ", "MEX", "PTY", "GRU", "ANC",
];

/// Countries where a room costs more, and less, than elsewhere, in percent.
pub fn room_price_level(country: &str) -> i64 {
    match country {
        "CH" | "NO" | "IS" => 135,
        "GB" | "US" | "DK" | "SG" | "SE" | "IE" | "IL" | "AU" => 120,
        "PT" | "GR" | "CZ" | "EE" | "LV" | "LT" | "MX" | "BR" => 88,
        "PL" | "HU" | "RO" | "BG" | "TR" | "TH" | "IN" | "VN" | "ID" | "EG" | "RS" => 75,
        _ => 100,
    }
}
