//! Numbers, ranges, networks and wildcards, as the pattern language compares them.

use std::net::IpAddr;

use serde_json::Value;

/// `numeric` takes and matches numbers from -5.0e9 to 5.0e9.
const NUMERIC_LIMIT: f64 = 5.0e9;

/// Compared by value: 300, 300.0 and 3.0e2 are one number. Integers compare exactly at any size.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Integer(i128),
    Real(f64),
}

impl Number {
    pub(super) fn of(number: &serde_json::Number) -> Self {
        let integer = number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from));
        integer.map_or_else(|| Self::Real(number.as_f64().unwrap_or(f64::NAN)), Self::Integer)
    }

    pub(super) fn equals(&self, other: &serde_json::Number) -> bool {
        match (*self, Self::of(other)) {
            (Self::Integer(left), Self::Integer(right)) => left == right,
            (left, right) => left.real() == right.real(),
        }
    }

    fn real(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Real(real) => real,
        }
    }
}

/// `{"numeric": [">", 0, "<=", 5]}`
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    low: Bound,
    high: Bound,
}

#[derive(Clone, Copy, Debug)]
struct Bound {
    at: f64,
    inclusive: bool,
}

impl Range {
    pub(super) fn parse(operand: &Value) -> Result<Self, String> {
        let Some(parts) = operand.as_array() else {
            return Err("numeric takes an array".into());
        };
        let mut range = Self {
            low: Bound {
                at: -NUMERIC_LIMIT,
                inclusive: true,
            },
            high: Bound {
                at: NUMERIC_LIMIT,
                inclusive: true,
            },
        };
        let pairs = parts.chunks(2).map(read_pair).collect::<Result<Vec<_>, _>>()?;
        match pairs.as_slice() {
            [("=", at)] => {
                range.low.at = *at;
                range.high.at = *at;
            }
            [(low @ (">" | ">="), at)] => {
                range.low = Bound {
                    at: *at,
                    inclusive: *low == ">=",
                }
            }
            [(high @ ("<" | "<="), at)] => {
                range.high = Bound {
                    at: *at,
                    inclusive: *high == "<=",
                }
            }
            [(low @ (">" | ">="), from), (high @ ("<" | "<="), to)] => {
                if from >= to {
                    return Err("numeric: the lower bound must be below the upper bound".into());
                }
                range.low = Bound {
                    at: *from,
                    inclusive: *low == ">=",
                };
                range.high = Bound {
                    at: *to,
                    inclusive: *high == "<=",
                };
            }
            [] => return Err("numeric takes an operator and a number".into()),
            _ => return Err("numeric takes =, <, <=, >, >= or a range from > or >= to < or <=".into()),
        }
        Ok(range)
    }

    pub(super) fn contains(&self, number: &serde_json::Number) -> bool {
        let value = Number::of(number).real();
        let above = value > self.low.at || (self.low.inclusive && value == self.low.at);
        let below = value < self.high.at || (self.high.inclusive && value == self.high.at);
        above && below
    }
}

fn read_pair(pair: &[Value]) -> Result<(&str, f64), String> {
    let [Value::String(operator), Value::Number(number)] = pair else {
        return Err("numeric takes pairs of an operator and a number".into());
    };
    let at = number.as_f64().unwrap_or(f64::NAN);
    if !(-NUMERIC_LIMIT..=NUMERIC_LIMIT).contains(&at) {
        return Err("numeric takes numbers from -5.0e9 to 5.0e9".into());
    }
    Ok((operator, at))
}

/// `{"cidr": "10.0.0.0/24"}`, IPv4 or IPv6.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cidr {
    network: u128,
    mask: u128,
    v4: bool,
}

impl Cidr {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let malformed = || format!("malformed CIDR: {text}");
        let (address, length) = text.split_once('/').ok_or_else(malformed)?;
        let address: IpAddr = address.parse().map_err(|_| malformed())?;
        let length: u32 = length.parse().map_err(|_| malformed())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        if length > width {
            return Err(malformed());
        }
        // A shift by the whole width is what an empty prefix means; `checked_shl` says so.
        let all = u128::MAX >> (128 - width);
        let mask = all & all.checked_shl(width - length).unwrap_or(0);
        Ok(Self {
            network: bits(address) & mask,
            mask,
            v4: address.is_ipv4(),
        })
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        text.parse::<IpAddr>()
            .is_ok_and(|address| address.is_ipv4() == self.v4 && bits(address) & self.mask == self.network)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// `{"wildcard": "dir/*.png"}`; `\*` and `\\` stand for themselves.
#[derive(Clone, Debug)]
pub(super) struct Wildcard {
    /// What stands between the asterisks; never empty.
    parts: Vec<String>,
}

impl Wildcard {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = vec![String::new()];
        let mut after_asterisk = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let asterisk = character == '*';
            if asterisk && after_asterisk {
                return Err(format!("wildcard {text}: consecutive asterisks are not allowed"));
            }
            after_asterisk = asterisk;
            if asterisk {
                parts.push(String::new());
                continue;
            }
            let literal = match character {
                '\\' => match characters.next() {
                    Some(escaped @ ('*' | '\\')) => escaped,
                    _ => return Err(format!("wildcard {text}: only \\* and \\\\ can be escaped")),
                },
                other => other,
            };
            parts.last_mut().expect("never empty").push(literal);
        }
        Ok(Self { parts })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let (first, rest) = self.parts.split_first().expect("never empty");
        let Some((last, middle)) = rest.split_last() else {
            return text == first;
        };
        let Some(mut open) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            // The earliest place is never worse than a later one.
            match open.find(part.as_str()) {
                Some(at) => open = &open[at + part.len()..],
                None => return false,
            }
        }
        open.ends_with(last.as_str())
    }
}
