//! Rows of owners and signatories: present state under a version.

use app::store::StoreError;
use domain::id::{CustomerId, PersonId};
use domain::person::Person;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "persons";
    INSERT = "INSERT INTO persons (shard, person_id, customer_id, version, body) VALUES ($1, $2, $3, \
        $4, $5) ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM persons WHERE shard = $1 AND person_id = $2";
    UPDATE = "UPDATE persons SET customer_id = $3, version = $4, body = $5 WHERE shard = $1 AND \
        person_id = $2 AND version + 1 = $4";
    LIST_OF = "SELECT body FROM persons WHERE shard = $1 AND customer_id = $2 ORDER BY person_id";
}

pub fn insert(tx: &mut Tx<'_>, person: &Person) -> Result<(), StoreError> {
    let values = values![SHARD, person.id, person.customer, person.version, text_of(person)?];
    tx.insert(&INSERT, &values, "person")
}

pub fn find(tx: &mut Tx<'_>, id: PersonId) -> Result<Option<Person>, StoreError> {
    tx.find(&FIND, &values![SHARD, id])
}

pub fn update(tx: &mut Tx<'_>, person: &Person) -> Result<(), StoreError> {
    let values = values![SHARD, person.id, person.customer, person.version, text_of(person)?];
    tx.update(&UPDATE, &values, person.id)
}

pub fn list_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<Person>, StoreError> {
    tx.list(&LIST_OF, &values![SHARD, customer])
}
