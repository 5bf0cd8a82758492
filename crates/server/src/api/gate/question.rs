//! Questions as AuthZEN 1.0 has them, read without a copy.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

#[derive(Deserialize, Clone, Default)]
pub(super) struct Subject<'a> {
    #[serde(borrow, default)]
    pub r#type: Cow<'a, str>,
    #[serde(borrow, default)]
    pub id: Cow<'a, str>,
}

#[derive(Deserialize, Clone)]
pub(super) struct Named<'a> {
    #[serde(borrow)]
    pub name: Cow<'a, str>,
}

#[derive(Clone, Default)]
pub(super) struct Context<'a> {
    /// The caller carries out conditions and obligations; only then do they allow.
    pub enforces_conditions: bool,
    pub region: Option<Cow<'a, str>>,
    pub resource: Option<Cow<'a, str>>,
    pub quantity: Option<u64>,
    pub payment: Option<Cow<'a, str>>,
    /// The first member that is none of ours. Ignored, a misspelt limit would be none.
    pub unknown: Option<Cow<'a, str>>,
}

/// What a question's context may say.
pub const CONTEXT_MEMBERS: [&str; 5] = ["enforces_conditions", "region", "resource", "quantity", "payment"];

impl<'de: 'a, 'a> Deserialize<'de> for Context<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ContextVisitor(PhantomData))
    }
}

struct ContextVisitor<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for ContextVisitor<'a> {
    type Value = Context<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Context<'a>, A::Error> {
        let mut context = Context::default();
        while let Some(Text(name)) = members.next_key()? {
            let text = |text: Option<Text<'a>>| text.map(|text| text.0);
            match &*name {
                "enforces_conditions" => context.enforces_conditions = members.next_value()?,
                "region" => context.region = text(members.next_value()?),
                "resource" => context.resource = text(members.next_value()?),
                "quantity" => context.quantity = members.next_value()?,
                "payment" => context.payment = text(members.next_value()?),
                _ => {
                    members.next_value::<IgnoredAny>()?;
                    context.unknown.get_or_insert(name);
                }
            }
        }
        Ok(context)
    }
}

/// Text that is borrowed where it can be.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// One question. Unknown members are ignored but in its context, as AuthZEN asks.
#[derive(Deserialize)]
pub(super) struct Evaluation<'a> {
    #[serde(borrow, default)]
    pub subject: Option<Subject<'a>>,
    #[serde(borrow, default)]
    pub action: Option<Named<'a>>,
    #[serde(borrow, default)]
    pub resource: Option<Subject<'a>>,
    #[serde(borrow, default)]
    pub context: Option<Context<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Evaluations<'a> {
    /// What single questions leave out.
    #[serde(borrow, flatten)]
    pub defaults: Evaluation<'a>,
    #[serde(borrow, default)]
    pub evaluations: Vec<Evaluation<'a>>,
    #[serde(default)]
    pub options: Options,
}

#[derive(Deserialize, Default)]
pub(super) struct Options {
    #[serde(default)]
    pub evaluations_semantic: Semantic,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}
