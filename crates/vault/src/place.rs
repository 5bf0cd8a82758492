//! Where a sealed value stands, in bytes that no other place shares.

use std::io::Write as _;

use app::vault::{KeyOwner, Place};

/// The associated data of a sealed value: a label, then owner, class, table, column, row and version, each after
/// its length in four bytes, so that no two places give the same bytes.
pub(crate) fn associated_data(place: &Place<'_>) -> Vec<u8> {
    let mut data = Vec::with_capacity(192);
    part(&mut data, b"tenantry value 1");
    match &place.owner {
        KeyOwner::Subject { subject, class } => {
            written(&mut data, |data| write!(data, "subject/{subject}"));
            part(&mut data, class.as_bytes());
        }
        KeyOwner::Installation => {
            part(&mut data, b"installation");
            part(&mut data, b"");
        }
    }
    part(&mut data, place.table.as_bytes());
    part(&mut data, place.column.as_bytes());
    part(&mut data, place.row.as_bytes());
    part(&mut data, &place.version.to_be_bytes());
    data
}

fn part(data: &mut Vec<u8>, bytes: &[u8]) {
    data.extend(length(bytes.len()));
    data.extend(bytes);
}

/// As [`part`], for what is written rather than copied.
fn written(data: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) {
    let start = data.len();
    data.extend([0; 4]);
    write(data).expect("a vector takes all that is written to it");
    let written = length(data.len() - start - 4);
    data[start..start + 4].copy_from_slice(&written);
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).expect("names, ids and classes are shorter than 4 GiB").to_be_bytes()
}

/// The name of the owner's key.
pub(crate) fn key_name(owner: &KeyOwner) -> String {
    match owner {
        KeyOwner::Subject { subject, class } => format!("subject/{subject}/{}/", escaped(class)),
        KeyOwner::Installation => "installation".to_owned(),
    }
}

/// A class in a name: `/` would end it, so that one class could begin as another.
pub(crate) fn escaped(class: &str) -> String {
    class.replace('%', "%25").replace('/', "%2F")
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::vault::Place;
    use domain::fact::SubjectId;
    use domain::id::CustomerId;
    use uuid::Uuid;

    #[test]
    fn places_that_read_alike_in_a_row_differ() {
        let subject = SubjectId::Customer(CustomerId::from(Uuid::from_u128(1)));
        let place = |class: &str, table, column, row| Place {
            owner: KeyOwner::Subject { subject, class: class.to_owned() },
            table,
            column,
            row,
            version: 1,
        };
        let places = [
            place("identity", "facts", "value", "1"),
            place("identityfacts", "", "value", "1"),
            place("identity", "factsvalue", "", "1"),
            place("identity", "facts", "value1", ""),
            place("identity", "facts", "", "value1"),
            Place { owner: KeyOwner::Installation, ..place("", "facts", "value", "1") },
        ];

        for (at, one) in places.iter().enumerate() {
            for other in &places[at + 1..] {
                assert_ne!(associated_data(one), associated_data(other));
            }
        }
    }

    #[test]
    fn a_class_never_begins_another_in_its_name() {
        let subject = SubjectId::Customer(CustomerId::from(Uuid::from_u128(1)));
        let name = |class: &str| key_name(&KeyOwner::Subject { subject, class: class.to_owned() });
        let classes = ["identity", "identity/", "identity/x", "identity%2Fx", "identity_long", "", "/", "%"];
        for one in classes {
            for other in classes {
                assert_eq!(name(other).starts_with(&name(one)), one == other, "{one:?} {other:?}");
            }
        }
        assert_eq!(name("identity"), "subject/cus_00000000000000000000000001/identity/");
    }
}
