//! Providers and products: what is sold, by whom, in scope of what (DEF-02).

use domain::id::{ProductId, ProviderId};
use domain::product::{Product, ProductClass};
use domain::provider::Provider;
use domain::staff::Scope;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use terms::Country;

use crate::bounds::check_line;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProvider {
    pub name: String,
    pub country: Country,
    #[serde(default)]
    pub offers_in: Vec<Country>,
    #[serde(default)]
    pub sells_domains: bool,
    #[serde(default)]
    pub certified_on: Option<Date>,
    #[serde(default)]
    pub existed_before_rule: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    pub provider: ProviderId,
    pub code: String,
    pub title: String,
    pub classes: Vec<ProductClass>,
    pub site: Country,
}

pub fn add_provider(env: &Env<'_>, new: &NewProvider) -> Result<Provider, Failure> {
    env.actor.may_everywhere(Scope::CatalogueWrite)?;
    check_line(&new.name, "/name")?;
    let provider = Provider {
        id: env.new_id(),
        name: new.name.trim().to_owned(),
        country: new.country,
        offers_in: new.offers_in.clone(),
        sells_domains: new.sells_domains,
        certified_on: new.certified_on,
        existed_before_rule: new.existed_before_rule,
        created_at: env.now(),
        version: 1,
    };
    env.store().with_tx(|tx| {
        tx.insert_provider(&provider)?;
        append_event(env, tx, Happened::of("provider.added", provider.id, 1))
    })?;
    Ok(provider)
}

/// Records that a provider filed its certification: the new-entrant gate opens (CRT-08).
pub fn certify_provider(env: &Env<'_>, id: ProviderId, certified_on: Date) -> Result<Provider, Failure> {
    env.actor.may_everywhere(Scope::CatalogueWrite)?;
    env.store().with_tx(|tx| {
        let absent = || Refusal::not_found("no-such-provider", format!("no provider `{id}`"));
        let known = tx.find_provider(id)?.ok_or_else(absent)?;
        let provider = Provider { certified_on: Some(certified_on), version: known.version + 1, ..known };
        tx.update_provider(&provider)?;
        append_event(env, tx, Happened::of("provider.certified", id, provider.version))?;
        Ok(provider)
    })
}

pub fn add_product(env: &Env<'_>, new: &NewProduct) -> Result<Product, Failure> {
    env.actor.may_everywhere(Scope::CatalogueWrite)?;
    check_line(&new.code, "/code")?;
    check_line(&new.title, "/title")?;
    if new.classes.is_empty() {
        return Err(Refusal::invalid("classes-missing", "a product has at least one class")
            .at("/classes")
            .into());
    }
    env.store().with_tx(|tx| {
        let absent = || Refusal::not_found("no-such-provider", format!("no provider `{}`", new.provider));
        tx.find_provider(new.provider)?.ok_or_else(|| absent().at("/provider"))?;
        let product = Product {
            id: env.new_id::<ProductId>(),
            provider: new.provider,
            code: new.code.trim().to_owned(),
            title: new.title.trim().to_owned(),
            classes: new.classes.clone(),
            site: new.site,
            version: 1,
        };
        tx.insert_product(&product)?;
        append_event(env, tx, Happened::of("product.added", product.id, 1))?;
        Ok(product)
    })
}

pub fn list_providers(env: &Env<'_>) -> Result<Vec<Provider>, Failure> {
    env.actor.may(Scope::CustomersRead)?;
    env.store().with_reading_tx(|tx| Ok(tx.list_providers()?))
}

pub fn list_products(env: &Env<'_>) -> Result<Vec<Product>, Failure> {
    env.actor.may(Scope::CustomersRead)?;
    env.store().with_reading_tx(|tx| Ok(tx.list_products()?))
}
