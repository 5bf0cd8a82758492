//! `/v1`: one module a noun, one handler a route.

pub mod access;
pub mod accounts;
pub mod api_keys;
pub mod cases;
pub mod catalogue;
pub mod contact_proofs;
pub mod customers;
pub mod decisions;
pub mod drafts;
pub mod events;
pub mod exemptions;
pub mod gate;
pub mod gate_answers;
pub mod import;
pub mod ledger;
pub mod legal_holds;
pub mod lists;
pub mod matching;
pub mod packs;
pub mod resellers;
pub mod screenings;
pub mod sessions;
pub mod special_measures;
pub mod staff;
pub mod who;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::limited;
use crate::state::AppState;

/// Routes that need no credential.
pub fn open() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(sessions::sign_in))
        .routes(routes!(sessions::accept_link))
        .routes(routes!(gate::configuration))
        .routes(routes!(gate::keys))
}

/// Routes with small bodies behind a credential.
pub fn guarded() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(sessions::sign_out))
        .routes(routes!(customers::enrol, customers::list))
        .routes(routes!(customers::find))
        .routes(routes!(customers::record))
        .routes(routes!(customers::add_facts))
        .routes(routes!(customers::requirements))
        .routes(routes!(customers::decisions))
        .routes(routes!(customers::accounts))
        .routes(routes!(customers::verify))
        .routes(routes!(customers::screen))
        .routes(routes!(customers::restrict))
        .routes(routes!(contact_proofs::send))
        .routes(routes!(contact_proofs::confirm))
        .routes(routes!(legal_holds::list, legal_holds::place))
        .routes(routes!(accounts::open))
        .routes(routes!(accounts::find))
        .routes(routes!(accounts::decide))
        .routes(routes!(accounts::suspend))
        .routes(routes!(accounts::resume))
        .routes(routes!(accounts::close))
        .routes(routes!(cases::open, cases::list))
        .routes(routes!(cases::find))
        .routes(routes!(cases::claim))
        .routes(routes!(drafts::draft, drafts::list))
        .routes(routes!(drafts::approve))
        .routes(routes!(drafts::reject))
        .routes(routes!(drafts::withdraw))
        .routes(routes!(decisions::find))
        .routes(routes!(decisions::replay))
        .routes(routes!(gate_answers::find))
        .routes(routes!(gate_answers::replay))
        .routes(routes!(special_measures::draft, special_measures::list))
        .routes(routes!(special_measures::find))
        .routes(routes!(special_measures::preview))
        .routes(routes!(special_measures::extend))
        .routes(routes!(exemptions::draft, exemptions::list))
        .routes(routes!(exemptions::revoke))
        .routes(routes!(resellers::register, resellers::list))
        .routes(routes!(catalogue::add_provider, catalogue::list_providers))
        .routes(routes!(catalogue::certify_provider))
        .routes(routes!(catalogue::add_product, catalogue::list_products))
        .routes(routes!(packs::install, packs::list))
        .routes(routes!(packs::record_check))
        .routes(routes!(screenings::run))
        .routes(routes!(screenings::find))
        .routes(routes!(screenings::replay))
        .routes(routes!(screenings::record_outcome))
        .routes(routes!(staff::invite, staff::list))
        .routes(routes!(staff::reinvite))
        .routes(routes!(staff::disable))
        .routes(routes!(api_keys::make, api_keys::list))
        .routes(routes!(api_keys::revoke))
        .routes(routes!(events::list))
        .routes(routes!(who::who))
        .routes(routes!(access::of))
        .routes(routes!(access::shared))
        .routes(routes!(ledger::checkpoint))
        .routes(routes!(ledger::tile))
        .routes(routes!(ledger::key))
        .routes(routes!(ledger::proofs))
        .routes(routes!(gate::evaluation))
        .routes(routes!(gate::evaluations))
}

/// Routes that take much at once.
pub fn bulk() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(access::ingest))
        .routes(routes!(import::import))
        .routes(routes!(lists::screen))
        .routes(routes!(lists::compare))
        .routes(routes!(matching::run))
        .merge(lists_in())
}

/// All lists come in one body.
fn lists_in() -> OpenApiRouter<AppState> {
    let limit = limited(256 << 20);
    OpenApiRouter::new().routes(routes!(lists::list, lists::load)).layer(limit)
}
