//! `/v1/providers` and `/v1/products`.

use app::catalogue::{self, NewProduct, NewProvider};
use axum::extract::State;
use domain::id::ProviderId;
use jiff::civil::Date;
use serde::Deserialize;

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::{Body, Id};
use crate::problem::Problem;
use crate::state::AppState;

/// Add a provider
#[utoipa::path(post, path = "/v1/providers", tag = "catalogue", request_body = crate::openapi::NewProvider,
    responses((status = 201, description = "The provider", body = crate::openapi::Provider)))]
pub async fn add_provider(
    State(state): State<AppState>,
    caller: Caller,
    Body(new): Body<NewProvider>,
) -> Result<Reply, Problem> {
    let provider = state.run(&caller.actor, move |env| catalogue::add_provider(env, &new)).await?;
    let version = provider.version;
    Ok(Reply::created(&state.show("provider", provider)).version(version))
}

/// List providers
#[utoipa::path(get, path = "/v1/providers", tag = "catalogue",
    responses((status = 200, description = "All of them", body = crate::openapi::ProviderList)))]
pub async fn list_providers(State(state): State<AppState>, caller: Caller) -> Result<Reply, Problem> {
    let providers = state.run(&caller.actor, catalogue::list_providers).await?;
    Ok(Reply::ok(&state.list("provider", providers, None)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertifyBody {
    certified_on: Date,
}

/// Record a provider's certification
///
/// Foreign customers can be activated from then on, where the packs ask for it first.
#[utoipa::path(post, path = "/v1/providers/{provider}/certify", tag = "catalogue",
    request_body = crate::openapi::Certification,
    responses((status = 200, description = "The provider", body = crate::openapi::Provider)))]
pub async fn certify_provider(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<ProviderId>,
    Body(body): Body<CertifyBody>,
) -> Result<Reply, Problem> {
    let provider =
        state.run(&caller.actor, move |env| catalogue::certify_provider(env, id, body.certified_on)).await?;
    let version = provider.version;
    Ok(Reply::ok(&state.show("provider", provider)).version(version))
}

/// Add a product
#[utoipa::path(post, path = "/v1/products", tag = "catalogue", request_body = crate::openapi::NewProduct,
    responses((status = 201, description = "The product", body = crate::openapi::Product)))]
pub async fn add_product(
    State(state): State<AppState>,
    caller: Caller,
    Body(new): Body<NewProduct>,
) -> Result<Reply, Problem> {
    let product = state.run(&caller.actor, move |env| catalogue::add_product(env, &new)).await?;
    let version = product.version;
    Ok(Reply::created(&state.show("product", product)).version(version))
}

/// List products
#[utoipa::path(get, path = "/v1/products", tag = "catalogue",
    responses((status = 200, description = "All of them", body = crate::openapi::ProductList)))]
pub async fn list_products(State(state): State<AppState>, caller: Caller) -> Result<Reply, Problem> {
    let products = state.run(&caller.actor, catalogue::list_products).await?;
    Ok(Reply::ok(&state.list("product", products, None)))
}
