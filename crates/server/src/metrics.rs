//! Counts for operators, in Prometheus text. Route templates and numbers, nothing about anybody.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use app::env::Platform;

/// Upper bounds of the latency buckets, in microseconds.
const BOUNDS_US: [u64; 12] =
    [250, 500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_000_000, 10_000_000];

#[derive(Default)]
pub struct Metrics {
    /// By route, then by method.
    routes: Mutex<BTreeMap<String, BTreeMap<String, Route>>>,
    pub clockwork_rounds: AtomicU64,
    pub clockwork_failures: AtomicU64,
    pub messages_waiting: AtomicU64,
}

#[derive(Default)]
struct Route {
    by_status: BTreeMap<u16, u64>,
    buckets: [u64; BOUNDS_US.len()],
    sum_us: u64,
    count: u64,
}

impl Metrics {
    /// Counts one answer. `route` is a template, never a path.
    pub fn count(&self, method: &str, route: &str, status: u16, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = routes.get_mut(route).and_then(|methods| methods.get_mut(method));
        let found = match known {
            Some(found) => found,
            None => routes.entry(route.to_owned()).or_default().entry(method.to_owned()).or_default(),
        };
        *found.by_status.entry(status).or_default() += 1;
        if let Some(bucket) = BOUNDS_US.iter().position(|bound| took_us <= *bound) {
            found.buckets[bucket] += 1;
        }
        found.sum_us = found.sum_us.saturating_add(took_us);
        found.count += 1;
    }

    /// Everything, as a scraper reads it.
    pub fn text(&self, platform: &Platform) -> String {
        let mut text = String::new();
        self.write_routes(&mut text);
        let gauge = |text: &mut String, name: &str, help: &str, value: u64| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
        };
        let (now, gate) = (platform.clock.now(), &platform.gate);
        gauge(&mut text, "tenantry_gate_accounts", "Accounts in the gate's table.", gate.len() as u64);
        gauge(
            &mut text,
            "tenantry_gate_position",
            "Position of the log the gate stands at.",
            gate.position(),
        );
        let stale = u64::from(gate.is_stale(platform, now));
        gauge(&mut text, "tenantry_gate_stale", "1 while the gate's table is older than allowed.", stale);
        let stale = app::watchlist::stale::find_stale(platform).len() as u64;
        gauge(
            &mut text,
            "tenantry_lists_stale",
            "Lists in force that nobody has loaded for too long.",
            stale,
        );
        if let Ok(size) = app::ledger_log::size(platform) {
            gauge(&mut text, "tenantry_ledger_size", "Leaves in the signed tree.", size);
        }
        let waiting = self.messages_waiting.load(Ordering::Relaxed);
        gauge(&mut text, "tenantry_messages_waiting", "Messages left for a later try.", waiting);
        let counters = [
            ("tenantry_clockwork_rounds_total", "Rounds of the background loop.", &self.clockwork_rounds),
            ("tenantry_clockwork_failures_total", "Steps of it that failed.", &self.clockwork_failures),
        ];
        for (name, help, counter) in counters {
            let value = counter.load(Ordering::Relaxed);
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}");
        }
        text
    }

    fn write_routes(&self, text: &mut String) {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str("# HELP tenantry_http_requests_total Answers by route and status.\n");
        text.push_str("# TYPE tenantry_http_requests_total counter\n");
        let each = || {
            routes.iter().flat_map(|(route, methods)| {
                methods.iter().map(move |(method, found)| (route, method, found))
            })
        };
        for (route, method, found) in each() {
            for (status, count) in &found.by_status {
                let _ = writeln!(
                    text,
                    "tenantry_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
                );
            }
        }
        let name = "tenantry_http_request_duration_seconds";
        let _ = writeln!(text, "# HELP {name} Time until the answer.\n# TYPE {name} histogram");
        for (route, method, found) in each() {
            let labels = format!("method=\"{method}\",route=\"{route}\"");
            let mut below = 0;
            for (bound, count) in BOUNDS_US.iter().zip(found.buckets) {
                below += count;
                let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{}\"}} {below}", seconds(*bound));
            }
            let _ = writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", found.count);
            let _ = writeln!(text, "{name}_sum{{{labels}}} {}", seconds(found.sum_us));
            let _ = writeln!(text, "{name}_count{{{labels}}} {}", found.count);
        }
    }
}

fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}
