"""Writes airports.tsv and countries.tsv; see README.md for where the inputs come from.

    python3 generate.py AIRPORTSDATA_DIR/airports.csv /usr/share/zoneinfo/iso3166.tab
"""
import csv
import re
import sys

# In the source, but no passenger can fly from them: closed, military since a successor opened, or a second code
# of the same runway.
DROPPED = {
    "TXL": "Berlin Tegel, closed 2020",
    "NAY": "Beijing Nanyuan, closed 2019",
    "ISL": "Istanbul Atatürk, no passengers since 2019",
    "DKR": "Dakar Senghor, military since 2017",
    "ANK": "Ankara Etimesgut, military",
    "MLH": "EuroAirport; its Swiss code BSL is kept",
    "KWP": "seaplane base",
}
NOT_FOR_AIRLINERS = re.compile(r"seaplane|heliport|helipad", re.I)
COUNTRY_NAMES = {
    "GB": "United Kingdom", "KR": "South Korea", "KP": "North Korea", "CI": "Ivory Coast", "CZ": "Czechia",
    "CD": "DR Congo", "CG": "Congo", "VA": "Vatican", "BA": "Bosnia and Herzegovina", "MM": "Myanmar",
    "MK": "North Macedonia", "SZ": "Eswatini",
}
COUNTRY_ALIASES = {
    "US": "USA; U.S.A.; America; United States of America", "GB": "UK; U.K.; England; Scotland; Wales; Britain; "
    "Great Britain; Northern Ireland", "AE": "UAE; Emirates", "NL": "Holland; The Netherlands", "CZ": "Czech Republic",
    "KR": "Korea", "TR": "Türkiye", "BO": "Bolivia", "VE": "Venezuela", "RU": "Russian Federation",
}


def city_of(row, cities):
    if row["iata"] in cities:
        return cities[row["iata"]]
    if row["city"].strip():
        return row["city"].strip()
    return re.sub(r"\s+(International|Regional|Municipal|Airport|Airfield|Aerodrome)\b.*", "", row["name"]).strip()


def main(airports_csv, iso3166):
    cities = {}
    with open("cities.tsv", encoding="utf8") as f:
        for line in f:
            _, city, _, airports, _ = line.rstrip("\n").split("\t")
            for code in airports.split():
                cities.setdefault(code, city)
    with open(airports_csv, encoding="utf8") as f:
        rows = [r for r in csv.DictReader(f) if re.fullmatch(r"[A-Z]{3}", r["iata"])]
    with open("airports.tsv", "w", encoding="utf8") as out:
        for r in sorted(rows, key=lambda r: r["iata"]):
            if r["iata"] in DROPPED or NOT_FOR_AIRLINERS.search(r["name"]) or not r["tz"]:
                continue
            position = f"{float(r['lat']):.4f}\t{float(r['lon']):.4f}"
            region = r["subd"].replace("-", " ").strip()
            fields = [r["iata"], r["name"].strip(), city_of(r, cities), region, r["country"], position, r["tz"]]
            assert not any("\n" in x for x in fields)
            out.write("\t".join(fields) + "\n")
    with open(iso3166, encoding="utf8") as f, open("countries.tsv", "w", encoding="utf8") as out:
        names = dict(line.rstrip("\n").split("\t") for line in f if not line.startswith("#"))
        names = names | COUNTRY_NAMES | {"XK": "Kosovo"}
        for code in sorted(names):
            out.write(f"{code}\t{names[code]}\t{COUNTRY_ALIASES.get(code, '')}\n")


main(*sys.argv[1:])
