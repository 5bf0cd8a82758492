//! Test or live: the space belongs to the data, and is written there when an installation begins.

use app::store::Store;

use super::stores::Access;
use crate::config::Config;
use crate::exit::Stop;

/// Name of the setting that holds it.
const SPACE: &str = "installation.space";

const TEST: &str = "test";
const LIVE: &str = "live";

/// Whether this is the test space. What the configuration says counts at the beginning; after that a server of
/// the other space is refused, and commands follow the data.
pub fn settle(registry: &dyn Store, config: &Config, how: Access) -> Result<bool, Stop> {
    let wanted = if config.test_space { TEST } else { LIVE };
    let known = registry.with_reading_tx(|tx| tx.find_setting(SPACE))?;
    let Some(known) = known else {
        if how >= Access::Writing {
            registry.with_tx(|tx| tx.put_setting(SPACE, wanted))?;
        }
        return Ok(config.test_space);
    };
    if how == Access::Serving && known != wanted {
        let folder = config.data.display();
        let next = if known == TEST {
            format!(
                "set `test_space = true`, or TENANTRY_TEST_SPACE=true; a demo is served by `tenantry demo --data {folder}`"
            )
        } else {
            "leave `test_space` away, or name a data folder of its own for the test space".to_owned()
        };
        let what = format!("`{folder}` holds {known} data, and the configuration says {wanted}");
        return Err(Stop::unusable(what).next(next));
    }
    Ok(known == TEST)
}
