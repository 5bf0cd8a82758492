//! Customers in the import's form, resellers before those they bring.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::names::{Names, misspell};
use super::{Listed, Shape, Truth};
use screening::trial::Random;

const DAY: i64 = 24 * 3_600;

/// Codes, titles, classes and sites of what is sold.
const PRODUCTS: &[(&str, &str, &[&str], &str)] = &[
    ("vps-small", "Virtual server, small", &["unmanaged", "virtualised"], "US"),
    ("vps-large", "Virtual server, large", &["unmanaged", "virtualised"], "US"),
    ("gpu-node", "Server with accelerators", &["unmanaged", "dedicated"], "US"),
    ("edge-cdn", "Delivery network", &["managed", "cdn"], "US"),
];

pub struct People {
    pub import: Vec<String>,
    pub truth: Vec<Truth>,
    pub accounts: Vec<Account>,
}

/// An account as the traffic needs it.
pub struct Account {
    pub name: String,
    pub customer: String,
    /// Position of its holder's country among all.
    pub country: usize,
    /// Seconds since 1970.
    pub opened_at: i64,
    pub device: u64,
    /// A company with owners under at least two resellers.
    pub is_good_question: bool,
}

struct Maker<'a> {
    shape: &'a Shape,
    names: Names,
    random: Random,
    /// External id of each reseller, with those above it, nearest first.
    resellers: Vec<(String, Vec<String>)>,
    contacts: u32,
    people: People,
    /// What of earlier customers somebody may come back with.
    remembered: Vec<Remembered>,
}

#[derive(Clone)]
struct Remembered {
    customer: String,
    telephone: String,
    payment: Value,
    device: u64,
    is_individual: bool,
}

/// What one customer is to be.
#[derive(Default)]
struct Plan<'a> {
    is_company: bool,
    resells: bool,
    listed: Option<&'a Listed>,
    listed_as_owner: bool,
    same_as: Option<Remembered>,
    reseller: Option<usize>,
}

pub fn generate(shape: &Shape) -> People {
    let mut maker = Maker {
        shape,
        names: Names::read(),
        random: Random::new(shape.seed),
        resellers: Vec::new(),
        contacts: 0,
        people: People { import: Vec::new(), truth: Vec::new(), accounts: Vec::new() },
        remembered: Vec::new(),
    };
    for (code, title, classes, site) in PRODUCTS {
        let line =
            json!({ "type": "product", "code": code, "title": title, "classes": classes, "site": site });
        maker.people.import.push(line.to_string());
    }
    let mut listed = shape.listed.iter();
    let resellers = (shape.customers / 60).clamp(u32::from(shape.customers > 3) * 3, 200);
    for number in 0..shape.customers {
        let plan = maker.plan(number, resellers, &mut listed);
        maker.customer(number, &plan);
    }
    maker.people
}

