//! An address or a prefix, IPv4 and IPv6 in one ordered space.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MAPPED: u128 = 0xffff_0000_0000;

/// An address (full-length prefix) or a prefix. An IPv4-mapped IPv6 address is the IPv4 address,
/// and bits after the prefix are dropped, so equal networks compare equal however written.
///
/// Kept as 128 bits with IPv4 under `::ffff:0:0/96`; `prefix` counts in that space (IPv4 `/24`
/// is 120). Prints as people write it, without `/32` or `/128`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    first: u128,
    prefix: u8,
}

/// The text is neither an IP address nor a prefix in CIDR form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an IP address or prefix")]
pub struct NotANetwork;

impl Network {
    /// `None` if `prefix` is over 128. Bits after the prefix are dropped.
    pub fn from_bits(first: u128, prefix: u8) -> Option<Self> {
        (prefix <= 128).then(|| Self { first: first & mask(prefix), prefix })
    }

    pub fn host(address: IpAddr) -> Self {
        let first = match address {
            IpAddr::V4(v4) => MAPPED | u128::from(v4.to_bits()),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        Self { first, prefix: 128 }
    }

    /// First address, in the 128-bit space.
    pub fn first(&self) -> u128 {
        self.first
    }

    /// Last address, in the 128-bit space.
    pub fn last(&self) -> u128 {
        self.first | !mask(self.prefix)
    }

    /// Prefix length in the 128-bit space, 0 to 128.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    pub fn is_host(&self) -> bool {
        self.prefix == 128
    }

    pub fn is_ipv4(&self) -> bool {
        self.prefix >= 96 && self.first >> 32 == MAPPED >> 32
    }

    /// Whether all of `other` lies in this network. An IPv6 prefix never contains IPv4.
    pub fn contains(&self, other: &Self) -> bool {
        other.prefix >= self.prefix
            && other.first & mask(self.prefix) == self.first
            && other.is_ipv4() == self.is_ipv4()
    }

    pub fn overlaps(&self, other: &Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// The network of that shorter length around this one; itself if it is shorter already.
    pub fn widened(&self, prefix: u8) -> Self {
        let prefix = prefix.min(self.prefix);
        Self { first: self.first & mask(prefix), prefix }
    }
}

fn mask(prefix: u8) -> u128 {
    match prefix {
        0 => 0,
        1..=128 => u128::MAX << (128 - prefix),
        129.. => u128::MAX,
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let host = Self::host(address);
        let Some(length) = length else { return Ok(host) };
        if length.is_empty() || length.len() > 3 || !length.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotANetwork);
        }
        let length: u8 = length.parse().map_err(|_| NotANetwork)?;
        let prefix = match address {
            IpAddr::V4(_) if length <= 32 => length + 96,
            IpAddr::V6(_) if length <= 128 => length,
            _ => return Err(NotANetwork),
        };
        Self::from_bits(host.first, prefix).ok_or(NotANetwork)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, length, full) = if self.is_ipv4() {
            let low = u32::try_from(self.first & 0xffff_ffff).unwrap_or(u32::MAX);
            (IpAddr::V4(Ipv4Addr::from_bits(low)), self.prefix - 96, 32)
        } else {
            (IpAddr::V6(Ipv6Addr::from_bits(self.first)), self.prefix, 128)
        };
        if length == full { write!(f, "{address}") } else { write!(f, "{address}/{length}") }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_has_one_form_however_it_is_written() {
        let cases = [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1/32", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::ffff:c000:201", "192.0.2.1"),
            ("::ffff:192.0.2.1/120", "192.0.2.0/24"),
            ("192.0.2.77/24", "192.0.2.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8:0::1", "2001:db8::1"),
            ("2001:db8::1/48", "2001:db8::/48"),
            ("::/0", "::/0"),
            ("::1", "::1"),
        ];
        for (text, expected) in cases {
            let network: Network = text.parse().unwrap();
            assert_eq!(network.to_string(), expected, "{text}");
            assert_eq!(expected.parse::<Network>().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "1.2.3",
            "1.2.3.4/33",
            "::/129",
            "1.2.3.4/",
            "1.2.3.4/+8",
            "1.2.3.4/8/8",
            "010.0.0.1",
            "fe80::1%eth0",
            "host",
            " 1.2.3.4",
            "1.2.3.4/-1",
            "::1/1000",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn containment_keeps_the_families_apart() {
        let cases = [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.1.2.3", "10.0.0.0/8", false),
            ("0.0.0.0/0", "255.1.1.1", true),
            ("::/0", "2001:db8::1", true),
            ("::/0", "10.0.0.1", false),
            ("0.0.0.0/0", "::1", false),
            ("2001:db8::/32", "2001:db8:ffff::/48", true),
        ];
        for (outer, inner, expected) in cases {
            let (outer_net, inner_net): (Network, Network) = (outer.parse().unwrap(), inner.parse().unwrap());
            assert_eq!(outer_net.contains(&inner_net), expected, "{outer} {inner}");
        }
    }
}
