//! Leases, sign-ups, accesses and administration, by time.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::customers::Account;
use super::{Question, Shape};
use screening::trial::Random;

const DAY: i64 = 24 * 3_600;

/// Accounts behind one address of the provider, 1,024 ports each.
const BEHIND_NAT: u32 = 60;

/// Addresses of carriers that many customers come through.
const CARRIERS: usize = 64;

pub struct Traffic {
    pub events: Vec<String>,
    pub question: Option<Question>,
}

struct Maker<'a> {
    random: Random,
    from: i64,
    until: i64,
    /// Microseconds since 1970, and the line without its sequence number.
    events: Vec<(i64, String)>,
    question: Option<Question>,
    /// Addresses whose lease ended, and when.
    free: Vec<(u32, i64)>,
    next_address: u32,
    next_behind_nat: u32,
    accounts: &'a [Account],
}

pub fn generate(shape: &Shape, accounts: &[Account]) -> Traffic {
    let until = shape.until.as_second();
    let mut maker = Maker {
        random: Random::new(shape.seed ^ 0x7472_6166_6669_6373),
        from: until - i64::from(shape.days.max(1)) * DAY,
        until,
        events: Vec::with_capacity(shape.events as usize),
        question: None,
        free: Vec::new(),
        next_address: 0,
        next_behind_nat: 0,
        accounts,
    };
    let mut by_time: Vec<usize> = (0..accounts.len()).collect();
    by_time.sort_by_key(|&at| accounts[at].opened_at);
    for at in by_time {
        maker.signup_and_leases(&accounts[at], at);
    }
    let wanted = shape.events as usize;
    if !accounts.is_empty() {
        while maker.events.len() < wanted {
            maker.access();
        }
    }
    maker.finish()
}

impl Maker<'_> {
    fn signup_and_leases(&mut self, account: &Account, number: usize) {
        let start = account.opened_at.max(self.from);
        if account.opened_at >= self.from {
            let ip = self.home_address(account, 0);
            let device = account.device;
            self.add(start, &account.name, &ip, "signup", |line| {
                let _ = write!(line, r#","resource":"device-{device:016x}""#);
            });
        }
        let first = (start + 300).min(self.until - 1);
        if self.random.permille(100) {
            self.behind_nat(account, first);
        } else {
            self.address(account, first);
        }
        if self.random.permille(350) {
            let network = format!("2001:db8:{:x}:{:x}::/64", number >> 16, number & 0xffff);
            self.add(first, &account.name, &network, "lease_start", |line| {
                line.push_str(r#","resource":"net0""#);
            });
        }
    }

    /// An address of its own: a fresh one, or one that somebody gave back.
    fn address(&mut self, account: &Account, start: i64) {
        let given_back = self.free.last().copied().filter(|(_, free_at)| *free_at + 60 < start);
        let address = match given_back {
            Some((address, _)) if self.random.permille(600) => {
                self.free.pop();
                address
            }
            _ => {
                self.next_address += 1;
                self.next_address
            }
        };
        // The provider's /15, of which the last /16 is for many behind one address.
        let ip = format!("198.18.{}.{}", (address >> 8) & 0xff, address & 0xff);
        let resource = format!("vm-{address:05}");
        self.add(start, &account.name, &ip, "lease_start", |line| {
            let _ = write!(line, r#","resource":"{resource}""#);
        });
        let ends = self.random.permille(300);
        let end = if ends { self.random.between(start + 1, self.until) } else { self.until };
        if ends {
            self.add(end, &account.name, &ip, "lease_end", |line| {
                let _ = write!(line, r#","resource":"{resource}""#);
            });
            self.free.push((address, end));
        }
        if account.is_good_question && self.question.is_none() && end - start > 10 * DAY {
            let middle = Timestamp::from_second(start + (end - start) / 2).unwrap_or(Timestamp::MIN);
            self.question = Some(Question {
                ip,
                at: middle,
                account: account.name.clone(),
                customer: account.customer.clone(),
            });
        }
    }

    /// A range of ports of an address that others have too.
    fn behind_nat(&mut self, account: &Account, start: i64) {
        let (address, slot) = (self.next_behind_nat / BEHIND_NAT, self.next_behind_nat % BEHIND_NAT);
        self.next_behind_nat += 1;
        let ip = format!("198.19.{}.{}", (address >> 8) & 0xff, address & 0xff);
        let first = 1_024 + slot * 1_024;
        self.add(start, &account.name, &ip, "lease_start", |line| {
            let _ = write!(line, r#","ports":[{first},{}]"#, first + 1_023);
        });
    }

    /// Most come from home, some through a carrier that many share, some administer.
    fn access(&mut self) {
        let accounts = self.accounts;
        // A few accounts are busy, most are quiet.
        let at = self.random.below(accounts.len()).min(self.random.below(accounts.len()));
        let account = &accounts[at];
        let when = self.random.between(account.opened_at.max(self.from) + 1, self.until);
        let through_carrier = self.random.permille(150);
        let port = 1_024 + self.random.below(64_000);
        let ip = if through_carrier {
            let carrier = (account.country * 7 + self.random.below(3)) % CARRIERS;
            format!("240.0.{carrier}.1")
        } else {
            let place = self.random.below(3);
            self.home_address(account, place)
        };
        let admin = self.random.permille(120);
        let action = *self.random.pick(&["reboot", "snapshot", "console", "rebuild"]);
        let failed = self.random.permille(30);
        self.add(when, &account.name, &ip, if admin { "admin" } else { "access" }, |line| {
            if through_carrier {
                let _ = write!(line, r#","port":{port}"#);
            }
            if admin {
                let _ = write!(line, r#","action":"{action}""#);
            }
            if failed {
                line.push_str(r#","outcome":"refused""#);
            }
        });
    }

    /// One of three addresses that the account usually comes from, by its country.
    fn home_address(&self, account: &Account, place: usize) -> String {
        let mixed = account.device.rotate_left(place as u32 * 16);
        format!("24{}.{}.{}.{}", 1 + place, account.country, (mixed >> 8) & 0xff, mixed & 0xff)
    }

    fn add(&mut self, at: i64, account: &str, ip: &str, kind: &str, more: impl FnOnce(&mut String)) {
        let micros = at * 1_000_000 + (self.random.number() % 1_000_000) as i64;
        let at = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN);
        let mut line = String::with_capacity(160);
        let _ = write!(line, r#"{{"account":"{account}","ip":"{ip}","at":"{at}","kind":"{kind}""#);
        more(&mut line);
        self.events.push((micros, line));
    }

    fn finish(mut self) -> Traffic {
        self.events.sort_unstable();
        let numbered = self.events.into_iter().enumerate().map(|(seq, (_, mut line))| {
            let _ = write!(line, r#","source":"demo","seq":{seq}}}"#);
            line
        });
        Traffic { events: numbered.collect(), question: self.question }
    }
}
