//! Rows of the product catalogue: a reference table, without shard.

use app::store::StoreError;
use domain::id::ProductId;
use domain::product::Product;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::Tx;

statements! { "products";
    INSERT = "INSERT INTO products (product_id, provider_id, code, version, body) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM products WHERE product_id = $1";
    FIND_BY_CODE = "SELECT body FROM products WHERE code = $1 ORDER BY product_id LIMIT 1";
    UPDATE = "UPDATE products SET provider_id = $2, code = $3, version = $4, body = $5 \
        WHERE product_id = $1 AND version + 1 = $4";
    LIST = "SELECT body FROM products ORDER BY product_id";
}

pub fn insert(tx: &mut Tx<'_>, product: &Product) -> Result<(), StoreError> {
    let body = text_of(product)?;
    tx.insert(&INSERT, &values![product.id, product.provider, &product.code, product.version, body], "code")
}

pub fn find(tx: &mut Tx<'_>, id: ProductId) -> Result<Option<Product>, StoreError> {
    tx.find(&FIND, &values![id])
}

/// Codes are unique within a provider; of several providers' the oldest product counts.
pub fn find_by_code(tx: &mut Tx<'_>, code: &str) -> Result<Option<Product>, StoreError> {
    tx.find(&FIND_BY_CODE, &values![code])
}

pub fn update(tx: &mut Tx<'_>, product: &Product) -> Result<(), StoreError> {
    let body = text_of(product)?;
    let values = values![product.id, product.provider, &product.code, product.version, body];
    tx.update(&UPDATE, &values, product.id)
}

pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Product>, StoreError> {
    tx.list(&LIST, &[])
}
