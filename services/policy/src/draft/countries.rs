//! Countries by name, code, or what is called after them: `Portugal`, `UK`, `Italian`.

/// Adjective and ISO 3166-1 alpha-2 code.
const ADJECTIVES: [(&str, &str); 58] = [
    ("american", "US"),
    ("argentine", "AR"),
    ("australian", "AU"),
    ("austrian", "AT"),
    ("belgian", "BE"),
    ("brazilian", "BR"),
    ("british", "GB"),
    ("bulgarian", "BG"),
    ("canadian", "CA"),
    ("chilean", "CL"),
    ("chinese", "CN"),
    ("colombian", "CO"),
    ("croatian", "HR"),
    ("czech", "CZ"),
    ("danish", "DK"),
    ("dutch", "NL"),
    ("egyptian", "EG"),
    ("estonian", "EE"),
    ("finnish", "FI"),
    ("french", "FR"),
    ("german", "DE"),
    ("greek", "GR"),
    ("hungarian", "HU"),
    ("icelandic", "IS"),
    ("indian", "IN"),
    ("indonesian", "ID"),
    ("irish", "IE"),
    ("israeli", "IL"),
    ("italian", "IT"),
    ("japanese", "JP"),
    ("nigerian", "NG"),
    ("ghanaian", "GH"),
    ("emirati", "AE"),
    ("filipino", "PH"),
    ("singaporean", "SG"),
    ("maltese", "MT"),
    ("kenyan", "KE"),
    ("korean", "KR"),
    ("latvian", "LV"),
    ("lithuanian", "LT"),
    ("malaysian", "MY"),
    ("mexican", "MX"),
    ("moroccan", "MA"),
    ("norwegian", "NO"),
    ("peruvian", "PE"),
    ("polish", "PL"),
    ("portuguese", "PT"),
    ("romanian", "RO"),
    ("serbian", "RS"),
    ("slovak", "SK"),
    ("slovenian", "SI"),
    ("spanish", "ES"),
    ("swedish", "SE"),
    ("swiss", "CH"),
    ("thai", "TH"),
    ("turkish", "TR"),
    ("ukrainian", "UA"),
    ("vietnamese", "VN"),
];
const MORE_NAMES: [(&str, &str); 4] = [("korea", "KR"), ("u.s", "US"), ("u.k", "GB"), ("britain", "GB")];

/// The code of the country that these words name.
pub fn named(words: &str) -> Option<&'static str> {
    let plain = words.trim_end_matches("'s").to_lowercase();
    // `us` and `it` are words.
    let is_name = words.len() > 3 || words.bytes().all(|byte| byte.is_ascii_uppercase());
    let own = ADJECTIVES
        .iter()
        .chain(&MORE_NAMES)
        .find(|(name, _)| *name == plain);
    own.map(|(_, code)| *code)
        .or_else(|| places::country(words.trim_end_matches("'s")).filter(|_| is_name))
}