impl Maker<'_> {
    fn plan<'l>(
        &mut self,
        number: u32,
        resellers: u32,
        listed: &mut std::slice::Iter<'l, Listed>,
    ) -> Plan<'l> {
        if number < resellers {
            // Every third is right under the provider, the next below it, the last below that.
            let above = (!number.is_multiple_of(3)).then(|| self.resellers.len() - 1);
            return Plan { is_company: true, resells: true, reseller: above, ..Plan::default() };
        }
        let mut plan = Plan { is_company: self.random.permille(380), ..Plan::default() };
        // The listed are spread evenly over the rest.
        let step = (self.shape.customers - resellers) / (self.shape.listed.len() as u32).max(1);
        if (number - resellers) % step.max(1) == step / 2
            && let Some(one) = listed.next()
        {
            plan.listed = Some(one);
            plan.listed_as_owner = one.is_person && self.random.permille(300);
            plan.is_company = !one.is_person || plan.listed_as_owner;
        } else if !self.remembered.is_empty() && self.random.permille(25) {
            let back = self.random.pick(&self.remembered).clone();
            plan.is_company = !back.is_individual;
            plan.same_as = Some(back);
        }
        if !self.resellers.is_empty() && self.random.permille(180) {
            plan.reseller = Some(self.random.below(self.resellers.len()));
        }
        plan
    }

    fn customer(&mut self, number: u32, plan: &Plan) {
        let id = format!("crm-{number:06}");
        let country = self.country(plan);
        let opened_at = self.opened_at(plan);
        let since = Timestamp::from_second(opened_at).unwrap_or(self.shape.until).to_string();
        let home_code = self.names.homes[country].code;
        let name = self.name(plan, country);
        let (telephone, payment) = self.contact_and_payment(plan, country);
        let device = match &plan.same_as {
            Some(back) if self.random.permille(500) => back.device,
            _ => self.random.number(),
        };
        let kind = if plan.is_company { "principal_place_of_business" } else { "residential" };
        let mut facts = vec![
            fact("full_name", json!({ "text": name })),
            fact("location_of_use", json!({ "place": home_code })),
            fact("email", json!({ "email": self.email() })),
            fact("telephone", json!({ "telephone": telephone })),
            fact("payment", json!({ "payment": payment })),
        ];
        // Some never finish the form.
        if !self.random.permille(30) || plan.resells {
            facts.push(self.address(country, kind));
        }
        let (mut persons, mut ownership, mut levels) = (Vec::new(), Vec::new(), 0);
        if plan.is_company {
            facts.push(fact("jurisdiction", json!({ "place": home_code })));
            facts.push(fact("ownership_complete", json!({ "flag": true })));
            levels = self.owners(plan, country, &mut persons, &mut ownership);
        } else {
            self.individual(plan, home_code, &mut facts);
        }
        date(&mut facts, &since);
        for person in &mut persons {
            if let Some(facts) = person["facts"].as_array_mut() {
                date(facts, &since);
            }
        }
        for edge in &mut ownership {
            edge["true_from"] = json!(since);
        }
        let account = format!("cloud-{number:06}");
        let above = self.above(plan);
        let line = json!({
            "type": "customer",
            "external_id": id,
            "kind": if plan.is_company { "entity" } else { "individual" },
            "reseller": above.first(),
            "notice": self.shape.notice,
            "facts": facts,
            "persons": persons,
            "ownership": ownership,
            "account": { "external_id": account, "kind": self.account_kind(plan), "product": self.product() },
        });
        self.people.import.push(line.to_string());
        if plan.resells {
            self.register(&id, &above);
        }
        self.remembered.push(Remembered {
            customer: id.clone(),
            telephone: telephone.clone(),
            payment: payment.clone(),
            device,
            is_individual: !plan.is_company,
        });
        self.people.accounts.push(Account {
            name: account.clone(),
            customer: id.clone(),
            country,
            opened_at,
            device,
            is_good_question: !plan.resells && plan.is_company && above.len() >= 2 && levels >= 2,
        });
        let shares = plan.same_as.iter().flat_map(|back| {
            let same = [
                ("telephone", back.telephone == telephone),
                ("payment", back.payment == payment),
                ("device", back.device == device),
            ];
            same.into_iter().filter(|(_, same)| *same).map(|(what, _)| what)
        });
        self.people.truth.push(Truth {
            customer: id,
            account,
            kind: if plan.is_company { "entity" } else { "individual" },
            country: home_code.to_owned(),
            listed: plan.listed.map(|one| (one.list.clone(), one.entry.clone())),
            listed_as_owner: plan.listed_as_owner,
            same_as: plan.same_as.as_ref().map(|back| back.customer.clone()),
            shares: shares.collect(),
            ownership_levels: levels,
            resellers: above,
        });
    }

    fn country(&mut self, plan: &Plan) -> usize {
        let listed_in = plan.listed.and_then(|one| one.country);
        let known = listed_in.and_then(|country| self.names.home_of(country.code()));
        // Half of the listed say that they live elsewhere.
        let home = match known {
            Some(home) if self.random.permille(500) => home,
            _ => self.names.home(&mut self.random),
        };
        let code = home.code;
        self.names.homes.iter().position(|home| home.code == code).unwrap_or(0)
    }

    /// Resellers are older than those they bring; a third of the rest came while the traffic runs.
    fn opened_at(&mut self, plan: &Plan) -> i64 {
        let until = self.shape.until.as_second();
        let window = i64::from(self.shape.days.max(1)) * DAY;
        if plan.resells {
            until - window - self.random.between(400 * DAY, 500 * DAY)
        } else if self.random.permille(350) {
            until - self.random.between(DAY / 24, window)
        } else {
            until - window - self.random.between(0, 390 * DAY)
        }
    }

    fn name(&mut self, plan: &Plan, country: usize) -> String {
        let home = &self.names.homes[country];
        match plan.listed {
            Some(one) if !plan.listed_as_owner => {
                let name = self.random.pick(&one.names).clone();
                if self.random.permille(600) { misspell(&name, &mut self.random) } else { name }
            }
            _ if plan.is_company => self.names.company(home, &mut self.random),
            _ => self.names.person(home, &mut self.random),
        }
    }

    /// Who came back kept the telephone, the card, or both.
    fn contact_and_payment(&mut self, plan: &Plan, country: usize) -> (String, Value) {
        let telephone = self.telephone(country);
        let payment = self.payment();
        match &plan.same_as {
            None => (telephone, payment),
            Some(back) => match self.random.below(3) {
                0 => (back.telephone.clone(), payment),
                1 => (telephone, back.payment.clone()),
                _ => (back.telephone.clone(), back.payment.clone()),
            },
        }
    }

    fn telephone(&mut self, country: usize) -> String {
        self.contacts += 1;
        self.names.homes[country].telephone(1_000_000 + self.contacts)
    }

    fn email(&mut self) -> String {
        self.contacts += 1;
        let host = *self.random.pick(&["mail.example", "post.example", "inbox.example", "office.example"]);
        format!("user{:07}@{host}", self.contacts)
    }

    fn payment(&mut self) -> Value {
        let number = self.random.number();
        let code = code(number);
        match self.random.below(20) {
            0 => json!({ "kind": "wallet", "network": "btc", "address": format!("bc1qdemo{code}") }),
            1 => json!({ "kind": "wallet", "network": "eth", "address": format!("0xde30{code}") }),
            2 | 3 => json!({
                "kind": "bank_account",
                "institution": "Example Bank",
                "account_number": format!("EX{:010}", number % 10_000_000_000),
            }),
            4 => {
                json!({ "kind": "processor", "institution": "Example Pay", "customer_identifier": format!("ep_{code}") })
            }
            _ => json!({
                "kind": "card",
                "token": format!("tok_{code}"),
                "last_four": format!("{:04}", number % 10_000),
            }),
        }
    }

    fn address(&mut self, country: usize, kind: &str) -> Value {
        let home = &self.names.homes[country];
        let postal_code = format!("{:05}", self.random.between(1_000, 99_999));
        fact(
            "address",
            json!({ "address": {
                "kind": kind,
                "lines": [home.street(&mut self.random)],
                "locality": home.city(&mut self.random),
                "postal_code": postal_code,
                "place": home.code,
            }}),
        )
    }

    /// What individuals say beside: birthdays, and papers of those at home.
    fn individual(&mut self, plan: &Plan, home_code: &str, facts: &mut Vec<Value>) {
        if let Some(one) = plan.listed {
            // The listed give the day that the list has, or none.
            let days = one.birth_date.filter(|day| day.year() > 1920 && self.random.permille(500));
            facts.extend(days.map(|day| fact("birth_date", json!({ "date": day.to_string() }))));
        } else if self.random.permille(400) {
            let year = self.random.between(1948, 2006);
            let (month, day) = (self.random.between(1, 13), self.random.between(1, 29));
            facts.push(fact("birth_date", json!({ "date": format!("{year:04}-{month:02}-{day:02}") })));
        }
        if home_code == "US" && self.random.permille(700) {
            let mut citizenship = fact("citizenship", json!({ "place": "US" }));
            citizenship["source"] = json!("documented");
            citizenship["evidence"] = json!("passport-shown");
            facts.push(citizenship);
            facts.push(fact("present_location", json!({ "place": "US" })));
        }
    }

    /// Owners through up to four levels. Returns how many levels there are.
    fn owners(
        &mut self,
        plan: &Plan,
        country: usize,
        persons: &mut Vec<Value>,
        ownership: &mut Vec<Value>,
    ) -> u32 {
        let levels = *self.random.pick(&[1, 1, 1, 1, 2, 2, 2, 3, 3, 4]);
        let mut owned: Option<String> = None;
        for level in 1..levels {
            let reference = format!("holding-{level}");
            let seat =
                if self.random.permille(500) { country } else { self.random.below(self.names.homes.len()) };
            let home = &self.names.homes[seat];
            let name = self.names.company(home, &mut self.random);
            persons.push(json!({
                "reference": reference,
                "kind": "entity",
                "facts": [
                    fact("full_name", json!({ "text": name })),
                    fact("jurisdiction", json!({ "place": home.code })),
                ],
            }));
            let share_ppm = *self.random.pick(&[1_000_000, 1_000_000, 750_000, 600_000]);
            ownership.push(owns(&reference, owned.as_deref(), share_ppm));
            owned = Some(reference);
        }
        let shares: &[u32] = match self.random.below(4) {
            0 => &[1_000_000],
            1 => &[510_000, 490_000],
            2 => &[400_000, 350_000, 250_000],
            _ => &[250_000, 249_900, 500_100],
        };
        for (position, share_ppm) in shares.iter().enumerate() {
            let reference = format!("owner-{position}");
            let name = match plan.listed {
                Some(one) if plan.listed_as_owner && position == 0 => {
                    let name = self.random.pick(&one.names).clone();
                    if self.random.permille(500) { misspell(&name, &mut self.random) } else { name }
                }
                _ => {
                    let home = &self.names.homes[country];
                    self.names.person(home, &mut self.random)
                }
            };
            let code = self.names.homes[country].code;
            let facts = vec![
                fact("full_name", json!({ "text": name })),
                self.address(country, "residential"),
                fact("location_of_use", json!({ "place": code })),
                fact("email", json!({ "email": self.email() })),
                fact("telephone", json!({ "telephone": self.telephone(country) })),
            ];
            persons.push(json!({ "reference": reference, "kind": "individual", "facts": facts }));
            ownership.push(owns(&reference, owned.as_deref(), *share_ppm));
        }
        levels
    }

    /// External ids of the resellers above, nearest first.
    fn above(&self, plan: &Plan) -> Vec<String> {
        let Some(reseller) = plan.reseller else { return Vec::new() };
        let (id, above) = &self.resellers[reseller];
        std::iter::once(id.clone()).chain(above.iter().cloned()).collect()
    }

    fn register(&mut self, id: &str, above: &[String]) {
        let status = if self.random.permille(40) { "blocked" } else { "active" };
        let line = json!({
            "type": "reseller",
            "customer": id,
            "parent": above.first(),
            "agreement": format!("agreement-{id}"),
            "programme": "cip-2026-01",
            "status": status,
        });
        self.people.import.push(line.to_string());
        self.resellers.push((id.to_owned(), above.to_vec()));
    }

    fn account_kind(&mut self, plan: &Plan) -> &'static str {
        if plan.resells {
            return "reseller";
        }
        match self.random.below(10) {
            0 | 1 => "trial",
            2 => "free",
            3 => "complimentary",
            _ => "standard",
        }
    }

    fn product(&mut self) -> &'static str {
        PRODUCTS[*self.random.pick(&[0, 0, 0, 0, 1, 1, 2, 3])].0
    }
}

fn fact(field: &str, value: Value) -> Value {
    json!({ "field": field, "value": value })
}

fn owns(owner: &str, owned: Option<&str>, share_ppm: u32) -> Value {
    json!({ "owner": owner, "owned": owned, "kind": "equity", "share_ppm": share_ppm })
}

/// Says since when facts are so, so that questions about the past find them.
fn date(facts: &mut [Value], since: &str) {
    for fact in facts {
        fact["true_from"] = json!(since);
    }
}

/// A token in which too few digits stand together to read as the number of a card.
fn code(number: u64) -> String {
    format!("{:08x}x{:08x}", number >> 32, number & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIP-06: 16 digits of hexadecimal are now and then a card number by chance, which an import refuses.
    #[test]
    fn no_invented_token_reads_as_a_card() {
        for number in [0x4111_1111_1111_1111, 0x5500_0000_0000_0004, 0, u64::MAX] {
            assert!(!domain::payment::holds_card_number(&format!("tok_{}", code(number))), "{number:x}");
        }
    }
}
