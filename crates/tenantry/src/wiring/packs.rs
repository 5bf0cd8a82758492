//! The packs that come with the binary.

/// One shipped pack: its text is its identity.
pub struct Shipped {
    text: &'static str,
}

/// In the order of their names.
pub const SHIPPED: &[Shipped] = &[
    Shipped { text: include_str!("../../../../packs/eu-eevidence.toml") },
    Shipped { text: include_str!("../../../../packs/eu-nis2-28.toml") },
    Shipped { text: include_str!("../../../../packs/in-certin.toml") },
    Shipped { text: include_str!("../../../../packs/us-eo13984-nprm.toml") },
    Shipped { text: include_str!("../../../../packs/us-eo13984-strict.toml") },
];

impl Shipped {
    /// `name@date`, as the text gives it.
    pub fn id(&self) -> &'static str {
        let line = self.text.lines().find(|line| line.starts_with("id "));
        line.and_then(|line| line.split('"').nth(1)).unwrap_or_default()
    }

    pub fn name(&self) -> &'static str {
        self.id().split('@').next().unwrap_or_default()
    }
}

pub fn texts() -> Vec<&'static str> {
    SHIPPED.iter().map(|pack| pack.text).collect()
}

#[cfg(test)]
mod tests {
    use domain::pack::Pack;

    use super::*;

    /// PCK-02: the shipped packs are in the binary.
    #[test]
    fn every_shipped_pack_is_read_and_known_by_its_name() {
        for shipped in SHIPPED {
            let pack = Pack::parse(shipped.text).unwrap();

            assert_eq!(pack.id.to_string(), shipped.id());
            assert_eq!(pack.id.name(), shipped.name());
        }
    }
}
