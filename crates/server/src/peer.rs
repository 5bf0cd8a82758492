//! Where a request comes from: the socket's other end, or what a trusted proxy says of it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

/// The caller's address; `None` for a command in the same process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    pub address: Option<IpAddr>,
}

impl Peer {
    pub fn of(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let socket =
            extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        Self { address: socket.map(|socket| behind_proxies(socket, headers, trusted)) }
    }
}

/// Walks `X-Forwarded-For` from the right for as long as trusted proxies wrote it. What an untrusted peer
/// sends is its own word and is not believed.
fn behind_proxies(socket: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let hops: Vec<IpAddr> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map_while(|hop| hop.trim().parse::<IpAddr>().ok())
        .map(|hop| hop.to_canonical())
        .collect();
    let mut address = socket;
    for hop in hops.into_iter().rev() {
        if !is_trusted(address) {
            break;
        }
        address = hop;
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_say_where_a_request_comes_from() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let cases = [
            ("no proxy", "192.0.2.1", None, "192.0.2.1"),
            ("an untrusted peer lies", "192.0.2.1", Some("198.51.100.7"), "192.0.2.1"),
            ("a trusted proxy", "10.0.0.1", Some("198.51.100.7"), "198.51.100.7"),
            ("two trusted proxies", "10.0.0.1", Some("198.51.100.7, 10.0.0.2"), "198.51.100.7"),
            ("the client forged a hop", "10.0.0.1", Some("203.0.113.9, 198.51.100.7"), "198.51.100.7"),
            ("garbage", "10.0.0.1", Some("unknown"), "10.0.0.1"),
        ];
        for (name, socket, forwarded, expected) in cases {
            let mut headers = HeaderMap::new();
            if let Some(forwarded) = forwarded {
                headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            }
            let found = behind_proxies(socket.parse().unwrap(), &headers, &trusted);
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{name}");
        }
    }
}
